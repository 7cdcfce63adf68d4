import type { ByteSource } from "../data/format.ts";
import { joinBytes } from "./bytes.ts";

/** A line of a file that may be anything. */
export interface LineBytes {
  /** From 1. */
  readonly number: number;
  /** Without its newline; undefined where it has more than `MAX_LINE_BYTES`. */
  readonly bytes: Uint8Array | undefined;
  /** That it takes in the file, newline included. */
  readonly byteLength: number;
}

export const MAX_LINE_BYTES = 1 << 24;

const READ_BYTES = 1 << 20;
const NEWLINE = 10;

/** The lines of a file, in memory that is bounded by one of them. */
export async function* readLineBytes(source: ByteSource): AsyncGenerator<LineBytes> {
  let number = 0;
  let begun: Uint8Array[] = []; // of the line that the next piece goes on with
  let begunLength = 0;
  const take = (bytes: Uint8Array): void => {
    begunLength += bytes.length;
    if (begunLength > MAX_LINE_BYTES) begun = [];
    else begun.push(bytes);
  };
  const end = (newlineLength: number): LineBytes => {
    const bytes = begunLength > MAX_LINE_BYTES ? undefined : begun.length === 1 ? begun[0] : joinBytes(begun);
    const byteLength = begunLength + newlineLength;
    [begun, begunLength] = [[], 0];
    return { number: ++number, bytes, byteLength };
  };
  for (let at = 0; at < source.byteLength; at += READ_BYTES) {
    const bytes = await source.read(at, Math.min(READ_BYTES, source.byteLength - at));
    let from = 0;
    for (let newline; (newline = bytes.indexOf(NEWLINE, from)) >= 0; from = newline + 1) {
      take(bytes.subarray(from, newline));
      yield end(1);
    }
    if (from < bytes.length) take(bytes.subarray(from));
  }
  if (begunLength > 0) yield end(0);
}

/** How many lines `readLineBytes` would give. */
export async function countLines(source: ByteSource): Promise<number> {
  let lines = 0;
  let last = NEWLINE;
  for (let at = 0; at < source.byteLength; at += READ_BYTES) {
    const bytes = await source.read(at, Math.min(READ_BYTES, source.byteLength - at));
    for (let i = bytes.indexOf(NEWLINE); i >= 0; i = bytes.indexOf(NEWLINE, i + 1)) lines++;
    last = bytes[bytes.length - 1]!;
  }
  return last === NEWLINE ? lines : lines + 1;
}
