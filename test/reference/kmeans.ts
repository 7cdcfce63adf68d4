const f = Math.fround;

/** |c|^2 / 2 of a padded row, rounded once: float64 lanes 0 + 2 and 1 + 3, added at the end. */
export function halfSquare(c: Float32Array): number {
  let [even, odd] = [0, 0];
  for (let i = 0; i < c.length; i += 4) {
    even += c[i]! * c[i]! + c[i + 2]! * c[i + 2]!;
    odd += c[i + 1]! * c[i + 1]! + c[i + 3]! * c[i + 3]!;
  }
  return f((even + odd) / 2);
}

/** |c|^2 / 2 - x.c of padded rows: four float32 lanes, each product rounded, added as (0 + 2) + (1 + 3). */
export function score(x: Float32Array, c: Float32Array, half: number): number {
  const lanes = new Float32Array(4);
  for (let i = 0; i < x.length; i++) lanes[i % 4]! += f(x[i]! * c[i]!);
  return f(half - f(f(lanes[0]! + lanes[2]!) + f(lanes[1]! + lanes[3]!)));
}

/** The place of the least, the first of equal ones. */
export function argmin(scores: Float32Array): number {
  return scores.reduce((best, value, at) => (value < scores[best]! ? at : best), 0);
}

/** Sum of squared differences, which are rounded to float32: float64 lanes 0 to 3, added as (0 + 2) + (1 + 3). */
export function squaredDistance(x: Float32Array, c: Float32Array): number {
  const lanes = [0, 0, 0, 0];
  for (let i = 0; i < x.length; i++) lanes[i % 4]! += f(x[i]! - c[i]!) ** 2;
  return lanes[0]! + lanes[2]! + (lanes[1]! + lanes[3]!);
}
