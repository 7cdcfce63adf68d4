import type { FileLength } from "../data/format.ts";
import type { Pass } from "../data/plan.ts";
import { fileLengths } from "../formats/table.ts";
import { fieldsOf } from "../sources/table.ts";
import { blocksInFlight } from "./run.ts";

/** What a pass will take, known before it runs. */
export interface Estimate {
  /** Of each file, in the order of the pass. */
  readonly files: readonly FileLength[];
  /** Of all files, in bytes. */
  readonly disk: FileLength;
  /** Threads beside the main one. */
  readonly workers: number;
  /** Expected peak of resident memory in bytes: it never depends on the number of rows. */
  readonly memory: number;
}

// Measured resident sizes on Node 20 (x86-64 Linux): the process after its imports, and each worker thread.
const PROCESS_BYTES = 58e6;
const WORKER_BYTES = 11e6;

/** Below this much data a second thread starts later than the first one ends. */
const WORTH_A_WORKER_BYTES = 64e6;

/** More than this only wait, because one thread hashes and writes; or, compressing, take more memory than a run should. */
const MAX_WORKERS = 4;

/** The estimate of a pass with `workers` threads, or with as many as are worth it on so many processors. */
export async function estimatePass(pass: Pass, processors: number, workers?: number): Promise<Estimate> {
  const files = await fileLengths(
    pass.files.map((file) => file.format),
    { fields: fieldsOf(pass.sources), pass },
  );
  const disk = { expected: sum(files.map((file) => file.expected)), atMost: sum(files.map((file) => file.atMost)) };
  const chosen = workers ?? chooseWorkers(pass, disk.expected, processors);
  return { files, disk, workers: chosen, memory: expectedMemory(pass, disk.expected, chosen) };
}

function chooseWorkers(pass: Pass, bytes: number, processors: number): number {
  const blocks = Math.ceil((pass.rowEnd - pass.rowStart) / pass.blockRows);
  if (compresses(pass)) return Math.min(processors, MAX_WORKERS, blocks - 1);
  return bytes < WORTH_A_WORKER_BYTES ? 0 : Math.min(Math.max(1, processors - 1), MAX_WORKERS);
}

/** What a compressor holds besides, in each thread. */
const COMPRESSOR_BYTES = 16e6;

function expectedMemory(pass: Pass, bytes: number, workers: number): number {
  const rows = pass.rowEnd - pass.rowStart;
  const block = (bytes / rows) * Math.min(pass.blockRows, rows);
  const compressors = compresses(pass) ? (workers + 1) * COMPRESSOR_BYTES : 0;
  return PROCESS_BYTES + workers * (WORKER_BYTES + block) + (blocksInFlight(workers) + 1) * block + compressors;
}

function compresses(pass: Pass): boolean {
  return pass.files.some(({ format }) => format.kind === "npz" && format.compress);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
