import { strideOf } from "../../core/kmeans/rows.ts";
import { InputError } from "../../data/errors.ts";
import { processorCount } from "../../runtime/system.ts";

/** How many rows the sample has. Throws `InputError` where k-means cannot be. */
export function countRows(sample: Float32Array, dim: number, k: number): number {
  if (!Number.isInteger(dim) || dim < 1)
    throw new InputError(`Cannot cluster rows of ${dim} values: at least 1 is needed`);
  const rows = sample.length / dim;
  if (!Number.isInteger(rows)) throw new Error(`Cannot cluster: ${sample.length} values are no rows of ${dim}`);
  if (rows === 0) throw new InputError("Cannot cluster: there are no rows");
  if (!Number.isInteger(k) || k < 1)
    throw new InputError(`Cannot make ${k} clusters: give a whole number from 1 to ${rows}, the number of rows`);
  if (k > rows) throw new InputError(`Cannot make ${k} clusters of ${rows} rows: give at most as many as rows`);
  return rows;
}

/** Multiplications below which threads start later than the calling one ends. */
const WORTH_A_WORKER = 2e8;
const MAX_WORKERS = 7;

/** Threads beside the calling one that so many multiplications a pass are worth. */
export function worthwhileWorkers(products: number): number {
  return products < WORTH_A_WORKER ? 0 : Math.min(processorCount() - 1, MAX_WORKERS);
}

/** What a core can hold for rows, of the 4 GiB that it can address. */
const CORE_BYTES = 3.5 * 2 ** 30;
/** What it can reserve at a time. */
const REGION_BYTES = 2 ** 30 - 64;

/** Throws `InputError` unless so many threads can hold the rows among them, and each the clusters. */
export function checkRoom(rows: number, dim: number, k: number, threads: number): void {
  const width = 4 * strideOf(dim);
  if (2 * width * k > REGION_BYTES) {
    throw new InputError(
      `Cannot make ${k} clusters of ${dim} values: give at most ${Math.floor(REGION_BYTES / (2 * width))} clusters`,
    );
  }
  const most = threads * Math.floor((CORE_BYTES - 4 * width * k) / width);
  if (rows > most) {
    throw new InputError(
      `Cannot hold ${rows} rows of ${dim} values in ${threads} ${threads === 1 ? "thread" : "threads"}: cluster a sample of at most ${most} rows`,
    );
  }
}
