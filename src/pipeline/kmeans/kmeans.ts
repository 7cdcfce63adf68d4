import { drawsOf } from "../../core/kmeans/draw.ts";
import { frameOf, largestOf, type Frame } from "../../core/kmeans/frame.ts";
import { createCore } from "../../core/instance.ts";
import type { Key } from "../../core/key.ts";
import { coarseFor, createClusters } from "../../core/kmeans/nearest.ts";
import { storeRows, strideOf } from "../../core/kmeans/rows.ts";
import { chooseRows } from "../../core/kmeans/seeding.ts";
import { createRepair, sumOf } from "../../core/kmeans/splitting.ts";
import { streams } from "../../core/streams.ts";
import { pause } from "../../runtime/pause.ts";
import { elapsedMs } from "../../runtime/system.ts";
import { checkRoom, countRows, worthwhileWorkers } from "./checks.ts";
import { lloyd, minibatches, refine, settle, type Course } from "./phases.ts";
import { reseed } from "./reseed.ts";
import { batchCount } from "./share.ts";
import { openTeam, type RowReader } from "./team.ts";

export interface KMeansOptions {
  /** Clusters, at most as many as rows. */
  readonly k: number;
  readonly key: Key;
  /** `minibatch` unless told; `lloyd` goes over all rows until no label changes, which takes several times as long. */
  readonly algorithm?: "minibatch" | "lloyd";
  /** Rows of a mini-batch: 1024. */
  readonly batchRows?: number;
  /** Passes over the sample at most: 100. */
  readonly maxEpochs?: number;
  /** Threads beside the calling one; as many as are worth it unless told. They change nothing but the time. */
  readonly workers?: number;
  readonly signal?: AbortSignal;
  /** Gets the share that is done, from 0 to 1, and the inertia as far as it is known. */
  readonly onProgress?: (share: number, inertia: number) => void;
}

export interface KMeansResult {
  /** Shape (k, dim). Where fewer rows than k differ, some are equal to others. */
  readonly centroids: Float32Array;
  /** The nearest centroid of each row, the first of equally near ones. */
  readonly labels: Uint32Array;
  /** Rows of each cluster: 0 only where fewer rows than k differ. */
  readonly sizes: readonly number[];
  /** The sum of squared distances of the rows from their centroids. */
  readonly inertia: number;
  /** What was run: few rows are clustered by whole passes anyway. */
  readonly algorithm: "minibatch" | "lloyd";
  /** Times that the centroids moved. */
  readonly iterations: number;
  /** Passes over the sample that were begun. */
  readonly epochs: number;
  /** Clusters that had lost their rows, and got new ones. */
  readonly reseeded: number;
}

/** Rows that the first centroids are chosen from, unless three for each are more. */
const SEEDING_ROWS = 1024;
/** Rows that centroids are refined on before the first mini-batch, unless ten for each are more. */
const REFINING_ROWS = 4096;
const REFINING_BYTES = 2 ** 30;
/** Rows of a batch that are worth a thread. */
const LEAST_SHARE = 16;
/** Clusters above which repairs, whose time grows with the square, take longer than they are worth. */
const MAX_REPAIRED = 4096;
/** How long signals and messages may have to wait. */
const BREATH_MS = 100;

/**
 * Clusters the rows of `sample`, shape (rows, dim), which are in random order. The same sample, options and key give the
 * same bytes with any number of workers in any runtime. Throws `InputError` where there are fewer rows than clusters, or
 * values that are no finite numbers.
 */
export async function kmeans(sample: Float32Array, dim: number, options: KMeansOptions): Promise<KMeansResult> {
  const { k, key, maxEpochs = 100, signal } = options;
  signal?.throwIfAborted();
  const rows = countRows(sample, dim, k);
  const batchRows = Math.min(rows, options.batchRows ?? 1024);
  const workers = Math.min(options.workers ?? worthwhileWorkers(sample.length * k), Math.ceil(batchRows / LEAST_SHARE));
  checkRoom(rows, dim, k, workers + 1);
  const seedRows = Math.min(rows, Math.max(SEEDING_ROWS, 3 * k));
  let last = elapsedMs();
  const breathe = async () => {
    if (elapsedMs() - last > BREATH_MS) {
      await pause();
      last = elapsedMs();
    }
    signal?.throwIfAborted();
  };
  const core = createCore();
  const clusters = createClusters(core, dim, k);
  const team = await openTeam(core, clusters, { rows, dim, batchRows, workers, breathe });
  try {
    const frame = frameOf(sample.subarray(0, seedRows * dim), dim, largestOf(core, sample, dim)); // while threads start
    const coarse = coarseFor(rows, frame.largest);
    const reader = readerOf(sample, dim, frame);
    team.load(reader, coarse);
    const batches = batchCount(rows, batchRows);
    const refined = Math.min(batches, batchCount(refiningRows(dim, k), batchRows));
    const early = createCore();
    const stored = storeRows(early, dim, Math.min(rows, refined * batchRows));
    for (let at = 0; at < Math.min(rows, refined * batchRows); at += batchRows) {
      stored.add(reader.view(at, Math.min(batchRows, rows - at)));
    }
    let reseeded = 0;
    let done = 0;
    const course: Course = {
      clusters,
      team,
      batches,
      maxEpochs,
      iterations: 0,
      epochs: 0,
      reseed(taken) {
        const given = reseed(clusters, taken, sample, dim, frame);
        reseeded += given;
        return given;
      },
      async turn(share, inertia) {
        done = Math.max(done, share);
        options.onProgress?.(done, (rows * inertia) / (frame.scale * frame.scale));
        await breathe();
      },
    };
    let next = 0;
    for (const row of chooseRows(early, stored, seedRows, k, drawsOf(early, { key, stream: streams.kmeans }))) {
      clusters.centroid(next++).set(stored.row(row));
      await breathe();
    }
    clusters.prepare();
    const repair = k <= MAX_REPAIRED ? createRepair(early, stored, clusters, coarse) : undefined;
    await refine(course, refined, repair);
    const isFull = options.algorithm === "lloyd" || refined === batches;
    if (!isFull) await minibatches(course, refined);
    const taken = isFull ? await lloyd(course) : await settle(course);
    const centroids = new Float32Array(k * dim);
    for (let at = 0; at < k; at++) centroids.set(frame.leave(clusters.centroid(at).subarray(0, dim)), at * dim);
    const inertia = sumOf(taken.distances) / (frame.scale * frame.scale);
    options.onProgress?.(1, inertia);
    return {
      centroids,
      labels: taken.labels,
      algorithm: isFull ? "lloyd" : "minibatch",
      sizes: [...clusters.counts()],
      inertia,
      iterations: course.iterations,
      epochs: course.epochs,
      reseeded,
    };
  } finally {
    await team.close();
  }
}

/** Rows of the sample as the frame has them. */
function readerOf(sample: Float32Array, dim: number, frame: Frame): RowReader {
  const plain = (start: number, rows: number) => sample.subarray(start * dim, (start + rows) * dim);
  const copy = (start: number, rows: number, into: ArrayBuffer) => {
    const out = new Float32Array(into, 0, rows * dim);
    frame.enter(out, plain(start, rows));
    return out;
  };
  const framed = (start: number, rows: number) => copy(start, rows, new ArrayBuffer(4 * rows * dim));
  return { view: frame.isPlain ? plain : framed, copy };
}

function refiningRows(dim: number, k: number): number {
  const wanted = Math.max(REFINING_ROWS, 10 * k);
  return Math.max(SEEDING_ROWS, 3 * k, Math.min(wanted, Math.floor(REFINING_BYTES / (4 * strideOf(dim)))));
}
