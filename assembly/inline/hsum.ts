/** The sum of the four lanes of f32: (0 + 2) + (1 + 3). */
// @ts-ignore: decorator
@inline
export function hsum(x: v128): f32 {
  const pairs = f32x4.add(x, v128.shuffle<i64>(x, x, 1, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}
