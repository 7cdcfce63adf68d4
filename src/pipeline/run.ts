import type { Pass } from "../data/plan.ts";
import { orAborted } from "../runtime/abort.ts";
import type { FinishedFile } from "../runtime/sink.ts";
import type { Executor, OwnedBlock } from "./executor.ts";
import { createShare } from "./files.ts";
import { createInlineExecutor } from "./inline.ts";
import type { BlockAddress } from "./make.ts";
import { mergeMeasures, type Measures } from "./measure.ts";
import { openOutputs, type Outputs } from "./outputs.ts";
import { createPool } from "./pool.ts";

export interface RunOptions {
  /** Where the files go; the run leaves each under its `partName`. */
  readonly folder: string;
  /** Threads beside this one; 0 makes the rows on this one. */
  readonly workers: number;
  readonly checksum: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Told which share of the rows' bytes, 0 to 1, is on its way to the disk. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

export interface RunResult {
  /** In the order of `plannedFiles`. */
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
 * Writes every file of the passes under its `partName`, in row order. On failure or abort nothing is left, and the
 * promise rejects with the first error or the signal's reason.
 */
export async function runPasses(passes: readonly Pass[], options: RunOptions): Promise<RunResult> {
  options.signal?.throwIfAborted();
  const executor = options.workers > 0 ? createPool(passes, options.workers) : createInlineExecutor(passes);
  const outputs = openOutputs(passes, options);
  try {
    const measures = await pump(passes, options, executor, outputs);
    void executor.close(); // threads take a while to end; nothing waits for it
    return { measures, files: await outputs.finish() };
  } catch (error) {
    await executor.close();
    await outputs.abort();
    throw error;
  }
}

/** The blocks of all passes in order; one without rows for a pass without rows. */
function* blocksOf(passes: readonly Pass[]): Generator<BlockAddress> {
  for (const [pass, { rowStart, rowEnd, blockRows }] of passes.entries()) {
    let start = rowStart;
    do {
      const rows = Math.min(blockRows, rowEnd - start);
      yield { pass, start, rows };
      start += rows;
    } while (start < rowEnd);
  }
}

/** Keeps the executor busy, takes its blocks in order and hands them to the outputs. */
async function pump(
  passes: readonly Pass[],
  options: RunOptions,
  executor: Executor,
  outputs: Outputs,
): Promise<Measures> {
  const made: { readonly address: BlockAddress; readonly block: Promise<OwnedBlock> }[] = [];
  const writes = new Set<Promise<void>>();
  const shareDone = createShare(passes);
  let measures: Measures = {};

  const addresses = blocksOf(passes);
  const ask = () => {
    while (made.length < executor.concurrency) {
      const { value: address, done } = addresses.next();
      if (done) return;
      const block = address.rows > 0 ? executor.make(address) : Promise.resolve(NO_ROWS);
      block.catch(() => {}); // awaited in its turn
      made.push({ address, block });
    }
  };
  const write = (block: OwnedBlock) => {
    const written = outputs.write(block).then(() => {
      writes.delete(written);
      if (block !== NO_ROWS) executor.recycle(block);
    });
    writes.add(written); // a failed one stays, so that whoever waits next learns of it
    written.catch(() => {});
  };

  ask();
  for (let next = made.shift(); next; next = made.shift()) {
    const { pass: at, start, rows } = next.address;
    const pass = passes[at]!;
    const block = await orAborted(next.block, options.signal);
    ask();
    const isFirst = start === pass.rowStart;
    if (isFirst) await outputs.open(pass);
    write(block);
    if (start + rows === pass.rowEnd) outputs.close();
    measures = { ...measures, ...mergeMeasures(isFirst ? undefined : measures, block.measures) };
    options.onProgress?.(shareDone(at, start + rows));
    while (writes.size >= WRITTEN_BEHIND) await orAborted(Promise.race(writes), options.signal);
  }
  await orAborted(Promise.all(writes), options.signal);
  return measures;
}

const NO_ROWS: OwnedBlock = { encoded: [], measures: {} };
