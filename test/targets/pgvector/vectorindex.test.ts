import assert from "node:assert/strict";
import { test } from "node:test";
import type { Index } from "../../../src/data/records.ts";
import { byteLength } from "../../../src/targets/pgvector/columns.ts";
import { checkIndex, embeddingType, indexSql } from "../../../src/targets/pgvector/vectorindex.ts";

test("embeddings are vectors, halfvecs where only these can have the index, and arrays without pgvector", () => {
  assert.equal(embeddingType("0.8.5", 2000, "hnsw"), "vector");
  assert.equal(embeddingType("0.8.5", 2001, "none"), "vector");
  assert.equal(embeddingType("0.8.5", 2001, "hnsw"), "halfvec");
  assert.equal(embeddingType("0.10.0", 4000, "ivfflat"), "halfvec");
  assert.equal(embeddingType("1.0.0", 4000, "ivfflat"), "halfvec");
  assert.equal(embeddingType("0.8.5", 16_000, "none"), "vector");
  assert.equal(embeddingType(undefined, 20_000, "none"), "real[]");
});

const refused: [run: () => void, reason: RegExp][] = [
  [() => embeddingType("0.8.5", 16_001, "none"), /^16001 dimensions: pgvector stores at most 16000$/],
  [() => embeddingType("0.6.2", 2001, "hnsw"), /^Index on 2001 dimensions: pgvector 0\.6\.2 allows 2000, from 0\.7/],
  [() => checkIndex("vector", "0.8.5", 4001, "hnsw"), /at most 2000 dimensions of vector, and here are 4001/],
  [() => checkIndex("halfvec", "0.8.5", 4001, "ivfflat"), /at most 4000 dimensions of halfvec, and here are 4001/],
  [() => checkIndex("vector", "0.4.4", 64, "hnsw"), /pgvector 0\.4\.4 has none, expected 0\.5/],
  [() => checkIndex("vector", "0.8.5", undefined, "hnsw"), /a column of vector without its dimensions/],
  [() => checkIndex("real[]", undefined, 64, "hnsw"), /the server has no pgvector; --index none/],
  [() => checkIndex("real[]", "0.8.5", 64, "ivfflat"), /none on a column of real\[\]/],
];

for (const [run, message] of refused) {
  test(`refused: ${message.source}`, () => assert.throws(run, { name: "InputError", message }));
}

test("without an index nothing is asked of the type", () => {
  checkIndex("real[]", undefined, undefined, "none");
  checkIndex("vector", "0.4.4", 16_000, "none");
});

const sqlOf = (index: Exclude<Index, "none">, rows: number, name = "t"): string =>
  indexSql({ index, metric: "cosine", type: "halfvec", name, table: "s.t", schema: '"x"', rows });

test("the index has the operators of its type and metric", () => {
  assert.equal(
    sqlOf("hnsw", 5),
    'CREATE INDEX IF NOT EXISTS "t_embedding_hnsw_cosine" ON s.t USING hnsw ("embedding" "x".halfvec_cosine_ops)',
  );
});

test("lists follow pgvector's rule of thumb", () => {
  const listsOf = (rows: number) => Number(/lists = (\d+)/.exec(sqlOf("ivfflat", rows))![1]);
  assert.deepEqual([0, 100, 50_000, 1_000_000, 4_000_000, 1e12].map(listsOf), [1, 1, 50, 1000, 2000, 32_768]);
});

test("the index's name fits, and tells tables with long names apart", () => {
  const nameOf = (name: string) => /EXISTS "([^"]*)"/.exec(sqlOf("hnsw", 5, name))![1]!;
  const [one, other] = [nameOf(`${"x".repeat(62)}a`), nameOf(`${"x".repeat(62)}b`)];
  assert.ok(byteLength(one) <= 63);
  assert.notEqual(one, other);
});
