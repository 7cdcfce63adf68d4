import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import test from "node:test";
import type { StoreRecord } from "../../../src/data/records.ts";
import type { IngestProgress } from "../../../src/pipeline/ingest/outcomes.ts";
import { createMemoryStore, StoreLost, type MemoryStore } from "../../doubles/memorystore.ts";
import { seededUniform } from "../../doubles/seeded.ts";
import { withTempFolder } from "../../support/temp.ts";
import { lineOf, linesOf, load, range, readLedger } from "./loads.ts";

const withFile = (content: string, use: (path: string) => Promise<void>) =>
  withTempFolder(async (folder) => {
    writeFileSync(`${folder}/m.jsonl`, content);
    await use(`${folder}/m.jsonl`);
  });

const rowsSent = (store: MemoryStore) => store.batches.flat().sort((a, b) => a - b);
const rowsHeld = (store: MemoryStore) => [...store.held.values()].map(({ row }) => row).sort((a, b) => a - b);

test("every row is stored once, whatever order the outcomes come in", async () => {
  for (const seed of [1, 2, 3]) {
    await withFile(linesOf(203), async (path) => {
      const random = seededUniform(seed);
      const store = createMemoryStore({ delayMs: () => random() * 8 }, { batchesUnderWay: 1 + seed });
      const summary = await load(path, store, { batchSize: 7 * seed });
      assert.deepEqual([rowsSent(store), rowsHeld(store)], [range(0, 203), range(0, 203)]);
      assert.ok(store.batches.every((rows) => rows.length <= 7 * seed));
      assert.deepEqual(summary, {
        ...{ total: 203, stored: 203, storedBefore: 0, accepted: 203, failed: 0, failures: [], lost: 0 },
        ...{ expectedCount: 203, count: 203 },
      });
      assert.deepEqual([store.finishes, store.asked], [1, []]);
      const { stored, failed, isFinished, lines } = readLedger(path);
      assert.deepEqual([stored, failed, isFinished], [range(0, 203), [], true]);
      assert.deepEqual(lines[1], { held_before: 0 });
    });
  }
});

test("a batch is no larger than the store takes; what is read waits for the store", async () => {
  for (const batchesUnderWay of [1, 3]) {
    await withFile(linesOf(100), async (path) => {
      const store = createMemoryStore({ delayMs: () => 1 }, { maxBatch: 6, batchesUnderWay });
      await load(path, store, { batchSize: 1000 });
      assert.ok(store.batches.slice(0, -1).every((rows) => rows.length === 6));
      assert.deepEqual(store.most, { batches: batchesUnderWay, records: 6 * batchesUnderWay });
    });
  }
});

test("long rows make short batches, and not more than 32 MiB are under way", async () => {
  const long = "x".repeat(1 << 20);
  const line = (row: number) => JSON.stringify({ id: `m${row}`, content: long, embedding: [row, 1] });
  await withFile(`${range(0, 40).map(line).join("\n")}`, async (path) => {
    const store = createMemoryStore({ delayMs: () => 200 }, { batchesUnderWay: 100 });
    await load(path, store, { batchSize: 1000 });
    assert.deepEqual(rowsSent(store), range(0, 40));
    assert.ok(store.batches.every((rows) => rows.length <= 8));
    assert.ok(store.most.records <= 32 && store.most.records > 8, `${store.most.records} MiB under way`);
  });
});

test("rows that cannot be stored are told with their reasons, and cost no other row", async () => {
  const lines = range(0, 40).map((row) => lineOf(row));
  Object.assign(lines, { 3: "{", 8: '{"id":"m8"}', 20: '{"id":"m20","embedding":[1,2]}' });
  await withFile(`\n${lines.join("\n")}`, async (path) => {
    const refuses = ({ row }: StoreRecord) => (row === 5 || row === 39 ? `no ${row}` : undefined);
    const told: IngestProgress[] = [];
    const store = createMemoryStore({ refuses });
    const summary = await load(path, store, { onProgress: (now) => told.push(now) });
    const expected = [
      { row: 3, line: 5, id: undefined, reason: 'not JSON: "{"' },
      { row: 5, line: 7, id: "m5", reason: "no 5" },
      {
        row: 8,
        line: 10,
        id: "m8",
        reason: "no vector: expected an array of numbers, or one under embedding, vector, values, emb",
      },
      { row: 20, line: 22, id: "m20", reason: "its vector has 2 values, expected 3" },
      { row: 39, line: 41, id: "m39", reason: "no 39" },
    ];
    assert.deepEqual(
      [...summary.failures].sort((a, b) => a.row - b.row),
      expected,
    );
    assert.deepEqual([summary.total, summary.stored, summary.failed, summary.count], [40, 35, 5, 35]);
    const { failed, failures, isFinished } = readLedger(path);
    assert.deepEqual([failed, isFinished], [[3, 5, 8, 20, 39], true]);
    const kept = failures.toSorted((a, b) => Number(a["row"]) - Number(b["row"]));
    assert.deepEqual(kept, JSON.parse(JSON.stringify(expected)));
    assert.deepEqual(told.at(-1), { done: 40, bytes: told.at(-1)!.bytes, failed: 5 });
    assert.equal(told.at(-1)!.bytes, lines.join("\n").length + 1);
  });
});

test("of many failures the first are told, and all are kept", () =>
  withFile(linesOf(100), async (path) => {
    const summary = await load(path, createMemoryStore({ refuses: () => "no" }));
    assert.deepEqual([summary.failed, summary.failures.length, summary.stored], [100, 20, 0]);
    assert.equal(readLedger(path).failures.length, 100);
  }));

test("a second row of an id is not sent, where ids tell rows apart", async () => {
  for (const hasRowIds of [false, true]) {
    await withFile(
      linesOf(60, (row) => `m${row % 50}`),
      async (path) => {
        const store = createMemoryStore({}, { hasRowIds });
        const summary = await load(path, store);
        const rows = hasRowIds ? 60 : 50;
        assert.deepEqual([rowsSent(store), summary.stored, summary.count], [range(0, rows), rows, rows]);
        assert.ok(summary.failures.every(({ reason }) => reason === "its id is that of an earlier row"));
        assert.deepEqual(
          summary.failures.map(({ row }) => row),
          range(rows, 60),
        );
      },
    );
  }
});

test("a store that throws ends the run at once, with what was stored in the ledger", async () => {
  for (const throwsAfter of [0, 1, 5]) {
    await withFile(linesOf(2000), async (path) => {
      const random = seededUniform(throwsAfter);
      const store = createMemoryStore({ throwsAfter, delayMs: () => random() * 5 }, { batchesUnderWay: 3 });
      const givenUp: unknown[] = [];
      await assert.rejects(load(path, store, { giveUp: (reason) => givenUp.push(reason) }), StoreLost);
      assert.ok(givenUp.length === 1 && givenUp[0] instanceof StoreLost);
      assert.ok(store.batches.length <= throwsAfter + 3);
      const { stored, failed, isFinished } = readLedger(path);
      assert.deepEqual([stored, failed, isFinished], [rowsHeld(store), [], false]);
      assert.equal(stored.length, 10 * throwsAfter);
      assert.equal(store.finishes, 0);
    });
  }
});

test("an abort ends the run with its reason, and what was under way is noted", () =>
  withFile(linesOf(2000), async (path) => {
    const controller = new AbortController();
    const reason = new Error("interrupted");
    const store = createMemoryStore({ delayMs: () => 20 });
    const onProgress = ({ done }: IngestProgress) => done >= 100 && controller.abort(reason);
    await assert.rejects(load(path, store, { signal: controller.signal, onProgress }), (error) => error === reason);
    const { stored, isFinished } = readLedger(path);
    assert.deepEqual([stored, isFinished], [rowsHeld(store), false]);
    assert.ok(stored.length >= 100 && stored.length < 500, `${stored.length} rows`);
  }));

test("rows that the store took and does not have are found, named, and sent again by the next run", () =>
  withFile(linesOf(100), async (path) => {
    const dropped = [7, 50, 99];
    const store = createMemoryStore({ drops: ({ row }) => dropped.includes(row) }, { maxBatch: 9 });
    const summary = await load(path, store);
    assert.deepEqual(
      [summary.lost, summary.stored, summary.accepted, summary.failed, summary.expectedCount, summary.count],
      [3, 97, 100, 3, 100, 97],
    );
    const reason = "the store took it, and does not have it";
    const expected = dropped.map((row) => ({ row, line: row + 1, id: `m${row}`, reason }));
    assert.deepEqual(summary.failures, expected);
    assert.deepEqual([store.asked.flat(), readLedger(path).failed], [range(0, 100), dropped]);
    assert.deepEqual(readLedger(path).failures, expected);
    store.faults = {};
    store.batches.length = 0;
    const again = await load(path, store);
    assert.deepEqual([rowsSent(store), again.stored, again.storedBefore, again.accepted], [dropped, 100, 97, 3]);
    assert.deepEqual([again.lost, again.failed, again.expectedCount, again.count], [0, 0, 100, 100]);
    assert.equal(existsSync(`${path}.ledger/failures.jsonl`), false);
  }));

test("the store is asked for all rows that it took, a thousand at most at a time", () =>
  withFile(linesOf(2100), async (path) => {
    const store = createMemoryStore({ refuses: ({ row }) => (row === 1500 ? "no" : undefined) });
    store.finish = async () => void (store.faults = { miscount: 1 });
    const summary = await load(path, store, { batchSize: 1000 });
    assert.deepEqual([summary.lost, summary.stored, summary.expectedCount, summary.count], [0, 2099, 2099, 2100]);
    assert.deepEqual(
      store.asked.flat(),
      range(0, 2100).filter((row) => row !== 1500),
    );
    assert.equal(store.asked.length, 3);
  }));

test("a row of which the store says nothing counts as not stored, and is sent again by the next run", () =>
  withFile(linesOf(30), async (path) => {
    const store = createMemoryStore();
    const { write } = store;
    store.write = (records, settle) => write(records, (record, refusal) => record.row !== 7 && settle(record, refusal));
    const summary = await load(path, store);
    assert.deepEqual([summary.total, summary.stored, summary.failed], [30, 29, 1]);
    store.write = write;
    store.batches.length = 0;
    const again = await load(path, store);
    assert.deepEqual([rowsSent(store), again.stored, again.failed, again.count], [[7], 30, 0, 30]);
  }));

test("counts that differ are told, with what was there before", async () => {
  for (const miscount of [-2, 3]) {
    await withFile(linesOf(30), async (path) => {
      const store = createMemoryStore();
      for (const id of ["x", "y"])
        store.held.set(id, { row: 0, id, embedding: new Float32Array(3), fields: {}, json: undefined });
      assert.equal((await load(path, store)).expectedCount, 32);
      store.faults = { miscount };
      const { expectedCount, count, lost, storedBefore } = await load(path, store);
      assert.deepEqual([expectedCount, count, lost, storedBefore], [32, 32 + miscount, 0, 30]);
      assert.deepEqual([store.asked.flat(), readLedger(path).failed], [range(0, 30), []]);
    });
  }
});

test("a limit is of rows that are read, and those behind it are left alone", () =>
  withFile(linesOf(50), async (path) => {
    const store = createMemoryStore({ refuses: ({ row }) => (row % 10 === 9 ? "no" : undefined) });
    for (const limit of [1, 16, 17, 50, 60]) {
      const rows = Math.min(limit, 50);
      const { total, stored, failed, count, expectedCount } = await load(path, store, { limit });
      const refused = Math.floor(rows / 10);
      assert.deepEqual([total, stored, failed, count, expectedCount], [rows, rows - refused, refused, count, count]);
      assert.deepEqual([...new Set(rowsSent(store))], range(0, rows));
    }
    store.faults = {};
    store.batches.length = 0;
    const { total, stored, storedBefore, accepted, failed, count } = await load(path, store, { limit: 25 });
    assert.deepEqual([total, stored, storedBefore, accepted, failed, count], [25, 25, 23, 2, 0, 47]);
    assert.deepEqual(
      [rowsSent(store), readLedger(path).failed],
      [
        [9, 19],
        [29, 39, 49],
      ],
    );
  }));
