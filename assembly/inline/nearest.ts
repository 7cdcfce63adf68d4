// Two magnitudes times 10^m (f64), exact, for 2^24 * 5^12 < 2^53, to the whole number whose digits are written.

/**
 * The shortest digits that read back: the multiple of ten in the rounding interval, where there is one, else the nearest
 * whole number. `margin` is half the width of the interval, from 0.5 to below 5, so it holds no two multiples of ten; its
 * ends are odd multiples of 2^(q - 1) * 10^m, never whole, so it does not matter whether they belong to it.
 */
// @ts-ignore: decorator
@inline
export function shortestWhole(scaled: v128, margin: v128): v128 {
  const tens = f64x2.mul(f64x2.nearest(f64x2.mul(scaled, f64x2.splat(0.1))), f64x2.splat(10));
  const isInside = f64x2.lt(f64x2.abs(f64x2.sub(scaled, tens)), margin);
  return v128.bitselect(tens, f64x2.nearest(scaled), isInside);
}

/**
 * To the multiple of a power of ten that leaves so many digits, given 10^(7 - digits), `digits` from 2 to 7: the numbers
 * have 7 to 9. Quotients are exact or, of 10^m with m < 8, too far from halfway for their rounding to matter.
 */
// @ts-ignore: decorator
@inline
export function roundedWhole(scaled: v128, unit: v128): v128 {
  unit = f64x2.mul(unit, v128.bitselect(f64x2.splat(10), f64x2.splat(1), f64x2.ge(scaled, f64x2.splat(1e7))));
  unit = f64x2.mul(unit, v128.bitselect(f64x2.splat(10), f64x2.splat(1), f64x2.ge(scaled, f64x2.splat(1e8))));
  return f64x2.mul(f64x2.nearest(f64x2.div(scaled, unit)), unit);
}
