/** The last 8 decimal digits, a byte each, the first lowest, of two whole numbers (f64) from 0 to below 2 * 10^8. */
// @ts-ignore: decorator
@inline
export function eightDigits(s: v128): v128 {
  const myriad = f64x2.splat(1e4), whole = f64x2.splat(4503599627370496.0); // 2^52: its low bits are a sum's whole number
  // 1e-4 is rounded up, by less than half the distance to the next f64, so that no quotient is a unit off.
  const quotient = f64x2.floor(f64x2.mul(s, f64x2.splat(1e-4)));
  const low = f64x2.sub(s, f64x2.mul(quotient, myriad));
  const high = f64x2.sub(quotient, v128.and(f64x2.ge(quotient, myriad), myriad)); // without the first of 9 digits
  // 4 digits in 32 bits, then 2 in 16, then 1 in 8.
  const four = v128.xor(f64x2.add(f64x2.mul(low, f64x2.splat(4294967296.0)), f64x2.add(high, whole)), whole);
  const hundreds = i32x4.shr_u(i32x4.dot_i16x8_s(four, i32x4.splat(10486)), 20); // 10486 / 2^20 is just above 1/100
  const two = i32x4.sub(i32x4.shl(four, 16), i32x4.mul(hundreds, i32x4.splat((100 << 16) - 1)));
  const tens = i16x8.shr_u(i16x8.mul(two, i16x8.splat(103)), 10); // 103 / 2^10 is just above 1/10
  return i16x8.sub(i16x8.shl(two, 8), i16x8.mul(tens, i16x8.splat((10 << 8) - 1)));
}
