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

/** The squared lengths of centroids of shape (K, dim). */
export function squaresOf(centroids: Float32Array, dim: number): number[] {
  const squares = new Array<number>(centroids.length / dim).fill(0);
  centroids.forEach((value, at) => (squares[Math.floor(at / dim)]! += value * value));
  return squares;
}

/** Cosines that are to be expected of points around centroids, on average over the clusters. */
export interface ImpliedCosines {
  readonly toCentroid: number;
  readonly betweenMembers: number;
}

/**
 * The cosines of points at centroids of squared lengths r^2 with noise s in each of d coordinates: |x|^2 is about
 * r^2 + d s^2, and two points of a cluster share its centroid, so r / sqrt(r^2 + d s^2) and r^2 / (r^2 + d s^2).
 */
export function impliedCosines(stdDev: number, dim: number, squares: readonly number[]): ImpliedCosines {
  const noise = dim * stdDev * stdDev;
  let [toCentroid, betweenMembers] = [0, 0];
  for (const square of squares) {
    const share = square + noise > 0 ? square / (square + noise) : 0;
    toCentroid += Math.sqrt(share);
    betweenMembers += share;
  }
  return { toCentroid: toCentroid / squares.length, betweenMembers: betweenMembers / squares.length };
}

/**
 * The noise for which two points of a cluster have that cosine on average, above 0 and at most 1: see `impliedCosines`. Found
 * by halving an interval, because it falls with the noise. Infinity where no noise up to `most` is enough.
 */
export function stdDevOfCosine(cosine: number, dim: number, squares: readonly number[], most: number): number {
  if (cosine === 1) return 0;
  if (impliedCosines(most, dim, squares).betweenMembers > cosine) return Infinity;
  let [low, high] = [0, most];
  for (let halvings = 0; halvings < MAX_HALVINGS; halvings++) {
    const middle = (low + high) / 2;
    if (impliedCosines(middle, dim, squares).betweenMembers > cosine) low = middle;
    else high = middle;
  }
  return high;
}

const MAX_HALVINGS = 120; // from 1e9 to the last bit of any noise that shows
