import { ageBetween, dayFrom, dayNumber, dayOf, MONTHS, weekdayOf, type Day } from "./wikidates.ts";

/** A template as wtf_wikipedia calls it: what `{{body}}` becomes. */
type TemplateText = (
  body: string,
  list: unknown,
  parse: ParseTemplate,
  alias: unknown,
  document?: WikiDocument,
) => string;

type ParseTemplate = (body: string, order: readonly string[]) => Record<string, string | undefined>;
interface WikiDocument {
  timestamp(): string | null;
}

/** Templates by name, as wtf_wikipedia keeps them. */
export type Templates = Record<string, unknown>;

const MAX_REPEATED = 500; // as MediaWiki pads at most

// Those that ask for the day, the time zone or the language of the machine, by the name that has no alias;
// and those that make as much text as they are told.
const ours: Record<string, TemplateText> = {
  currentday: today(({ date }) => String(date)),
  currentdayname: today(weekdayOf),
  currentmonth: today(({ month }) => MONTHS[month - 1]!),
  currentyear: today(({ year }) => String(year)),
  monthyear: today((day) => monthYear(day, 0)),
  "monthyear-1": today((day) => monthYear(day, -1)),
  "monthyear+1": today((day) => monthYear(day, 1)),
  time: today(({ year, month, date }) => `${MONTHS[month - 1]} ${date}, ${year}`),
  year: (body, _list, parse) => /\b\d{3,4}\b/.exec(parse(body, ["date"])["date"] ?? "")?.[0] ?? "",
  "time ago": () => "",
  "birth year and age": (body, _list, parse, _alias, document) => {
    const { birth_year: year = "", birth_month: month = "" } = parse(body, ["birth_year", "birth_month"]);
    const [born, now] = [dayFrom(year, month), dayOfDocument(document)];
    if (!born) return year;
    const text = month === "" ? String(born.year) : `${MONTHS[born.month - 1]} ${born.year}`;
    return now && now.year > born.year ? `${text} (age ${now.year - born.year})` : text;
  },
  age: age(({ years }) => String(years)),
  "age in years": age(({ years }) => counted(years, "year")),
  "age in years and months": age(({ years, months }) => joined([counted(years, "year"), counted(months, "month")])),
  "age in years, months and days": age(({ years, months, days }) =>
    joined([counted(years, "year"), counted(months, "month"), counted(days, "day")]),
  ),
  "age in years and days": age(({ years }, from, to) => {
    const birthday = dayNumber({ ...from, year: from.year + years });
    return joined([counted(years, "year"), counted(Math.max(0, dayNumber(to) - birthday), "day")]);
  }),
  "age in days": age((_age, from, to) => counted(dayNumber(to) - dayNumber(from), "day")),
  formatnum: (body, _list, parse) => grouped(parse(body.replace(":", "|"), ["number"])["number"] ?? ""),
  val: (body, _list, parse) => {
    const { number = "", p = "", s = "", u, ul, upl } = parse(body, ["number", "uncertainty"]);
    const unit = u ?? ul ?? upl ?? "";
    return `${p}${grouped(number)}${s}${unit === "" ? "" : ` ${unit}`}`;
  },
  "percent and number": (body, _list, parse) => {
    const { number = "", total = "", decimals } = parse(body, ["number", "total", "decimals"]);
    const places = Math.min(20, Math.max(0, Math.floor(Number(decimals)) || 0));
    return `${((100 * Number(number)) / Number(total)).toFixed(places)}% (${grouped(number)})`;
  },
  padleft: (body, _list, parse) => {
    const { text = "", num = "", str = "0" } = parse(body.replace(":", "|"), ["text", "num", "str"]);
    return text.padStart(atMost(num), str);
  },
  padright: (body, _list, parse) => {
    const { text = "", num = "", str = "0" } = parse(body.replace(":", "|"), ["text", "num", "str"]);
    return text.padEnd(atMost(num), str);
  },
  loop: (body, _list, parse) => {
    const { times = "", text = "" } = parse(body, ["times", "text"]);
    return text.repeat(atMost(times));
  },
};

/**
 * Replaces the templates whose text would depend on the machine, or grow without bound: ages and dates are told as of the revision of the page
 * (`timestamp` of the document), numbers are grouped as in English. One that throws, or has no text, becomes nothing.
 */
export function fixTemplates(templates: Templates): void {
  const fixed = new Map<unknown, TemplateText>();
  for (const [name, text] of Object.entries(ours)) {
    if (typeof templates[name] !== "function") throw new Error(`Cannot replace "${name}": wtf_wikipedia has none`);
    fixed.set(templates[name], text);
  }
  for (const [name, theirs] of Object.entries(templates)) {
    if (typeof theirs === "function") templates[name] = sure(fixed.get(theirs) ?? (theirs as TemplateText));
  }
}

function sure(text: TemplateText): TemplateText {
  return (...args) => {
    try {
      return text(...args) ?? "";
    } catch {
      return "";
    }
  };
}

function dayOfDocument(document?: WikiDocument): Day | undefined {
  return dayOf(document?.timestamp() ?? "");
}

function today(text: (day: Day) => string): TemplateText {
  return (_body, _list, _parse, _alias, document) => {
    const day = dayOfDocument(document);
    return day ? text(day) : "";
  };
}

function monthYear({ year, month }: Day, later: number): string {
  const months = 12 * year + month - 1 + later;
  return `${MONTHS[months % 12]} ${Math.floor(months / 12)}`;
}

/** `{{age|year|month|day}}` until the revision, or until the day that three more values name. */
function age(text: (age: { years: number; months: number; days: number }, from: Day, to: Day) => string): TemplateText {
  return (body, _list, parse, _alias, document) => {
    const values = parse(body, ["y", "m", "d", "toY", "toM", "toD"]);
    const from = dayFrom(values["y"], values["m"], values["d"]);
    const to = dayFrom(values["toY"], values["toM"], values["toD"]) ?? dayOfDocument(document);
    const between = from && to && ageBetween(from, to);
    return between ? text(between, from, to) : "";
  };
}

function atMost(count: string): number {
  return Math.min(MAX_REPEATED, Math.max(0, Math.floor(Number(count)) || 0));
}

function counted(count: number, unit: string): string {
  return count === 1 ? `1 ${unit}` : `${count} ${unit}s`;
}

/** Without what is zero, unless all is. */
function joined(parts: readonly string[]): string {
  const some = parts.filter((part) => !part.startsWith("0 "));
  return some.length > 0 ? some.join(", ") : parts[0]!;
}

/** `12345.678` as `12,345.678`; what is no such number as it stands. */
function grouped(number: string): string {
  const [, sign = "", whole = "", rest = ""] = /^([+-]?)(\d+)(\.\d+)?$/.exec(number.trim().replaceAll(",", "")) ?? [];
  if (whole === "") return number;
  return sign + whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ",") + rest;
}
