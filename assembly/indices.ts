import { CHUNK } from "./inline/chunk";
import { mulHigh } from "./inline/philox";
import { bits } from "./philox";

/** Writes `16 * groups` whole numbers (u32) from 0 to `bound` - 1: word * bound / 2^32, rounded down; bias below bound / 2^32. */
export function indices(out: usize, bound: u32, groups: u32, low: u32, high: u32, stream: u32): void {
  const factor = i32x4.splat(bound);
  for (let g: u32 = 0; g < groups; g += CHUNK) {
    const n = min(CHUNK, groups - g);
    bits(out, n, low + 4 * g, high, stream);
    for (let end = out + 64 * n; out < end; out += 16) v128.store(out, mulHigh(v128.load(out), factor));
  }
}
