import { badRow, createRowBytes, type Fields, type FileRow, type RowParser } from "./rows.ts";

const [NEWLINE, QUOTE, COMMA, BACKSLASH] = [10, 0x22, 0x2c, 0x5c];
const [BRACKET, BRACKET_END, BRACE, BRACE_END] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * A row for each item of one array of JSON: its bytes are cut where a comma stands outside of texts, objects and arrays,
 * and `read` makes sense of them.
 */
export function createJsonArrayParser(
  read: (bytes: Uint8Array | undefined, line: number) => Fields | string,
): RowParser {
  const item = createRowBytes();
  let place: "before" | "item" | "after" | "beyond" = "before";
  let [depth, isText, isEscaped] = [0, false, false];
  let line = 1;
  let itemLine = 0; // 0 before its first byte
  let items = 0;

  const take = (): FileRow => {
    const [bytes, at] = [item.take(), itemLine || line];
    [itemLine, depth] = [0, 0];
    items++;
    return { line: at, read: () => read(bytes, at) };
  };
  /** Whether an item ends before this byte. */
  const isEnd = (byte: number): boolean => {
    if (isText) {
      if (isEscaped) isEscaped = false;
      else if (byte === BACKSLASH) isEscaped = true;
      else if (byte === QUOTE) isText = false;
      return false;
    }
    if (depth === 0 && (byte === COMMA || byte === BRACKET_END)) return true;
    if (byte === QUOTE) isText = true;
    else if (byte === BRACE || byte === BRACKET) depth++;
    else if (byte === BRACE_END || byte === BRACKET_END) depth = Math.max(0, depth - 1);
    return false;
  };

  return {
    push(bytes) {
      const rows: FileRow[] = [];
      let from = 0; // of the item
      for (let at = 0; at < bytes.length; at++) {
        const byte = bytes[at]!;
        if (byte === NEWLINE) line++;
        if (place === "item" && isEnd(byte)) {
          item.add(bytes.subarray(from, at));
          const isEmptyArray = byte === BRACKET_END && items === 0 && itemLine === 0;
          if (isEmptyArray) item.take();
          else rows.push(take());
          if (byte === BRACKET_END) place = "after";
          from = at + 1;
        } else if (byte > 32 && place === "item") {
          itemLine ||= line;
        } else if (byte > 32 && place === "before") {
          if (byte !== BRACKET) rows.push(badRow(line, "no array of JSON: expected ["));
          place = byte === BRACKET ? "item" : "beyond";
          from = at + 1;
        } else if (byte > 32 && place === "after") {
          rows.push(badRow(line, "something follows the array of JSON"));
          place = "beyond";
        }
      }
      if (place === "item") item.add(bytes.subarray(from));
      return rows;
    },
    end: () =>
      place === "item" ? [badRow(itemLine || line, "the file ends within the array of JSON that should end here")] : [],
  };
}
