import {
  badRow,
  createRowBytes,
  NOT_UTF8,
  textOfUtf8,
  TOO_LONG,
  type Fields,
  type FileRow,
  type RowParser,
} from "./rows.ts";

const [NEWLINE, RETURN, QUOTE] = [10, 13, 0x22];

/**
 * Comma- or tab-separated values (RFC 4180), whose first row has the names; all values are texts. As in Python's reader,
 * a quote within a value that is not quoted stands for itself, any of CR, LF and CRLF ends a row, and empty lines are no
 * rows. Names that come again get numbers.
 */
export function createCsvParser(delimiter: "," | "\t"): RowParser {
  const record = createRowBytes();
  const separator = delimiter.charCodeAt(0);
  let names: readonly string[] | undefined;
  let state: "start" | "plain" | "quoted" | "quote" = "start"; // of a value; in one; in quotes; after a quote in quotes
  let line = 1;
  let recordLine = 1;
  let isAfterReturn = false;

  const take = (rows: FileRow[]): void => {
    const isBlank = record.length === 0;
    const bytes = record.take();
    const at = recordLine;
    state = "start";
    if (isBlank) return;
    if (names) rows.push({ line: at, read: () => fieldsOf(bytes, delimiter, names!) });
    else {
      const found = valuesOf(bytes, delimiter);
      names = typeof found === "string" ? [] : distinct(found);
      if (typeof found === "string") rows.push(badRow(at, `the row of names is ${found}`));
    }
  };

  return {
    push(bytes) {
      const rows: FileRow[] = [];
      let from = 0;
      for (let at = 0; at < bytes.length; at++) {
        const byte = bytes[at]!;
        const isSecond = byte === NEWLINE && isAfterReturn; // of CRLF
        isAfterReturn = byte === RETURN;
        const isBreak = byte === NEWLINE || byte === RETURN;
        if (isBreak && !isSecond) line++;
        if (state === "quoted") {
          if (byte === QUOTE) state = "quote";
        } else if (isBreak) {
          record.add(bytes.subarray(from, at));
          take(rows);
          from = at + 1;
          recordLine = line;
        } else if (byte === separator) state = "start";
        else if (byte === QUOTE && state !== "plain") state = "quoted";
        else state = "plain";
      }
      record.add(bytes.subarray(from));
      return rows;
    },
    end() {
      if (state === "quoted") return [badRow(recordLine, "the file ends within quotes that this row opens")];
      const rows: FileRow[] = [];
      take(rows);
      return rows;
    },
  };
}

function fieldsOf(bytes: Uint8Array | undefined, delimiter: string, names: readonly string[]): Fields | string {
  const values = valuesOf(bytes, delimiter);
  if (typeof values === "string") return values;
  if (values.length !== names.length) return `${values.length} values, expected ${names.length} as in the row of names`;
  return Object.fromEntries(names.map((name, at) => [name, values[at]]));
}

/** The values of a row, or why it has none. */
function valuesOf(bytes: Uint8Array | undefined, delimiter: string): string[] | string {
  if (!bytes) return TOO_LONG;
  const text = textOfUtf8(bytes);
  if (text === undefined) return NOT_UTF8;
  const values: string[] = [];
  for (let at = 0; ; at++) {
    let value = "";
    if (text[at] === '"') ({ value, at } = quotedValue(text, at));
    const end = text.indexOf(delimiter, at);
    values.push(value + text.slice(at, end < 0 ? text.length : end));
    if (end < 0) return values;
    at = end;
  }
}

/** The value whose quote stands at `at`, and the place after the quote that ends it. */
function quotedValue(text: string, at: number): { value: string; at: number } {
  const parts: string[] = [];
  for (let from = at + 1; ;) {
    const quote = text.indexOf('"', from);
    parts.push(text.slice(from, quote));
    if (text[quote + 1] !== '"') return { value: parts.join('"'), at: quote + 1 };
    from = quote + 2;
  }
}

function distinct(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let free = name;
    for (let number = 1; taken.has(free); number++) free = `${name}.${number}`;
    taken.add(free);
    return free;
  });
}
