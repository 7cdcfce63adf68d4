import assert from "node:assert/strict";
import test from "node:test";
import { keyOf } from "../../src/core/key.ts";
import { InputError } from "../../src/data/errors.ts";
import { priorityOfId } from "../../src/pipeline/rowsample.ts";
import { readStoreSample, type StoreSampleOptions } from "../../src/pipeline/storesample.ts";
import {
  openEngram,
  type Engram,
  type EngramMemory,
  type EngramPage,
  type PagesOptions,
} from "../../src/targets/engram/client.ts";
import { withEngram } from "../doubles/withengram.ts";
import { createRandom } from "../formats/samples.ts";
import { makeRows } from "../formats/vectorbytes.ts";
import { sampleBySorting } from "../reference/rowsample.ts";
import { rowsInOrder, store } from "../support/centroidstore.ts";

const [COUNT, DIM] = [500, 5];
const values = makeRows(COUNT, DIM);
const key = keyOf("my-paper");
const usual: StoreSampleOptions = { tier: "all", size: 10_000, total: COUNT, key };

const memoryOf = (id: string, embedding?: readonly number[]): EngramMemory => ({
  ...{ id, content: "x", confidence: 0.5 },
  ...(embedding && { embedding }),
});
const memories = Array.from({ length: COUNT }, (_, row) =>
  memoryOf(`größe-${row}`, [...values.subarray(row * DIM, (row + 1) * DIM)]),
);

/** A store that gives these, a page at a time, and notes what it was asked for. */
function storeOf(given: readonly EngramMemory[], pageSize = 64) {
  const asked: PagesOptions[] = [];
  async function* pages(options: PagesOptions): AsyncGenerator<EngramPage> {
    asked.push(options);
    for (let offset = 0; offset < given.length; offset += pageSize)
      yield { memories: given.slice(offset, offset + pageSize), total: given.length, offset };
    return { distinct: given.length, total: given.length, passes: 1 };
  }
  return { engram: { pages } as unknown as Engram, asked };
}

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const random = createRandom(seed);
  return items
    .map((item) => ({ item, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

test("a sample of a store is that of sorting by the hashes of ids, in whatever order and pages they come", async () => {
  const priorities = memories.map(({ id }) => priorityOfId(key, id));
  for (const size of [1, 37, COUNT, 10_000]) {
    const expected = sampleBySorting(size, DIM, priorities, values);
    for (const [seed, pageSize] of [
      [0, 64],
      [1, 1],
      [2, 1000],
    ] as const) {
      const { engram } = storeOf(seed ? shuffled(memories, seed) : memories, pageSize);
      const found = await readStoreSample(engram, { ...usual, size });
      assert.deepEqual([found.rows, found.seen, found.dim], [Math.min(size, COUNT), COUNT, DIM]);
      assert.equal(found.withoutEmbedding, 0);
      assert.deepEqual(found.data, expected, `size ${size}, order ${seed}`);
    }
  }
});

test("another key takes another sample", async () => {
  const { engram } = storeOf(memories);
  const [a, b] = [await readStoreSample(engram, { ...usual, size: 50 }), keyOf(0)];
  const { data } = await readStoreSample(engram, { ...usual, size: 50, key: b });
  const rowsIn = (found: Float32Array) =>
    new Set(Array.from({ length: 50 }, (_, row) => String(found.subarray(row * DIM, (row + 1) * DIM))));
  const [first, second] = [rowsIn(a.data), rowsIn(data)];
  const shared = [...first].filter((row) => second.has(row)).length;
  assert.ok(shared < 20, `${shared} of 50 rows are in both`);
});

test("the tier is asked for, with embeddings, and progress counts all memories", async () => {
  const { engram, asked } = storeOf([...memories.slice(0, 100), memoryOf("bare")]);
  const told: number[][] = [];
  await readStoreSample(engram, { ...usual, tier: "warm", onProgress: (...numbers) => told.push(numbers) });
  assert.equal(asked.length, 1);
  assert.deepEqual([asked[0]!.tier, asked[0]!.withEmbeddings], ["warm", true]);
  assert.deepEqual(told, [
    [64, 101],
    [101, 101],
  ]);
});

test("what has no embedding, or one of equal values, is counted; a single value is one", async () => {
  const bare = [
    memoryOf("none"),
    memoryOf("half", [0.5, 0.5, 0.5, 0.5, 0.5]),
    memoryOf("zero", [0, 0, 0, 0, 0]),
    memoryOf(
      "long",
      Array.from({ length: 700 }, () => 1),
    ), // of no length that others must have
  ];
  const near = memoryOf("near", [0.5, 0.5, 0.5, 0.5, 0.5000001]);
  for (const given of [
    [...bare, near],
    [near, ...bare],
  ]) {
    const found = await readStoreSample(storeOf(given).engram, usual);
    assert.deepEqual([found.withoutEmbedding, found.rows, found.seen], [4, 1, 1]);
    assert.deepEqual(found.data, Float32Array.from(near.embedding!));
  }
  const narrow = [memoryOf("a", [3]), memoryOf("b", [3])];
  const found = await readStoreSample(storeOf(narrow).engram, usual);
  assert.deepEqual([found.withoutEmbedding, found.rows, found.dim], [0, 2, 1]);
});

const isOneLine = (message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof InputError, String(error));
  assert.match(error.message, message);
  assert.ok(!error.message.includes("\n"), error.message);
  return true;
};

test("nothing to cluster is said with its reason", async () => {
  await assert.rejects(
    readStoreSample(storeOf([]).engram, { ...usual, tier: "hot" }),
    isOneLine(/^The store has no memories in tier hot: /),
  );
  const bare = [memoryOf("none"), memoryOf("half", [0.5, 0.5])];
  await assert.rejects(
    readStoreSample(storeOf(bare).engram, usual),
    isOneLine(/^The store has 2 memories in tier all, none with an embedding: .*\/remember keeps them$/),
  );
});

test("embeddings of another length are refused by the memory's id", async () => {
  const given = [...memories.slice(0, 70), memoryOf("short", [1, 2, 3, 4])];
  await assert.rejects(
    readStoreSample(storeOf(given).engram, usual),
    isOneLine(/^Memory short has 4 dimensions, others have 5$/),
  );
});

test("a signal ends the reading between pages", async () => {
  const controller = new AbortController();
  let pages = 0;
  const onProgress = () => {
    pages++;
    controller.abort(new Error("enough"));
  };
  const { engram } = storeOf(memories, 10);
  await assert.rejects(readStoreSample(engram, { ...usual, signal: controller.signal, onProgress }), /enough/);
  assert.equal(pages, 1);
});

test("pages of a server that shift and grow give each memory once", async () => {
  for (const order of ["hashed", "shifting"] as const) {
    await withEngram({ dedup: false, order }, async (double) => {
      store(double, 0, 300);
      const beforePage = (before: number) => {
        if (before > 0 && before < 5) store(double, 280 + 20 * before, 300 + 20 * before);
      };
      double.setFault({ beforePage });
      const engram = openEngram({ endpoint: double.url });
      const small = { ...engram, pages: (options: PagesOptions) => engram.pages({ ...options, pageSize: 50 }) };
      try {
        const found = await readStoreSample(small, { ...usual, key: keyOf(42) });
        assert.deepEqual([found.rows, double.memories.size], [380, 380]);
        assert.deepEqual(found.data, rowsInOrder(0, 380));
      } finally {
        await engram.close();
      }
    });
  }
});
