import type { FileLength } from "../data/format.ts";
import type { FormatSpec, Pass } from "../data/plan.ts";
import { lengthOfFile } from "../formats/table.ts";
import { hasLaterEngine } from "../runtime/system.ts";
import { bytesPerRow, plannedFiles } from "./files.ts";
import { blocksInFlight } from "./run.ts";

/** What a dataset will take, known before it is made. */
export interface Estimate {
  /** Of each file, in the order of `plannedFiles`. */
  readonly files: readonly (FileLength & { readonly name: string })[];
  /** Of all files, in bytes. */
  readonly disk: FileLength;
  /** Threads beside the main one. */
  readonly workers: number;
  /** Expected peak of resident memory in bytes: it never depends on the number of rows. */
  readonly memory: number;
}

// Measured resident sizes on x86-64 Linux: the process after its imports on Node 20, and what Node 24 and Deno take besides;
// each worker thread.
const PROCESS_BYTES = 58e6;
const LATER_ENGINE_BYTES = 14e6;
const WORKER_BYTES = 11e6;

/** Below this much data a second thread starts later than the first one ends; compressing it takes thirty times as long. */
const WORTH_A_WORKER_BYTES = 64e6;
const WORTH_A_COMPRESSOR_BYTES = 2e6;
/** The same for writing numbers as text, which takes ten times as long as making them. */
const WORTH_A_WRITER_BYTES = 16e6;

/** More than this only wait, because one thread hashes and writes; or, compressing, take more memory than a run should. */
const MAX_WORKERS = 4;

/** The estimate of passes with `workers` threads, or with as many as are worth it on so many processors. */
export async function estimatePasses(passes: readonly Pass[], processors: number, workers?: number): Promise<Estimate> {
  const files = await Promise.all(
    plannedFiles(passes).map(async ({ name, parts }) => ({ name, ...(await lengthOfFile(parts)) })),
  );
  const disk = { expected: sum(files.map((file) => file.expected)), atMost: sum(files.map((file) => file.atMost)) };
  const blocks = sum(passes.map((pass) => Math.ceil(rowsOf(pass) / pass.blockRows)));
  const chosen = Math.min(workers ?? chooseWorkers(passes, disk.expected, processors), Math.max(1, blocks));
  return { files, disk, workers: chosen, memory: expectedMemory(passes, disk.expected, chosen) };
}

function chooseWorkers(passes: readonly Pass[], bytes: number, processors: number): number {
  if (passes.some(isHeavy)) {
    const blocks = sum(passes.map((pass) => Math.ceil(rowsOf(pass) / pass.blockRows)));
    const raw = sum(passes.map((pass) => rowsOf(pass) * bytesPerRow(pass)));
    // One thread hashes as fast as one writes numbers, but waits for those that compress.
    const [worth, threads] = passes.some(writesNumbers)
      ? [WORTH_A_WRITER_BYTES, Math.max(1, processors - 1)]
      : [WORTH_A_COMPRESSOR_BYTES, processors];
    return raw < worth ? 0 : Math.min(threads, MAX_WORKERS, blocks - 1);
  }
  return bytes < WORTH_A_WORKER_BYTES ? 0 : Math.min(Math.max(1, processors - 1), MAX_WORKERS);
}

/** What an encoder holds besides in each thread, with the garbage it leaves; measured. */
const ENCODER_BYTES: Partial<Record<FormatSpec["kind"], number>> = {
  npz: 7e6,
  imagefolder: 18e6,
  webdataset: 26e6,
  imageparquet: 45e6,
};
const FFLATE_BYTES = 16e6;

function expectedMemory(passes: readonly Pass[], bytes: number, workers: number): number {
  const raw = sum(passes.map((pass) => rowsOf(pass) * bytesPerRow(pass)));
  const rawBlock = Math.max(...passes.map((pass) => Math.min(pass.blockRows, rowsOf(pass)) * bytesPerRow(pass)));
  const block = rawBlock * (bytes / raw);
  const encoders = passes.some(isHeavy) ? (workers + 1) * Math.max(...passes.map(encoderBytes)) : 0;
  const base = PROCESS_BYTES + (hasLaterEngine() ? LATER_ENGINE_BYTES : 0);
  const threads = workers * (WORKER_BYTES + rawBlock) + sum(passes.map((pass) => memoriesBytes(pass, workers)));
  return base + threads + (blocksInFlight(workers) + 1) * block + encoders;
}

/**
 * What memories take besides, measured: garbage in each thread that comes to make blocks, of lines or of a Parquet file's texts,
 * and copies of the centroids.
 */
const LINES_BYTES = 7e6;
const TABLE_BYTES = 24e6;
const TABLE_ROW_BYTES = { node20: 3500, later: 6500 };
const BUSY_BLOCKS = 4;
const CENTROID_COPIES = { main: 2.7, worker: 1.3 };

function memoriesBytes(pass: Pass, workers: number): number {
  const kinds = pass.files.map(({ format }) => format.kind);
  const isTable = kinds.includes("memoryparquet");
  if (!isTable && !kinds.includes("memorylines")) return 0;
  const rowBytes = TABLE_ROW_BYTES[hasLaterEngine() ? "later" : "node20"];
  const each = isTable ? TABLE_BYTES + Math.min(pass.blockRows, rowsOf(pass)) * rowBytes : LINES_BYTES;
  const blocks = Math.ceil(rowsOf(pass) / pass.blockRows);
  const busy = Math.min(workers + 1, isTable ? blocks / BUSY_BLOCKS : Math.ceil(blocks / BUSY_BLOCKS));
  const centroids = sum(pass.sources.map((source) => (source.kind === "clustered" ? source.centroids.byteLength : 0)));
  return busy * each + (CENTROID_COPIES.main + workers * CENTROID_COPIES.worker) * centroids;
}

function encoderBytes({ files }: Pass): number {
  return sum(
    files.map(({ format }) =>
      format.kind === "npz" && format.compressor === "fflate" ? FFLATE_BYTES : (ENCODER_BYTES[format.kind] ?? 0),
    ),
  );
}

/** Whether encoding takes far longer than making the rows: then the main thread has time to spare. */
function isHeavy(pass: Pass): boolean {
  return (
    writesNumbers(pass) ||
    pass.files.some(({ format }) => "style" in format || (format.kind === "npz" && format.compressor !== "none"))
  );
}

function writesNumbers(pass: Pass): boolean {
  return pass.files.some(({ format }) => format.kind === "memorylines" && format.withEmbedding);
}

function rowsOf({ rowStart, rowEnd }: Pass): number {
  return rowEnd - rowStart;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
