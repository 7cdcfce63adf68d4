import type { ClusteredSpec, IndexSpec, JitteredSpec } from "../../src/data/plan.ts";
import { normals } from "./normals.ts";
import { uniforms } from "./uniforms.ts";
import { wordAt, type Address } from "./words.ts";

const f = Math.fround;

/** Whole numbers below `bound`: word * bound / 2^32, rounded down. */
export function indices(address: Address, bound: number, first: bigint, count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) =>
    Number((BigInt(wordAt(address, first + BigInt(i))) * BigInt(bound)) >> 32n),
  );
}

export function indexRows(spec: IndexSpec, start: bigint, rows: number): Uint32Array {
  return indices(spec, spec.bound, start, rows);
}

/** `base` + U(-spread, spread) within `min` to `max`, each step rounded to float32. */
export function jitteredRows(spec: JitteredSpec, start: bigint, rows: number): Float32Array {
  return uniforms(spec, start, rows).map((u) => {
    const moved = f(f(spec.base) + f(f(spec.spread) * f(f(2 * u) - 1)));
    return Math.min(Math.max(moved, f(spec.min)), f(spec.max));
  });
}

/** Rows around their centroids: each step rounded to float32, squares summed in the order of `sumOfSquares`. */
export function clusteredRows(spec: ClusteredSpec, start: bigint, rows: number): Float32Array {
  const { dim, centroids, clusterStream, key } = spec;
  const clusters = indices({ key, stream: clusterStream }, centroids.length / dim, start, rows);
  const values = normals(spec, start * BigInt(dim), rows * dim);
  for (let row = 0; row < rows; row++) {
    const own = values.subarray(row * dim, (row + 1) * dim);
    own.forEach((z, i) => (own[i] = f(f(z * f(spec.stdDev)) + centroids[clusters[row]! * dim + i]!)));
    const length = f(Math.sqrt(sumOfSquares(own)));
    if (spec.normalize && length > 0) own.forEach((x, i) => (own[i] = f(x / length)));
  }
  return values;
}

/**
 * Four numbers make a vector, and sixteen, where they are left, four vectors with a sum each; vectors that are left go to the
 * last sum, and numbers that are left are added at the end.
 */
function sumOfSquares(row: Float32Array): number {
  const sums = [0, 1, 2, 3].map(() => [0, 0, 0, 0]);
  const vectors = row.length >> 2;
  for (let vector = 0; vector < vectors; vector++) {
    const sum = sums[vector < (vectors & ~3) ? vector & 3 : 3]!;
    for (let lane = 0; lane < 4; lane++) {
      const x = row[4 * vector + lane]!;
      sum[lane] = f(sum[lane]! + f(x * x));
    }
  }
  const lanes = [0, 1, 2, 3].map((lane) =>
    f(f(sums[0]![lane]! + sums[1]![lane]!) + f(sums[2]![lane]! + sums[3]![lane]!)),
  );
  let total = f(f(lanes[0]! + lanes[2]!) + f(lanes[1]! + lanes[3]!));
  for (const x of row.subarray(4 * vectors)) total = f(total + f(x * x));
  return total;
}
