import { createRandom } from "../formats/samples.ts";

export interface ClusteredRows {
  readonly rows: number;
  readonly k: number;
  readonly dim: number;
  /** Deviation of each value around the centroid, which has length 1. */
  readonly spread: number;
  readonly seed: number;
  readonly scale?: number;
  readonly shift?: number;
}

/** Rows around random unit centroids, in random order, and the number of the centroid of each. */
export function clusteredRows({ rows, k, dim, spread, seed, scale = 1, shift = 0 }: ClusteredRows) {
  const random = createRandom(seed);
  // Sums of uniforms are as good as normals here.
  const normal = () => (random() + random() + random() + random() - 2) * Math.sqrt(3);
  const centroids = Array.from({ length: k }, () => {
    const values = Array.from({ length: dim }, normal);
    const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    return values.map((value) => value / length);
  });
  const labels = Uint32Array.from({ length: rows }, () => random() * k);
  const sample = new Float32Array(rows * dim);
  for (let at = 0; at < sample.length; at++) {
    const centroid = centroids[labels[Math.floor(at / dim)]!]!;
    sample[at] = (centroid[at % dim]! + spread * normal()) * scale + shift;
  }
  return { sample, labels };
}

/** The share of rows that belong to the commonest class of their cluster. */
export function purityOf(found: Uint32Array, labels: Uint32Array, k: number): number {
  const tally = Array.from({ length: k }, () => new Map<number, number>());
  found.forEach((cluster, row) => {
    const label = labels[row]!;
    tally[cluster]!.set(label, (tally[cluster]!.get(label) ?? 0) + 1);
  });
  return tally.reduce((sum, counts) => sum + Math.max(0, ...counts.values()), 0) / labels.length;
}
