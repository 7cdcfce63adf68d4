import { joinBytes } from "../bytes.ts";
import { MAX_LINE_BYTES } from "../linebytes.ts";

/** Values of JSON by name. */
export type Fields = Readonly<Record<string, unknown>>;

/** A row where it stands in its file. */
export interface FileRow {
  /** Where it begins, from 1; in a file without lines its number, from 1. */
  readonly line: number;
  /** Its values, or a text that says why it has none. Read when they are asked for: of many files few rows are wanted. */
  read(): Fields | string;
}

/** Cuts the text of a file into rows, as its bytes come; no row ends the reading, however bad. */
export interface RowParser {
  /** The rows that end in these bytes, which must not change until they were read. */
  push(bytes: Uint8Array): FileRow[];
  /** What is left when no more bytes come. */
  end(): FileRow[];
}

/** The rows of a file, those that end in a chunk together. Throws what `chunks` throws, after the rows before it. */
export async function* readRows(chunks: AsyncIterable<Uint8Array>, parser: RowParser): AsyncGenerator<FileRow[]> {
  for await (const chunk of chunks) yield parser.push(chunk);
  yield parser.end();
}

export function badRow(line: number, reason: string): FileRow {
  return { line, read: () => reason };
}

export const TOO_LONG = `longer than ${MAX_LINE_BYTES} bytes`;

/** The bytes of a row that may lie in several chunks: no more than `MAX_LINE_BYTES` are kept. */
export interface RowBytes {
  /** How many there are, kept or not. */
  readonly length: number;
  add(bytes: Uint8Array): void;
  /** All of them, or undefined where there are too many; the next row is empty. */
  take(): Uint8Array | undefined;
}

export function createRowBytes(): RowBytes {
  let parts: Uint8Array[] = [];
  let length = 0;
  return {
    get length() {
      return length;
    },
    add(bytes) {
      length += bytes.length;
      if (length > MAX_LINE_BYTES) parts = [];
      else if (bytes.length > 0) parts.push(bytes);
    },
    take() {
      const bytes = length > MAX_LINE_BYTES ? undefined : parts.length === 1 ? parts[0] : joinBytes(parts);
      [parts, length] = [[], 0];
      return bytes;
    },
  };
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of UTF-8, or undefined where it is none. */
export function textOfUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

export const NOT_UTF8 = "not UTF-8 text";

const BOM = [0xef, 0xbb, 0xbf];

/** Leaves out the byte order mark that a file may begin with. */
export function withoutBom(parser: RowParser): RowParser {
  let head: Uint8Array | undefined = new Uint8Array(0); // until enough of it is there
  const begin = (bytes: Uint8Array): FileRow[] => {
    head = undefined;
    return parser.push(BOM.every((byte, at) => bytes[at] === byte) ? bytes.subarray(BOM.length) : bytes);
  };
  return {
    push(bytes) {
      if (!head) return parser.push(bytes);
      head = joinBytes([head, bytes]);
      return head.length < BOM.length ? [] : begin(head);
    },
    end: () => [...(head ? begin(head) : []), ...parser.end()],
  };
}
