import { madd } from "./madd";

// sin(pi v / 2) / v in v^2: relative error 5.3e-9; cos(pi v / 2) in v^2: absolute error 5.3e-8; both minimax on
// |v| <= 1 before rounding (test/reference/minimax.py).
const SIN = memory.data<f32>([1.51485135e-4, -4.6737664e-3, 7.968968e-2, -6.4596373e-1, 1.5707964], 16);
const COS = memory.data<f32>([8.5969e-4, -2.0813966e-2, 2.536532e-1, -1.2336989, 1.0], 16);

/** sin(pi v / 2) for |v| <= 1, given v and v * v. */
// @ts-ignore: decorator
@inline
export function sinQuarter(v: v128, square: v128): v128 {
  return f32x4.mul(quartic(SIN, square), v);
}

/** cos(pi v / 2) for |v| <= 1, given v * v. */
// @ts-ignore: decorator
@inline
export function cosQuarter(square: v128): v128 {
  return quartic(COS, square);
}

// @ts-ignore: decorator
@inline
function quartic(coefficients: usize, x: v128): v128 {
  let p = madd(x, v128.load32_splat(coefficients), v128.load32_splat(coefficients, 4));
  p = madd(p, x, v128.load32_splat(coefficients, 8));
  p = madd(p, x, v128.load32_splat(coefficients, 12));
  return madd(p, x, v128.load32_splat(coefficients, 16));
}
