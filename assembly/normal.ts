import { CHUNK } from "./inline/chunk";
import { minusTwoLog } from "./inline/log";
import { cosQuarter, sinQuarter } from "./inline/sincos";
import { bits } from "./philox";

const SCALE = memory.data<f32>([0.5, 4.656613e-10], 16); // 1/2 and 2^-31

/** Writes `16 * groups` standard normals: words 0 and 1 of a counter make elements 0 and 1, words 2 and 3 the others. */
export function normals(out: usize, groups: u32, low: u32, high: u32, stream: u32): void {
  for (let g: u32 = 0; g < groups; g += CHUNK) {
    const n = min(CHUNK, groups - g);
    bits(out, n, low + 4 * g, high, stream);
    for (let end = out + 64 * n; out < end; out += 32) {
      pair(out, v128.load(out), v128.load(out, 16));
    }
  }
}

/**
 * Box and Muller, "A note on the generation of random normal deviates", 1958, on the half plane: the radius word is a
 * sign and 31 bits of u = |word + 1/2| / 2^31, so |z| reaches sqrt(-2 ln 2^-32) = 6.66; the angle is within pi/2.
 */
// @ts-ignore: decorator
@inline
function pair(out: usize, radiusWord: v128, angleWord: v128): void {
  const signed = f32x4.add(f32x4.convert_i32x4_s(radiusWord), v128.load32_splat(SCALE));
  const magnitude = f32x4.abs(signed);
  const sign = v128.xor(signed, magnitude);
  const radius = v128.or(f32x4.sqrt(minusTwoLog(magnitude)), sign);
  const v = f32x4.mul(f32x4.convert_i32x4_s(angleWord), v128.load32_splat(SCALE, 4));
  const square = f32x4.mul(v, v);
  v128.store(out, f32x4.mul(radius, cosQuarter(square)));
  v128.store(out, f32x4.mul(radius, sinQuarter(v, square)), 16);
}
