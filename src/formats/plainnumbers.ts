import type { EndOfNumbers } from "../core/plainnumbers.ts";

// Most lines of memories hold 768 numbers and little else. To know that they are numbers takes a tenth of the time that it
// takes to read them, and a store that gets the line as it is needs no more.

const OPEN = 91;
const SPACE = 32;
const KEY = new TextEncoder().encode('"embedding":');

/** Where an array lies among bytes, brackets included. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * The first array under `embedding` in a line of JSON, where it is `count` numbers that are finite as float32 and written
 * plainly; undefined where it may be something else. Whether the key is one of the outermost object is not looked at.
 */
export function plainArrayIn(bytes: Uint8Array, count: number, endOfNumbers: EndOfNumbers): Span | undefined {
  for (let start = bytes.indexOf(OPEN); start >= 0; start = bytes.indexOf(OPEN, start + 1)) {
    if (!isKeyBefore(bytes, start)) continue;
    const end = endOfNumbers(bytes, start + 1, count);
    return end === undefined ? undefined : { start, end };
  }
  return undefined;
}

function isKeyBefore(bytes: Uint8Array, at: number): boolean {
  const from = at - KEY.length - (bytes[at - 1] === SPACE ? 1 : 0);
  return from >= 0 && KEY.every((byte, i) => bytes[from + i] === byte);
}
