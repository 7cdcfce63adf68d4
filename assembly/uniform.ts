import { CHUNK } from "./inline/chunk";
import { bits } from "./philox";

/** Writes `16 * groups` float32 in (0, 1): (word >>> 9) + 0.5 in units of 2^-23, exact, so 0 and 1 never occur. */
export function uniforms(out: usize, groups: u32, low: u32, high: u32, stream: u32): void {
  const one = i32x4.splat(0x3f800000), almostOne = i32x4.splat(0x3f7fffff); // 1 and 1 - 2^-24
  for (let g: u32 = 0; g < groups; g += CHUNK) {
    const n = min(CHUNK, groups - g);
    bits(out, n, low + 4 * g, high, stream);
    for (let end = out + 64 * n; out < end; out += 16) {
      const oneToTwo = v128.or(i32x4.shr_u(v128.load(out), 9), one);
      v128.store(out, f32x4.sub(oneToTwo, almostOne));
    }
  }
}
