import type { Pass } from "../data/plan.ts";
import { blocksInFlight } from "./run.ts";

// Measured resident sizes on Node 20 (x86-64 Linux): the process after its imports, and each worker thread.
const PROCESS_BYTES = 58e6;
const WORKER_BYTES = 11e6;

/** Below this much data a second thread starts later than the first one ends. */
const WORTH_A_WORKER_BYTES = 24e6;

/** Bytes of all files of the passes: expected, and never more than. */
export function diskBytes(passes: readonly Pass[]): { expected: number; atMost: number } {
  const files = passes.flatMap((pass) => pass.files);
  return {
    expected: files.reduce((sum, file) => sum + file.byteLength, 0),
    atMost: files.reduce((sum, file) => sum + file.maxByteLength, 0),
  };
}

/** Threads beside the main one, when the user leaves the choice to us. */
export function chooseWorkers(pass: Pass, processors: number): number {
  const { expected } = diskBytes([pass]);
  const blocks = Math.ceil((pass.rowEnd - pass.rowStart) / pass.blockRows);
  return expected < WORTH_A_WORKER_BYTES ? 0 : Math.min(processors, MAX_WORKERS, blocks);
}

/** More than this only wait: one thread hashes and hands the bytes to the disk. */
const MAX_WORKERS = 4;

/** Expected peak of resident memory in bytes: never depends on the number of rows. */
export function estimateMemory(pass: Pass, workers: number): number {
  const rows = Math.min(pass.blockRows, pass.rowEnd - pass.rowStart);
  const bytesPerRow = diskBytes([pass]).expected / (pass.rowEnd - pass.rowStart);
  const block = rows * bytesPerRow;
  return PROCESS_BYTES + workers * (WORKER_BYTES + block) + (blocksInFlight(workers) + 1) * block;
}
