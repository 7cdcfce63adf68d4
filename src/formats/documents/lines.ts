import { createRowBytes, NOT_UTF8, textOfUtf8, TOO_LONG, type Fields, type FileRow, type RowParser } from "./rows.ts";

const NEWLINE = 10;
const RETURN = 13;

/** A row for each line, newline left out; `rowOf` gets undefined for bytes that are too many, and may give none. */
export function createLineParser(
  rowOf: (bytes: Uint8Array | undefined, line: number) => FileRow | undefined,
): RowParser {
  const begun = createRowBytes();
  let line = 0;
  const take = (rows: FileRow[]) => {
    const row = rowOf(begun.take(), ++line);
    if (row) rows.push(row);
  };
  return {
    push(bytes) {
      const rows: FileRow[] = [];
      let from = 0;
      for (let newline; (newline = bytes.indexOf(NEWLINE, from)) >= 0; from = newline + 1) {
        begun.add(bytes.subarray(from, newline));
        take(rows);
      }
      begun.add(bytes.subarray(from));
      return rows;
    },
    end() {
      const rows: FileRow[] = [];
      if (begun.length > 0) take(rows);
      return rows;
    },
  };
}

/** Plain text: each line, empty ones too, is a row with the field `text`. */
export function createTextParser(): RowParser {
  return createLineParser((bytes, line) => ({ line, read: () => fieldsOfText(bytes) }));
}

function fieldsOfText(bytes: Uint8Array | undefined): Fields | string {
  if (!bytes) return TOO_LONG;
  const text = textOfUtf8(bytes[bytes.length - 1] === RETURN ? bytes.subarray(0, -1) : bytes);
  return text === undefined ? NOT_UTF8 : { text };
}
