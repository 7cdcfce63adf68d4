import type { Core } from "./instance.ts";

const MAX_BYTES = 1 << 18;
const MARGIN = 16; // that the kernel reads behind the bytes

/**
 * Where a JSON array ends whose first element begins at `start`: the place behind its closing bracket, if it is `count`
 * numbers that are finite as float32 and written plainly; undefined where it may be something else, or is long.
 */
export type EndOfNumbers = (bytes: Uint8Array, start: number, count: number) => number | undefined;

export function createEndOfNumbers(core: Core): EndOfNumbers {
  const lent = core.alloc(MAX_BYTES + MARGIN);
  return (bytes, start, count) => {
    const length = bytes.length - start;
    if (length > MAX_BYTES) return undefined;
    const memory = core.bytes(lent, MAX_BYTES + MARGIN);
    memory.set(start === 0 ? bytes : bytes.subarray(start));
    memory.fill(0, length, length + MARGIN);
    const end = core.kernels.plainNumbers(lent, lent + length, count);
    return end === 0 ? undefined : start + end - lent;
  };
}
