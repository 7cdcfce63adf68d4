/** A day of the Gregorian calendar; month and date from 1. */
export interface Day {
  readonly year: number;
  readonly month: number;
  readonly date: number;
}

export const MONTHS = "January,February,March,April,May,June,July,August,September,October,November,December".split(
  ",",
);
const WEEKDAYS = "Sunday,Monday,Tuesday,Wednesday,Thursday,Friday,Saturday".split(",");

/** The day of a timestamp such as `2014-10-26T04:50:23Z`; undefined where it is none. */
export function dayOf(timestamp: string): Day | undefined {
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)/.exec(timestamp) ?? [];
  return year === undefined ? undefined : checked(Number(year), Number(month), Number(date));
}

/** A day from texts such as `2001`, `May` or `5`, and `7`; what is missing of month and date is the first. */
export function dayFrom(year = "", month = "", date = ""): Day | undefined {
  const name = month.trim().toLowerCase();
  const named = name.length < 3 ? -1 : MONTHS.findIndex((full) => full.toLowerCase().startsWith(name));
  const at = name === "" ? 1 : named >= 0 ? named + 1 : Number(name);
  return year.trim() === "" ? undefined : checked(Number(year), at, date.trim() === "" ? 1 : Number(date));
}

function checked(year: number, month: number, date: number): Day | undefined {
  const isDay = [year, month, date].every(Number.isInteger) && month >= 1 && month <= 12 && date >= 1 && date <= 31;
  return isDay ? { year, month, date } : undefined;
}

/** Days since 1970-01-01, in integers: years begin with March, so that the leap day is their last. */
export function dayNumber({ year, month, date }: Day): number {
  const years = month > 2 ? year : year - 1;
  const era = Math.floor(years / 400);
  const ofEra = years - 400 * era;
  const ofYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + date - 1;
  return 146_097 * era + 365 * ofEra + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468;
}

export function weekdayOf(day: Day): string {
  return WEEKDAYS[(((dayNumber(day) + 4) % 7) + 7) % 7]!;
}

/** The whole years, months and days between two days, the first the earlier; else undefined. */
export function ageBetween(from: Day, to: Day): { years: number; months: number; days: number } | undefined {
  let months = 12 * (to.year - from.year) + to.month - from.month - (to.date < from.date ? 1 : 0);
  if (months < 0) return undefined;
  const day = from.year * 12 + from.month - 1 + months;
  const anniversary = { year: Math.floor(day / 12), month: (day % 12) + 1, date: from.date };
  const days = Math.max(0, dayNumber(to) - dayNumber(anniversary));
  const years = Math.floor(months / 12);
  months -= 12 * years;
  return { years, months, days };
}
