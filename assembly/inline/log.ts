import { madd } from "./madd";

// ln m = 2 artanh(s), s = (m - 1) / (m + 1); -4 artanh(s) / s as a polynomial in s^2, minimax on |s| <= 3 - 2 sqrt(2),
// relative error 8.1e-10 before rounding (test/reference/minimax.py).
const COEFFICIENTS = memory.data<f32>([
  -5.9743458e-1, // 0xbf18f179
  -7.9955083e-1, // 0xbf4caf5d
  -1.3333355, // 0xbfaaaabd
  -4.0,
  -1.6525917e-7, // -2 ln(2) / 2^23, 0xb4317218
  2147483648.0, // 2^31
], 16);
const SQRT_HALF = 0x4eb504f3; // bits of sqrt(1/2) * 2^31

/** -2 ln(x / 2^31) for x in [2^-1, 2^31]: never negative, 0 at 2^31. */
// @ts-ignore: decorator
@inline
export function minusTwoLog(x: v128): v128 {
  // x = m * 2^e with m in [sqrt(1/2), sqrt(2)) * 2^31; `exponent` is e * 2^23.
  const exponent = v128.and(i32x4.sub(x, i32x4.splat(SQRT_HALF)), i32x4.splat(0xff800000));
  const m = i32x4.sub(x, exponent);
  const one = v128.load32_splat(COEFFICIENTS, 20);
  const s = f32x4.div(f32x4.sub(m, one), f32x4.add(m, one));
  const t = f32x4.mul(s, s);
  let p = madd(t, v128.load32_splat(COEFFICIENTS), v128.load32_splat(COEFFICIENTS, 4));
  p = madd(p, t, v128.load32_splat(COEFFICIENTS, 8));
  p = madd(p, t, v128.load32_splat(COEFFICIENTS, 12));
  return madd(f32x4.convert_i32x4_s(exponent), v128.load32_splat(COEFFICIENTS, 16), f32x4.mul(p, s));
}
