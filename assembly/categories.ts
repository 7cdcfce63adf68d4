import { CHUNK } from "./inline/chunk";
import { bits } from "./philox";

const WORDS = memory.data(80 * 64, 16); // one chunk

/** Writes `16 * groups` codes (u8): how many of the `count` ascending thresholds (u32, at most 255) are not above the word. */
export function codes(
  out: usize, thresholds: usize, count: u32, groups: u32, low: u32, high: u32, stream: u32, // prettier-ignore
): void {
  const endOfThresholds = thresholds + 4 * count;
  for (let g: u32 = 0; g < groups; g += CHUNK) {
    const n = min(CHUNK, groups - g);
    bits(WORDS, n, low + 4 * g, high, stream);
    for (let words = WORDS, end = WORDS + 64 * n; words < end; words += 64, out += 16) {
      const w0 = v128.load(words), w1 = v128.load(words, 16), w2 = v128.load(words, 32), w3 = v128.load(words, 48);
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
}
