import type { BadRecord } from "../../data/records.ts";
import type { Store } from "../../targets/store.ts";
import { createBatches } from "./batches.ts";
import type { OpenInput } from "./input.ts";
import type { Ledger } from "./ledger.ts";
import { createOutcomes, type IngestProgress } from "./outcomes.ts";
import { checkRead, noteAbsent } from "./reconcile.ts";
import { createSender } from "./sender.ts";

export interface IngestOptions {
  /** Rows in a batch; fewer where the store takes fewer, or rows are long. */
  readonly batchSize: number;
  /** Rows of the input at most. */
  readonly limit: number;
  /** An abort ends the run with its reason. */
  readonly signal: AbortSignal;
  /** Ends what the store has under way. */
  readonly giveUp: (reason: unknown) => void;
  readonly onProgress?: ((now: IngestProgress) => void) | undefined;
  /** Told when all rows are sent, and when the store is asked for each because its count is another; waited for. */
  readonly onPhase?: ((phase: "finishing" | "asking") => Promise<void> | void) | undefined;
  /** Told for how many rows the store was asked. */
  readonly onAsked?: ((rows: number) => void) | undefined;
}

export interface IngestSummary {
  /** Rows that were read. */
  readonly total: number;
  /** Of these, rows that the store has now, as far as is known; rows that it had from earlier runs. */
  readonly stored: number;
  readonly storedBefore: number;
  /** Rows that the store took in this run. */
  readonly accepted: number;
  /** Rows that are not stored, and the first of them with reasons. */
  readonly failed: number;
  readonly failures: readonly BadRecord[];
  /** How many rows the store took and did not have in the end. */
  readonly lost: number;
  /** How many records the store should hold, and how many it does. */
  readonly expectedCount: number;
  readonly count: number;
}

/**
 * Loads the rows of an input that are not known to be stored, and holds the store's own count against ours. Throws what
 * makes going on useless: what was stored until then is in the ledger.
 */
export async function ingest(
  input: OpenInput,
  store: Store,
  ledger: Ledger,
  options: IngestOptions,
): Promise<IngestSummary> {
  const { limit, signal, giveUp, onPhase, onProgress, onAsked } = options;
  const { states } = ledger;
  const knownBefore = states.stored;
  const storedBefore = states.storedBefore(limit);
  if (ledger.mark) await checkRead(input, ledger.mark, ledger.path, signal);
  const outcomes = createOutcomes(ledger, limit, onProgress);
  const batchSize = Math.min(options.batchSize, store.maxBatch);
  const fault = new AbortController(); // so that nothing more is read
  const sender = createSender(store, outcomes.settle, (error) => fault.abort(error));
  const batches = createBatches(input, outcomes, {
    ...{ batchSize, rowEnd: limit, hasRowIds: store.hasRowIds },
    signal: AbortSignal.any([signal, fault.signal]),
  });
  try {
    for await (const batch of batches) {
      ledger.begin();
      await sender.send(batch);
      signal.throwIfAborted();
    }
    await sender.end();
    signal.throwIfAborted();
  } catch (error) {
    giveUp(error);
    await sender.settled();
    try {
      outcomes.flush();
    } catch {
      // What is to be told is what came first.
    }
    throw error;
  }
  outcomes.flush();
  const accepted = states.stored - knownBefore;
  await onPhase?.("finishing");
  await store.finish();
  const expectedCount = (ledger.heldBefore ?? 0) + states.stored;
  const count = await store.count();
  let lost = 0;
  if (count !== expectedCount) {
    await onPhase?.("asking");
    const rowEnd = Math.max(outcomes.rows(), ledger.mark?.rows ?? 0);
    lost = await noteAbsent(input, store, outcomes, { rowEnd, signal, onProgress: onAsked });
  }
  outcomes.flush();
  ledger.finish();
  const total = outcomes.rows();
  const stored = states.storedBefore(total);
  return {
    total,
    stored,
    storedBefore: Math.min(stored, storedBefore),
    accepted,
    failed: total - stored,
    failures: outcomes.failures.toSorted((a, b) => a.row - b.row),
    lost,
    expectedCount,
    count,
  };
}
