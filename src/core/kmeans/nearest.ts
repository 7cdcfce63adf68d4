import type { Core } from "../instance.ts";
import { doubles, floats, strideOf, words, type RowRun, type StoredRows } from "./rows.ts";

/** Centroids in the core's memory, and the sums of the rows that belong to each. */
export interface Clusters {
  readonly k: number;
  readonly stride: number;
  /** Shape (k, stride): a view to read and write; `prepare` has to follow. */
  centroids(): Float32Array;
  /** Shape (stride,): a view of one of them. */
  centroid(cluster: number): Float32Array;
  /** Takes the centroids as they are now. */
  prepare(): void;
  /** Shape (k, stride). */
  sums(): Float64Array;
  counts(): Uint32Array;
  /** Forgets sums and counts. */
  clear(): void;
  /** Makes the mean of each cluster that has rows its centroid. */
  moveToMeans(): void;
  /**
   * Finds the nearest centroid of each row, the first of equally near ones, adds the row to its sum and tells the squared
   * distance. Views that the next call overwrites, for up to `BLOCK_ROWS` rows.
   */
  take(run: RowRun, coarse: number): Taken;
  /** Squared distances of one centroid from all. */
  from(cluster: number): Float32Array;
}

export interface Taken {
  readonly labels: Uint32Array;
  readonly distances: Float64Array;
}

/** The same in buffers of its own. */
export interface OwnTaken extends Taken {
  readonly labels: Uint32Array<ArrayBuffer>;
  readonly distances: Float64Array<ArrayBuffer>;
}

/** Rows that are labelled at a time: their scores stay in the cache. */
const BLOCK_ROWS = 96;

export function createClusters(core: Core, dim: number, k: number): Clusters {
  const { kernels } = core;
  const stride = strideOf(dim);
  const width = 4 * stride;
  const fours = Math.ceil(k / 4);
  const centroids = core.alloc(4 * fours * width);
  const halves = core.alloc(16 * fours);
  const sums = core.alloc(2 * width * k);
  const counts = core.alloc(4 * k);
  const scores = core.alloc(BLOCK_ROWS * 16 * fours);
  const labels = core.alloc(4 * BLOCK_ROWS);
  const distances = core.alloc(8 * BLOCK_ROWS);
  floats(core, centroids, 4 * fours * stride).fill(0);
  floats(core, halves, 4 * fours).fill(Infinity); // what only fills the last four is never the nearest
  const clear = () => {
    doubles(core, sums, k * stride).fill(0);
    words(core, counts, k).fill(0);
  };
  clear();
  return {
    k,
    stride,
    centroids: () => floats(core, centroids, k * stride),
    prepare: () => kernels.halfSquares(halves, centroids, k, width),
    sums: () => doubles(core, sums, k * stride),
    counts: () => words(core, counts, k),
    clear,
    moveToMeans() {
      kernels.means(centroids, sums, counts, k, 2 * width);
      kernels.halfSquares(halves, centroids, k, width);
    },
    take({ pointer, rows }, coarse) {
      kernels.scores(scores, pointer, rows, centroids, halves, fours, width);
      kernels.argmin(labels, scores, rows, fours);
      kernels.gather(sums, counts, distances, pointer, labels, rows, centroids, width, coarse);
      return { labels: words(core, labels, rows), distances: doubles(core, distances, rows) };
    },
    centroid: (cluster) => floats(core, centroids + cluster * width, stride),
    from(cluster) {
      kernels.scores(scores, centroids + cluster * width, 1, centroids, halves, fours, width);
      const half = floats(core, halves, k)[cluster]!;
      return floats(core, scores, k).map((score) => Math.max(0, 2 * (half + score)));
    },
  };
}

/** `take` of rows `first` to `first + count`. */
export function takeRows(
  clusters: Clusters,
  stored: StoredRows,
  first: number,
  count: number,
  coarse: number,
): OwnTaken {
  const labels = new Uint32Array(count);
  const distances = new Float64Array(count);
  let done = 0;
  for (const { pointer, rows } of stored.runs(first, count)) {
    for (let at = 0; at < rows; at += BLOCK_ROWS) {
      const block = { pointer: pointer + 4 * stored.stride * at, rows: Math.min(BLOCK_ROWS, rows - at) };
      const taken = clusters.take(block, coarse);
      labels.set(taken.labels, done);
      distances.set(taken.distances, done);
      done += block.rows;
    }
  }
  return { labels, distances };
}

const SMALLEST = 1 / 2 ** 200; // far below what a float32 can say

/**
 * The number that, added and taken away, rounds a float64 to a multiple of its last place: one so coarse that sums of
 * `rows` such values, each up to `largest`, are exact. No order of additions, and no division among threads, shows in them.
 */
export function coarseFor(rows: number, largest: number): number {
  let power = 1;
  while (power < rows * largest) power *= 2;
  while (power / 2 >= rows * largest && power > SMALLEST) power /= 2;
  return 6 * power; // its last place is 2^-50 * power, and sums stay below 2^50 of them
}
