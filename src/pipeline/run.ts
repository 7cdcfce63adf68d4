import type { Framer } from "../data/format.ts";
import type { Pass } from "../data/plan.ts";
import { openFramers } from "../formats/table.ts";
import { openSink, type Sink, type FinishedFile } from "../runtime/sink.ts";
import { fieldsOf } from "../sources/table.ts";
import type { Executor, OwnedBlock } from "./executor.ts";
import { createInlineExecutor } from "./inline.ts";
import { mergeMeasures, type Measures } from "./make.ts";
import { createPool } from "./pool.ts";

export interface RunOptions {
  /** Path of each file of the pass, in its order; the run leaves them under `<path>.part`. */
  readonly paths: readonly string[];
  /** Threads beside this one; 0 makes the rows on this one. */
  readonly workers: number;
  readonly checksum: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Told how many rows are on their way to the disk. */
  readonly onProgress?: ((rows: number) => void) | undefined;
}

export interface RunResult {
  readonly files: readonly FinishedFile[];
  readonly measures: Measures;
}

/** Blocks made but not yet written, beyond those being made: what a disk that stalls for a moment needs. */
const WRITTEN_BEHIND = 4;

/** How many blocks exist at one time at most; what bounds the memory of a run. */
export function blocksInFlight(workers: number): number {
  return Math.max(2, workers * 2) + WRITTEN_BEHIND;
}

/**
 * Writes every file of the pass to `<path>.part`, in row order. On failure or abort nothing is left, and the promise
 * rejects with the first error or the signal's reason.
 */
export async function runPass(pass: Pass, options: RunOptions): Promise<RunResult> {
  options.signal?.throwIfAborted();
  const executor = await (options.workers > 0 ? createPool(pass, options.workers) : createInlineExecutor(pass));
  const sinks: Sink[] = [];
  try {
    for (const path of options.paths) sinks.push(openSink(path, options));
    const framers = await openFramers(
      pass.files.map((file) => file.format),
      { fields: fieldsOf(pass.sources), pass },
    );
    framers.forEach((framer, at) => void sinks[at]!.write(framer.begin()));
    const measures = await pump(pass, options, executor, sinks, framers);
    void executor.close(); // threads take a while to end; nothing waits for it
    framers.forEach((framer, at) => void sinks[at]!.write(framer.end()));
    return { measures, files: await Promise.all(sinks.map((sink) => sink.finish())) };
  } catch (error) {
    await executor.close();
    await Promise.all(sinks.map((sink) => sink.abort()));
    throw error;
  }
}

/** Keeps the executor busy, takes its blocks in row order and hands them to the sinks. */
async function pump(
  pass: Pass,
  options: RunOptions,
  executor: Executor,
  sinks: readonly Sink[],
  framers: readonly Framer[],
): Promise<Measures> {
  const made: Promise<OwnedBlock>[] = [];
  const writes = new Set<Promise<void>>();
  let nextStart = pass.rowStart;
  let measures: Measures | undefined;

  const ask = () => {
    while (nextStart < pass.rowEnd && made.length < executor.concurrency) {
      const rows = Math.min(pass.blockRows, pass.rowEnd - nextStart);
      const block = executor.make(nextStart, rows);
      block.catch(() => {}); // awaited in its turn
      made.push(block);
      nextStart += rows;
    }
  };
  const write = (block: OwnedBlock) => {
    const parts = block.encoded.map((encoded, at) => {
      framers[at]!.add(encoded);
      return sinks[at]!.write(encoded.bytes);
    });
    const written = Promise.all(parts).then(() => {
      writes.delete(written);
      executor.recycle(block);
    });
    writes.add(written); // a failed one stays, so that whoever waits next learns of it
    written.catch(() => {});
  };

  ask();
  for (let rows = pass.rowStart; rows < pass.rowEnd; rows += pass.blockRows) {
    const block = await orAborted(made.shift()!, options.signal);
    ask();
    write(block);
    measures = mergeMeasures(measures, block.measures);
    options.onProgress?.(Math.min(rows + pass.blockRows, pass.rowEnd) - pass.rowStart);
    while (writes.size >= WRITTEN_BEHIND) await orAborted(Promise.race(writes), options.signal);
  }
  await orAborted(Promise.all(writes), options.signal);
  return measures!;
}

/** The promise, unless the signal comes first. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
