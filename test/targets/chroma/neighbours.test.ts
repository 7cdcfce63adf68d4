import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Metric, StoreRecord } from "../../../src/data/records.ts";
import { seededUniform } from "../../doubles/seeded.ts";
import { load, options, storedIn, withChroma } from "../../support/chromaload.ts";
import { missingChroma, startChroma, type TestChroma } from "../../support/chromaserver.ts";

const skip = missingChroma();
let chroma: TestChroma;
before(async () => {
  if (!skip) chroma = await startChroma();
});
after(() => chroma?.stop());

const DIM = 16;
const QUERIES = 20;
const NEAREST = 10;

/** Multiples of 1/16 in [-2, 2]: float32 sums of their products are exact, in whatever order. */
function vectors(count: number, seed: number): Float32Array[] {
  const uniform = seededUniform(seed);
  return Array.from({ length: count }, () =>
    Float32Array.from({ length: DIM }, () => Math.round(64 * uniform() - 32) / 16),
  );
}

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

const DISTANCES: Record<Metric, (a: Float32Array, b: Float32Array) => number> = {
  l2: (a, b) => dot(a, a) - 2 * dot(a, b) + dot(b, b),
  cosine: (a, b) => 1 - dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)),
  ip: (a, b) => 1 - dot(a, b),
};

for (const [metric, count] of [
  ["l2", 10_000],
  ["cosine", 4000],
  ["ip", 4000],
] as const) {
  // prettier-ignore
  test(`${count} rows are counted, and their neighbours by ${metric} are the exact ones`, { skip }, async () => {
    const name = `near-${metric}`;
    // With so many candidates the search sees every row that the graph connects: it is an exact one then.
    const hnsw = { space: metric, ef_search: count, ef_construction: 64, max_neighbors: 32 };
    await chroma.post("", { name, configuration: { hnsw } });
    const embeddings = vectors(count, 1);
    const records = embeddings.map((embedding, row): StoreRecord => {
      return { row, id: undefined, embedding, fields: { row, label: `label ${row % 7}` }, json: undefined };
    });
    await withChroma(options(chroma.url, { name, metric, create: false, dim: DIM, sample: records }), async (store) => {
      assert.equal((await load(store, records, 1000)).size, count);
      assert.equal(await store.count(), count);
    });
    const { id, records: stored } = await storedIn(chroma, name);
    assert.equal(stored.size, count);
    for (const { row, embedding } of records) {
      const values = stored.get(`${row}`)!.embedding;
      // For cosine it keeps them normalised, and what it gives back is rounded twice.
      const near = metric === "cosine" ? values.map((value) => Math.round(value * 16) / 16) : values;
      assert.deepEqual(near, [...embedding]);
      assert.ok(values.every((value, at) => Math.abs(value - embedding[at]!) <= 2 ** -21));
    }
    const queries = vectors(QUERIES, 2);
    const { ids, distances } = (await chroma.post(`/${id}/query`, {
      query_embeddings: queries.map((query) => [...query]),
      ...{ n_results: NEAREST, include: ["distances"] },
    })) as { ids: string[][]; distances: number[][] };
    queries.forEach((query, q) => {
      const exact = embeddings.map((embedding) => DISTANCES[metric](query, embedding));
      const nearest = exact.toSorted((a, b) => a - b).slice(0, NEAREST);
      const found = ids[q]!.map((each) => exact[Number(each)]!);
      const close = (a: number, b: number) => Math.abs(a - b) <= (metric === "cosine" ? 1e-6 : 0);
      assert.equal(new Set(ids[q]).size, NEAREST);
      for (let k = 0; k < NEAREST; k++) {
        assert.ok(close(found[k]!, nearest[k]!), `query ${q}, place ${k}: ${found[k]}, exact ${nearest[k]}`);
        assert.ok(close(Math.fround(distances[q]![k]!), Math.fround(found[k]!)), `query ${q}, place ${k}: the server says ${distances[q]![k]}`);
      }
    });
  });
}
