import assert from "node:assert/strict";
import test from "node:test";
import { createOpenShards } from "../../../src/pipeline/embed/openshards.ts";
import { createRandom } from "../../formats/samples.ts";
import { soon } from "../../support/soon.ts";
import { itemOf, memorySpool, range, vectorsOf } from "./shardsamples.ts";

test("a write that fails is thrown by whatever comes next, after what comes with it is kept; no other shard is written", async () => {
  const spools = range(0, 4).map(() => new Map<number, { text: string; values: Float32Array }>());
  const tried: number[] = [];
  const make = () =>
    createOpenShards(
      (shard) => memorySpool(spools[shard]),
      ({ shard }) => {
        tried.push(shard);
        return Promise.reject(new Error("no space left"));
      },
    );
  const open = make();
  for (const index of range(0, 8)) open.add(itemOf(index, 2));
  open.answer([0, 1], vectorsOf([0, 1]));
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.throws(() => open.answer([2, 3], vectorsOf([2, 3])), /^Error: no space left$/);
  await assert.rejects(open.room(6), /^Error: no space left$/);
  await assert.rejects(open.settled(), /^Error: no space left$/);
  assert.deepEqual(tried, [0]);
  assert.equal(spools[1]!.size, 2);
});

test("whoever waits for room is told of a write that fails", async () => {
  let fail = (): void => {};
  const open = createOpenShards(
    () => memorySpool(),
    () => new Promise((_resolve, reject) => (fail = () => reject(new Error("no space left")))),
  );
  for (const index of range(0, 300)) open.add(itemOf(index, 1));
  open.answer(range(0, 300), vectorsOf(range(0, 300)).subarray(0, 600));
  const room = open.room(299);
  await new Promise((resolve) => setTimeout(resolve, 5));
  fail();
  await assert.rejects(soon(room), /^Error: no space left$/);
});

test("there is room as long as what waits is little, or is not yet sent", async () => {
  const open = createOpenShards(
    () => memorySpool(),
    () => Promise.resolve(),
  );
  await soon(open.room(0));
  for (const index of range(0, 3)) open.add(itemOf(index, 5, 1 << 20));
  await soon(open.room(5)); // 3 of 4 Mi units
  for (const index of range(3, 45)) open.add(itemOf(index, 5, 1 << 20));
  await soon(open.room(4)); // the first shard waits for this one itself
  let isIn = false;
  const room = open.room(5).then(() => (isIn = true));
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.ok(!isIn);
  for (const shard of [0, 1, 2, 3, 4, 5]) {
    const indexes = range(5 * shard, 5 * shard + 5);
    open.answer(indexes, vectorsOf(indexes));
  }
  await soon(room);
});

test("metadata takes room as texts do, and so does a number of small shards", async () => {
  for (const { count, rows, metadata } of [
    { count: 40, rows: 5, metadata: "x".repeat(1 << 20) },
    { count: 300, rows: 1, metadata: "" },
  ]) {
    const open = createOpenShards(
      () => memorySpool(),
      () => Promise.resolve(),
    );
    for (const index of range(0, count)) open.add({ ...itemOf(index, rows), metadata });
    let isIn = false;
    const room = open.room(count - 1).then(() => (isIn = true));
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.ok(!isIn);
    open.answer(range(0, count - 1), vectorsOf(range(0, count - 1)));
    await soon(room);
  }
});

// A model of `embedTexts`: batches in order, each admitted, some under way at once, answered in random order.
test("whatever the sizes and the order of answers, nobody waits for ever, and little waits", async () => {
  const random = createRandom(5);
  for (let round = 0; round < 20; round++) {
    const count = 1 + Math.floor(random() * 400);
    const rows = 1 + Math.floor(random() * 40);
    const batchSize = 1 + Math.floor(random() * 30);
    const concurrency = 1 + Math.floor(random() * 8);
    const large = random() < 0.5 ? 1 << 20 : 1 << 16;
    const text = ".".repeat(large);
    let [held, most, writtenRows] = [0, 0, 0];
    const open = createOpenShards(
      () => memorySpool(),
      async ({ items }) => {
        await new Promise((resolve) => setTimeout(resolve, Math.floor(random() * 2)));
        held -= items.length;
        writtenRows += items.length;
      },
    );
    const running = new Set<Promise<void>>();
    let batch: number[] = [];
    const send = async (): Promise<void> => {
      const indexes = batch;
      batch = [];
      await open.room(indexes[0]!);
      while (running.size >= concurrency) await Promise.race(running);
      const job = new Promise<void>((resolve) => setTimeout(resolve, Math.floor(random() * 4))).then(() => {
        if (random() < 0.2) for (const index of indexes) open.fail(index, { kind: "rejected", reason: "x" });
        else open.answer(indexes, vectorsOf(indexes));
        running.delete(job);
      });
      running.add(job);
    };
    await soon(
      (async () => {
        for (const index of range(0, count)) {
          open.add({ ...itemOf(index, rows), text });
          most = Math.max(most, ++held);
          batch.push(index);
          if (batch.length === batchSize) await send();
        }
        open.end();
        if (batch.length > 0) await send();
        await Promise.all(running);
        await open.settled();
      })(),
      20_000,
    );
    assert.equal(writtenRows, count);
    const limit = (1 << 24) / large + batchSize + rows;
    assert.ok(most <= limit + batchSize, `${most} texts at once, expected at most ${limit}`);
  }
});
