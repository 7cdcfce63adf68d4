import assert from "node:assert/strict";
import { readRows, type FileRow, type RowParser } from "../../../src/formats/documents/rows.ts";
import { formatOfName } from "../../../src/formats/documents/table.ts";
import { chunksOf } from "../../support/chunks.ts";

export type ReadRow = readonly [line: number, fields: unknown];

export function bytesOfText(text: string | Uint8Array): Uint8Array {
  return typeof text === "string" ? new TextEncoder().encode(text) : text;
}

export function parserOf(name: string): RowParser {
  const format = formatOfName(name);
  assert.ok(format?.kind === "text", name);
  return format.createParser();
}

export function toReadRow(row: FileRow): ReadRow {
  return [row.line, row.read()];
}

/** The rows of a file, the same in whatever pieces its bytes come: of one length, from 1 to the whole, or in two. */
export async function rowsOf(name: string, content: string | Uint8Array): Promise<ReadRow[]> {
  const bytes = bytesOfText(content);
  const rowsIn = async (chunks: AsyncIterable<Uint8Array>): Promise<ReadRow[]> => {
    const found: ReadRow[] = [];
    for await (const rows of readRows(chunks, parserOf(name))) found.push(...rows.map(toReadRow));
    return found;
  };
  const whole = await rowsIn(chunksOf(bytes, bytes.length || 1));
  for (let length = 1; length < bytes.length; length++) {
    assert.deepEqual(await rowsIn(chunksOf(bytes, length)), whole, `${name} in pieces of ${length} bytes`);
    assert.deepEqual(await rowsIn(twoOf(bytes, length)), whole, `${name} cut at byte ${length}`);
  }
  return whole;
}

async function* twoOf(bytes: Uint8Array, at: number): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(0, at);
  yield bytes.subarray(at);
}
