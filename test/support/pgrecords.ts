import assert from "node:assert/strict";
import type { Metric, StoreRecord } from "../../src/data/records.ts";
import { openPgvector } from "../../src/targets/pgvector/store.ts";
import type { Store, StoreOptions } from "../../src/targets/store.ts";
import { soon } from "./soon.ts";

export const DIM = 8;

/** Whole numbers from -8 to 8: sums and products of them are exact, in any order and in float32. */
function embeddingOf(row: number, dim = DIM): Float32Array {
  return Float32Array.from({ length: dim }, (_, i) => {
    const mixed = Math.imul((row * dim + i + 1) ^ 0x2545f491, 0x9e3779b1);
    return ((Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b) >>> 9) % 17) - 8;
  });
}

export function recordOf(
  row: number,
  fields: Record<string, unknown> = {},
  own: Partial<StoreRecord> = {},
): StoreRecord {
  return { row, id: undefined, embedding: embeddingOf(row), fields, json: undefined, ...own };
}

export function recordsOf(
  count: number,
  fieldsOf: (row: number) => Record<string, unknown> = () => ({}),
): StoreRecord[] {
  return Array.from({ length: count }, (_, row) => recordOf(row, fieldsOf(row)));
}

export type SomeOptions = Partial<StoreOptions> & Pick<StoreOptions, "endpoint">;

/** With defaults. */
export function optionsOf(options: SomeOptions): StoreOptions {
  const common = {
    name: undefined,
    create: true,
    dim: DIM,
    metric: "l2",
    index: "none",
    concurrent: 4,
    tries: 12,
  } as const;
  return { ...common, sample: [recordOf(0)], baseMs: 5, ...options };
}

/** Opens a store and closes it after `use`. */
export async function withStore<T>(
  options: SomeOptions,
  use: (store: Store) => Promise<T>,
  silenceMs?: number,
): Promise<T> {
  const store = await openPgvector(optionsOf(options), silenceMs);
  try {
    return await soon(use(store), 60_000);
  } finally {
    await store.close();
  }
}

/** Writes records, each of which must be settled once; returns the refusals by row. */
export async function write(store: Store, records: readonly StoreRecord[]): Promise<Map<number, string>> {
  const refusals = new Map<number, string>();
  const settled: number[] = [];
  await store.write(records, ({ row }, refusal) => {
    settled.push(row);
    if (refusal !== undefined) refusals.set(row, refusal);
  });
  const byNumber = (a: number, b: number): number => a - b;
  assert.deepEqual(settled.sort(byNumber), records.map(({ row }) => row).sort(byNumber));
  return refusals;
}

/** Prepares and fills a table of its own. */
export async function load(options: SomeOptions, records: readonly StoreRecord[]): Promise<Map<number, string>> {
  return withStore({ sample: records, ...options }, async (store) => {
    await store.prepare();
    const refusals = await write(store, records);
    await store.finish();
    return refusals;
  });
}

/** The rows that are nearest to `query`, the nearer and then the lower one first, by the definition. */
export function nearest(metric: Metric, query: Float32Array, records: readonly StoreRecord[], count: number): number[] {
  const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  const distance = ({ embedding }: StoreRecord): number => {
    if (metric === "ip") return -dot(query, embedding);
    if (metric === "l2") return embedding.reduce((sum, value, i) => sum + (value - query[i]!) ** 2, 0);
    return 1 - dot(query, embedding) / Math.sqrt(dot(query, query) * dot(embedding, embedding));
  };
  return records
    .map((record) => ({ row: record.row, distance: distance(record) }))
    .sort((a, b) => a.distance - b.distance || a.row - b.row)
    .slice(0, count)
    .map(({ row }) => row);
}
