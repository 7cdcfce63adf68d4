import type { StoreRecord } from "../../src/data/records.ts";
import { openChroma } from "../../src/targets/chroma/store.ts";
import type { Store, StoreOptions } from "../../src/targets/store.ts";
import { seededUniform } from "../doubles/seeded.ts";
import type { TestChroma } from "./chromaserver.ts";
import { soon } from "./soon.ts";

interface StoredInChroma {
  readonly id: string;
  readonly dim: number | null;
  readonly configuration: { readonly hnsw: Readonly<Record<string, unknown>> };
  readonly records: ReadonlyMap<string, StoredRecord>;
}

interface StoredRecord {
  readonly embedding: readonly number[];
  readonly metadata: Readonly<Record<string, unknown>> | null;
  readonly document: string | null;
}

export const DIM = 8;

export function record(row: number, fields: StoreRecord["fields"] = {}, more: Partial<StoreRecord> = {}): StoreRecord {
  const uniform = seededUniform(row);
  const embedding = Float32Array.from({ length: DIM }, () => 2 * uniform() - 1);
  return { row, id: undefined, embedding, fields, json: undefined, ...more };
}

export function rows(count: number, first = 0): StoreRecord[] {
  return Array.from({ length: count }, (_, at) =>
    record(first + at, { content: `Row ${first + at}`, row: first + at }),
  );
}

export function options(endpoint: string, more: Partial<StoreOptions> = {}): StoreOptions {
  return {
    ...{ endpoint, name: "test", create: true, dim: DIM, metric: "l2", index: "hnsw" },
    ...{ sample: rows(1), concurrent: 4, tries: 12, baseMs: 1, ...more },
  };
}

/** Runs `use` with a store that is closed afterwards. */
export async function withChroma<T>(chosen: StoreOptions, use: (store: Store) => Promise<T>): Promise<T> {
  const store = await soon(openChroma(chosen));
  try {
    await store.prepare();
    return await soon(use(store), 60_000);
  } finally {
    await store.close();
  }
}

/** Sends records, in batches as many at a time as the store has use for; what it says of each by row. */
export async function load(
  store: Store,
  records: readonly StoreRecord[],
  batchSize = records.length,
): Promise<Map<number, string | undefined>> {
  const outcomes = new Map<number, string | undefined>();
  let next = 0;
  const send = async (): Promise<void> => {
    while (next < records.length) {
      const batch = records.slice(next, (next += batchSize));
      await store.write(batch, ({ row }, refusal) => {
        if (outcomes.has(row)) throw new Error(`Row ${row} was settled twice`);
        outcomes.set(row, refusal);
      });
    }
  };
  await Promise.all(Array.from({ length: store.batchesUnderWay }, send));
  return outcomes;
}

/** All that a collection holds, asked for without the code that is tested. */
export async function storedIn(chroma: TestChroma, name: string): Promise<StoredInChroma> {
  const found = (await chroma.get(`/${name}`)) as {
    id: string;
    dimension: number | null;
    configuration_json: StoredInChroma["configuration"];
  };
  const records = new Map<string, StoredRecord>();
  const limit = 5000;
  for (let offset = 0; ; offset += limit) {
    const include = ["embeddings", "metadatas", "documents"];
    const page = (await chroma.post(`/${found.id}/get`, { limit, offset, include })) as {
      ids: string[];
      embeddings: number[][];
      metadatas: StoredRecord["metadata"][];
      documents: (string | null)[];
    };
    page.ids.forEach((id, at) => {
      if (records.has(id)) throw new Error(`${id} is there twice`);
      const [embedding, metadata, document] = [page.embeddings[at]!, page.metadatas[at]!, page.documents[at]!];
      records.set(id, { embedding, metadata, document });
    });
    if (page.ids.length < limit) break;
  }
  return { id: found.id, dim: found.dimension, configuration: found.configuration_json, records };
}
