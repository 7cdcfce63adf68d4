import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import type { EmbeddingRow } from "../../src/data/embeddings.ts";
import { InputError } from "../../src/data/errors.ts";
import type { StoreRecord } from "../../src/data/records.ts";
import { joinBytes } from "../../src/formats/bytes.ts";
import { encodeShard, isShard, type EmbeddingBlock } from "../../src/formats/embeddingshard.ts";
import { loadParquet } from "../../src/formats/parquet.ts";
import { openRecordShards } from "../../src/formats/recordshards.ts";
import { drain } from "../support/chunks.ts";

const DIM = 3;

const rowOf = (i: number): EmbeddingRow => ({
  ...{ id: `row-${i}`, source: "file", dataset: "a", split: "train", text: `text ${i}`, model: "m" },
  ...{ metadata: i === 7 ? "no JSON" : JSON.stringify({ row: i }), created_at: "2026-01-01T00:00:00.000Z" },
});

async function shardOf(from: number, to: number, dim = DIM) {
  const rows = Array.from({ length: to - from }, (_, i) => rowOf(from + i));
  const embeddings = Float32Array.from({ length: rows.length * dim }, (_, i) => from * dim + i);
  if (from <= 9 && to > 9) embeddings[(9 - from) * dim + 1] = Number.NaN;
  async function* blocks(): AsyncGenerator<EmbeddingBlock> {
    yield { rows, embeddings };
  }
  const { items } = await drain(encodeShard(blocks(), dim));
  return sourceOf(joinBytes(items));
}

const sourceOf = (bytes: Uint8Array) => ({
  byteLength: bytes.length,
  read: (at: number, length: number) => Promise.resolve(bytes.slice(at, at + length)),
});

const createSum = () => {
  const hash = createHash("sha256");
  return { update: (bytes: Uint8Array) => void hash.update(bytes), digest: () => hash.copy().digest("hex") };
};

async function read(cuts: readonly number[], rowEnd = Infinity, wants = (_row: number): boolean => true) {
  const sources = [];
  for (let i = 1; i < cuts.length; i++) sources.push(await shardOf(cuts[i - 1]!, cuts[i]!));
  const { input, rows } = await openRecordShards(sources, createSum);
  const reading = input.read({ rowEnd, wants });
  const { items, error } = await drain(reading.pieces);
  assert.equal(error, undefined);
  const records = items.flatMap((piece) => piece.records);
  return { rows, dim: input.dim, records, bad: items.flatMap((piece) => piece.bad), mark: reading.mark() };
}

const described = ({ row, id, embedding, fields }: StoreRecord) => [row, id, [...embedding], fields];

test("rows of shards are records with their texts, in the order of the shards; bad ones are named", async () => {
  const { rows, dim, records, bad, mark } = await read([0, 20, 50]);
  assert.deepEqual([rows, dim, records.length, mark.rows], [50, DIM, 49, 50]);
  assert.deepEqual(bad, [{ row: 9, id: "row-9", reason: "value 1 of its vector is NaN" }]);
  const { id: _id, text, metadata, ...others } = rowOf(30);
  const fields = { content: text, ...others, metadata: JSON.parse(metadata) as unknown };
  assert.deepEqual(described(records.find(({ row }) => row === 30)!), [30, "row-30", [90, 91, 92], fields]);
  assert.equal(records.find(({ row }) => row === 7)!.fields["metadata"], "no JSON");
});

test("where shards are cut changes no record and no sum; another row does", async () => {
  const whole = await read([0, 50]);
  const cut = await read([0, 1, 17, 33, 50]);
  assert.deepEqual(cut.records.map(described), whole.records.map(described));
  assert.deepEqual(cut.mark, whole.mark);
  assert.deepEqual((await read([0, 50], 21)).mark, (await read([0, 5, 50], 21)).mark);
  assert.notEqual((await read([1, 51])).mark.sums[0], whole.mark.sums[0]);
});

test("reading ends where it is told to, and leaves out what is not wanted", async () => {
  const { records, mark } = await read([0, 10, 50], 21, (row) => row % 2 === 0);
  assert.deepEqual(
    records.map(({ row }) => row),
    [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20],
  );
  assert.equal(mark.rows, 21);
  assert.deepEqual((await read([0, 10], 0)).records, []);
});

test("shards of several dimensions are refused, and other files are none", async () => {
  const sources = [await shardOf(0, 5), await shardOf(5, 9, 4)];
  await assert.rejects(openRecordShards(sources, createSum), (error) => {
    assert.ok(error instanceof InputError);
    assert.equal(error.message, "Its shards have vectors of 3 and 4 values");
    return true;
  });
  assert.equal(await isShard(sources[0]!), true);
  const { encode } = await loadParquet();
  assert.equal(await isShard(sourceOf(encode([{ name: "id", type: "string", values: ["a"] }]))), false);
  const texts = Object.keys(rowOf(0)).map((name) => ({ name, type: "string", values: ["a"] }) as const);
  const quantised = { name: "embedding", type: "uint8[]", length: 2, values: Uint8Array.of(1, 2) } as const;
  await assert.rejects(openRecordShards([sourceOf(encode([...texts, quantised]))], createSum), {
    message: 'Column "embedding" of the Parquet file has another type, expected lists of floats',
  });
});
