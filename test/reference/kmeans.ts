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

export interface PlainResult {
  readonly centroids: readonly (readonly number[])[];
  readonly labels: readonly number[];
  readonly inertia: number;
}

/** Textbook k-means in float64 from the given centroids until no label changes. */
export function plainKMeans(rows: readonly (readonly number[])[], first: readonly (readonly number[])[]): PlainResult {
  let centroids = first;
  let labels: readonly number[] = [];
  for (;;) {
    const squares = rows.map((row) =>
      centroids.map((c) => c.reduce((sum, value, i) => sum + (row[i]! - value) ** 2, 0)),
    );
    const found = squares.map((ofRow) => ofRow.indexOf(Math.min(...ofRow)));
    const inertia = squares.reduce((sum, ofRow, at) => sum + ofRow[found[at]!]!, 0);
    if (found.every((label, at) => label === labels[at])) return { centroids, labels, inertia };
    labels = found;
    centroids = centroids.map((c, at) => {
      const own = rows.filter((_, row) => found[row] === at);
      return own.length === 0 ? c : c.map((_, i) => own.reduce((sum, row) => sum + row[i]!, 0) / own.length);
    });
  }
}
