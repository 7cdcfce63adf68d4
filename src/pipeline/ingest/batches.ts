import type { RecordInput, StoreRecord } from "../../data/records.ts";
import { createIdSet } from "../../data/idset.ts";
import type { Outcomes } from "./outcomes.ts";

export interface Batch {
  readonly records: readonly StoreRecord[];
  /** About as many as its rows take in the input's files. */
  readonly bytes: number;
}

export interface BatchOptions {
  readonly batchSize: number;
  /** Reads no row from this one on. */
  readonly rowEnd: number;
  /** Whether rows are told apart by their numbers, and not by the ids that the input gives them. */
  readonly hasRowIds: boolean;
  readonly signal: AbortSignal;
}

const MAX_BATCH_BYTES = 4 << 20;

/** The rows of an input that are not known to be stored, in batches; notes those that cannot be. */
export async function* createBatches(
  input: RecordInput,
  outcomes: Outcomes,
  { batchSize, rowEnd, hasRowIds, signal }: BatchOptions,
): AsyncGenerator<Batch> {
  const ids = createIdSet();
  const { isStored } = outcomes.states;
  const reading = input.read({
    rowEnd,
    wants: (row) => !hasRowIds || !isStored(row), // ids of all tell doubles
    keepsText: !hasRowIds,
  });
  let records: StoreRecord[] = [];
  let bytes = 0;
  for await (const piece of reading.pieces) {
    signal.throwIfAborted();
    outcomes.read(reading.mark(), piece.bytes);
    for (const record of piece.bad) outcomes.fail(record, record.reason);
    const rowBytes = piece.bytes / Math.max(1, piece.records.length);
    for (const record of piece.records) {
      const isKnown = isStored(record.row);
      if (!hasRowIds && record.id !== undefined && !ids.add(record.id)) {
        if (!isKnown) outcomes.fail(record, "its id is that of an earlier row");
        continue;
      }
      if (isKnown) continue;
      records.push(record);
      bytes += rowBytes;
      if (records.length < batchSize && bytes < MAX_BATCH_BYTES) continue;
      yield { records, bytes };
      [records, bytes] = [[], 0];
    }
  }
  if (records.length > 0) yield { records, bytes };
}
