import type { Core } from "../core/instance.ts";
import { keyOf } from "../core/key.ts";
import { streams } from "../core/streams.ts";
import { openSource } from "../sources/table.ts";

/** `count` unit vectors in directions that are uniform on the sphere, shape (count, dim), row-major. */
export function randomCentroids(core: Core, seed: string, count: number, dim: number): Float32Array {
  const origin = {
    kind: "clustered",
    field: "centroids",
    dim,
    centroids: new Float32Array(dim),
    stdDev: 1,
    normalize: true,
    key: keyOf(seed),
    stream: streams.centroids,
    clusterStream: streams.memoryClusters, // one centroid only: no matter which
  } as const;
  const { columns } = openSource(core, [origin], count).read(0, count);
  return (columns[0]!.data as Float32Array).slice();
}

/** The mean of the squared lengths of centroids of shape (K, dim). */
export function meanSquare(centroids: Float32Array, dim: number): number {
  let sum = 0;
  for (const value of centroids) sum += value * value;
  return sum / (centroids.length / dim);
}

/** Cosines that are to be expected of points around centroids. */
export interface ImpliedCosines {
  readonly toCentroid: number;
  readonly betweenMembers: number;
}

/**
 * The cosines of points at centroids of mean squared length r^2 with noise s in each of d coordinates: |x|^2 is about
 * r^2 + d s^2, and two points of a cluster share c, so r / sqrt(r^2 + d s^2) and r^2 / (r^2 + d s^2).
 */
export function impliedCosines(stdDev: number, dim: number, square: number): ImpliedCosines {
  const noise = dim * stdDev * stdDev;
  const betweenMembers = square + noise > 0 ? square / (square + noise) : 0;
  return { toCentroid: Math.sqrt(betweenMembers), betweenMembers };
}

/** The noise for which two points of a cluster have that cosine, above 0 and at most 1: see `impliedCosines`. */
export function stdDevOfCosine(cosine: number, dim: number, square: number): number {
  return Math.sqrt(((1 / cosine - 1) * square) / dim);
}
