import type { StoreRecord } from "../../src/data/records.ts";
import type { Store } from "../../src/targets/store.ts";

export interface StoreFaults {
  /** Why a record is refused, where it is. */
  readonly refuses?: (record: StoreRecord) => string | undefined;
  /** Whether a record is taken and not kept. */
  readonly drops?: (record: StoreRecord) => boolean;
  /** So many batches are written; those after throw at once what tells so. */
  readonly throwsAfter?: number;
  /** Milliseconds before the outcome of each record is told. */
  readonly delayMs?: () => number;
  /** How many more records it counts than it has. */
  readonly miscount?: number;
}

export interface MemoryStoreOptions {
  readonly hasRowIds?: boolean;
  readonly maxBatch?: number;
  readonly batchesUnderWay?: number;
}

/** A store in memory that notes what it is asked. */
export interface MemoryStore extends Store {
  /** What it has, by its ids. */
  readonly held: Map<string, StoreRecord>;
  /** The rows of each batch, in the order in which they came. */
  readonly batches: (readonly number[])[];
  /** The rows that it was asked for by `absent`, each time. */
  readonly asked: (readonly number[])[];
  /** The most batches and records that were under way at a time. */
  readonly most: { batches: number; records: number };
  finishes: number;
  /** May be changed at any time. */
  faults: StoreFaults;
}

const MOST_ASKED = 1000; // at a time

export class StoreLost extends Error {}

export function createMemoryStore(faults: StoreFaults = {}, options: MemoryStoreOptions = {}): MemoryStore {
  const { hasRowIds = false, maxBatch = 1000, batchesUnderWay = 4 } = options;
  const held = new Map<string, StoreRecord>();
  const now = { batches: 0, records: 0 };
  const keyOf = ({ row, id }: StoreRecord) => (hasRowIds ? String(row) : (id ?? `row ${row}`));
  const checkLength = ({ length }: readonly StoreRecord[], most: number) => {
    if (length === 0 || length > most) throw new Error(`${length} records at a time, expected 1 to ${most}`);
  };
  const store: MemoryStore = {
    ...{ place: "memory", description: "a store in memory", hasRowIds, maxBatch, held, faults },
    ...{ batches: [], asked: [], most: { ...now }, finishes: 0 },
    batchesUnderWay,
    isEmbedded: false,
    part: () => undefined,
    async prepare() {},
    count: async () => held.size + (store.faults.miscount ?? 0),
    async write(records, settle) {
      checkLength(records, maxBatch);
      const { refuses, drops, throwsAfter = Infinity, delayMs } = store.faults;
      store.batches.push(records.map(({ row }) => row));
      if (store.batches.length > throwsAfter) throw new StoreLost(`lost after ${throwsAfter} batches`);
      now.batches++;
      now.records += records.length;
      store.most.batches = Math.max(store.most.batches, now.batches);
      store.most.records = Math.max(store.most.records, now.records);
      const writeOne = async (record: StoreRecord): Promise<void> => {
        if (delayMs) await new Promise((resolve) => setTimeout(resolve, delayMs()));
        const refusal = refuses?.(record);
        if (refusal === undefined && !drops?.(record)) held.set(keyOf(record), record);
        now.records--;
        settle(record, refusal);
      };
      const written = await Promise.allSettled(records.map(writeOne));
      now.batches--;
      for (const result of written) if (result.status === "rejected") throw result.reason;
    },
    async absent(records) {
      checkLength(records, MOST_ASKED);
      store.asked.push(records.map(({ row }) => row));
      return records.filter((record) => !held.has(keyOf(record)));
    },
    async finish() {
      store.finishes++;
    },
    async close() {},
  };
  return store;
}
