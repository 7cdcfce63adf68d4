import { bits } from "./philox";

/**
 * Writes `16 * groups` codes (u8): the number of thresholds (u32, ascending, at most 255) that are not above the word.
 * `scratch` holds one group of words.
 */
export function codes(
  out: usize, scratch: usize, thresholds: usize, count: u32,
  groups: u32, low: u32, high: u32, stream: u32, // prettier-ignore
): void {
  const endOfThresholds = thresholds + 4 * count;
  for (let end = out + 16 * groups; out < end; out += 16, low += 4) {
    bits(scratch, 1, low, high, stream);
    const w0 = v128.load(scratch), w1 = v128.load(scratch, 16), w2 = v128.load(scratch, 32), w3 = v128.load(scratch, 48);
    let c0 = i32x4.splat(0), c1 = c0, c2 = c0, c3 = c0;
    for (let t = thresholds; t < endOfThresholds; t += 4) {
      const threshold = v128.load32_splat(t); // a true comparison is -1
      c0 = i32x4.sub(c0, i32x4.ge_u(w0, threshold));
      c1 = i32x4.sub(c1, i32x4.ge_u(w1, threshold));
      c2 = i32x4.sub(c2, i32x4.ge_u(w2, threshold));
      c3 = i32x4.sub(c3, i32x4.ge_u(w3, threshold));
    }
    v128.store(out, i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_u(c0, c1), i16x8.narrow_i32x4_u(c2, c3)));
  }
}
