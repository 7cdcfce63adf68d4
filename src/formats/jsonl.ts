import type { Core } from "../core/instance.ts";
import { createLineWriter } from "../core/lines.ts";
import { InputError } from "../data/errors.ts";
import type { ByteSource, Encoder, FileLength, StoredRows } from "../data/format.ts";
import { columnOf, type Field } from "../data/rows.ts";

/**
 * One JSON object a line, keys in the order of `fields`, no spaces. Fields hold labelled codes (`Field.labels`) so far.
 * Throws when a field has no labels.
 */
export function jsonlEncoder(core: Core, fields: readonly Field[], maxRows: number): Encoder {
  const parts = fields.map((field, at) => {
    return { kind: "coded", pieces: labelPieces(field, at === 0, at === fields.length - 1) } as const;
  });
  const write = createLineWriter(core, parts, maxRows);
  return {
    historyRows: 0,
    encode(block) {
      const columns = fields.map((field) => columnOf(block, field.name).data as Uint8Array);
      return { bytes: write(block.start, block.rows, columns) };
    },
  };
}

/** The size of `rows` lines: expected from the shares of the labels. */
export function jsonlLength(fields: readonly Field[], rows: number): FileLength {
  const encoder = new TextEncoder();
  let expected = 0;
  let atMost = 0;
  fields.forEach((field, at) => {
    const pieces = labelPieces(field, at === 0, at === fields.length - 1);
    const lengths = pieces.map((piece) => encoder.encode(piece).length);
    atMost += Math.max(...lengths);
    expected += lengths.reduce((sum, length, code) => sum + length * (field.shares?.[code] ?? 1 / lengths.length), 0);
  });
  return { expected: Math.round(expected * rows), atMost: atMost * rows };
}

/** What each code adds to a line, braces and newline included where the field is the first or the last. */
function labelPieces(field: Field, isFirst: boolean, isLast: boolean): string[] {
  if (!field.labels) throw new Error(`Cannot write field "${field.name}" as JSONL: expected a field with labels`);
  return field.labels.map(
    (label) => `${isFirst ? "{" : ","}${JSON.stringify(field.name)}:${JSON.stringify(label)}${isLast ? "}\n" : ""}`,
  );
}

const READ_BYTES = 1 << 20;
const MAX_LINE = 1 << 24;

/** The lines of a text, without their newlines, with their numbers from 1, in bounded memory. Throws `InputError` for a line of over 16 million characters. */
export async function* readLines(source: ByteSource): AsyncGenerator<{ number: number; text: string }> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let number = 0;
  let rest = "";
  for (let at = 0; at < source.byteLength; at += READ_BYTES) {
    const bytes = await source.read(at, Math.min(READ_BYTES, source.byteLength - at));
    const lines = (rest + decodeText(decoder, bytes, true, number)).split("\n");
    rest = lines.pop()!;
    if (rest.length > MAX_LINE)
      throw new InputError(`Line ${number + lines.length + 1} is longer than ${MAX_LINE} characters`);
    for (const text of lines) yield { number: ++number, text };
  }
  rest += decodeText(decoder, new Uint8Array(0), false, number);
  if (rest !== "") yield { number: ++number, text: rest };
}

const NEWLINE = 10;

/** The lines of a text as rows, newlines included. Counts them all first, so that `rows` is known. */
export async function jsonlStoredRows(source: ByteSource): Promise<StoredRows> {
  // For each piece of the text, which line is the first to begin there, and where: one piece or two are read to find any line.
  const marks: { readonly line: number; readonly offset: number }[] = [{ line: 0, offset: 0 }];
  let lines = 0;
  for (let at = 0; at < source.byteLength; at += READ_BYTES) {
    const bytes = await source.read(at, Math.min(READ_BYTES, source.byteLength - at));
    const first = bytes.indexOf(NEWLINE);
    if (first >= 0) marks.push({ line: lines + 1, offset: at + first + 1 });
    for (let i = first; i >= 0; i = bytes.indexOf(NEWLINE, i + 1)) lines++;
  }
  const offsetOf = async (line: number): Promise<number> => {
    if (line === lines) return source.byteLength;
    const mark = marks[lastUpTo(marks, line)]!;
    let { offset } = mark;
    let left = line - mark.line;
    while (left > 0) {
      const bytes = await source.read(offset, Math.min(READ_BYTES, source.byteLength - offset));
      let end = 0;
      while (left > 0 && (end = bytes.indexOf(NEWLINE, end) + 1) > 0) left--;
      offset += left > 0 ? bytes.length : end;
    }
    return offset;
  };
  return {
    rows: lines,
    async read(start, count) {
      const from = await offsetOf(start);
      return source.read(from, (await offsetOf(start + count)) - from);
    },
  };
}

/** The place of the last mark whose line is not after `line`. */
function lastUpTo(marks: readonly { readonly line: number }[], line: number): number {
  let [low, high] = [0, marks.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (marks[middle]!.line <= line) low = middle;
    else high = middle - 1;
  }
  return low;
}

function decodeText(decoder: TextDecoder, bytes: Uint8Array, stream: boolean, line: number): string {
  try {
    return decoder.decode(bytes, { stream });
  } catch (cause) {
    throw new InputError(`Not UTF-8 text, after line ${line}`, { cause });
  }
}

/** The values of a JSONL text, one a line. Throws `InputError` naming the line that is not JSON. */
export async function* readJsonl(source: ByteSource): AsyncGenerator<unknown> {
  for await (const { number, text } of readLines(source)) {
    try {
      yield JSON.parse(text);
    } catch (cause) {
      throw new InputError(`Line ${number} is not JSON: ${text.slice(0, 60)}`, { cause });
    }
  }
}
