import assert from "node:assert/strict";
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import test from "node:test";
import { bytesOf } from "../../../src/data/dtype.ts";
import { InputError } from "../../../src/data/errors.ts";
import type { StoreRecord } from "../../../src/data/records.ts";
import { joinBytes } from "../../../src/formats/bytes.ts";
import { npyHeader } from "../../../src/formats/npy.ts";
import { createMemoryStore, StoreLost, type MemoryStore } from "../../doubles/memorystore.ts";
import { seededUniform } from "../../doubles/seeded.ts";
import { withTempFolder } from "../../support/temp.ts";
import { lineOf, linesOf, load, range, readLedger } from "./loads.ts";

const ROWS = 200;

const withFile = (content: string, use: (path: string) => Promise<void>) =>
  withTempFolder(async (folder) => {
    writeFileSync(`${folder}/m.jsonl`, content);
    await use(`${folder}/m.jsonl`);
  });

/** The rows that a store is sent from now on. */
function sentFromNow(store: MemoryStore): () => number[] {
  const from = store.batches.length;
  return () =>
    store.batches
      .slice(from)
      .flat()
      .sort((a, b) => a - b);
}

/** A run that ends after some batches, with outcomes in any order. */
async function loadInPart(path: string, store: MemoryStore, batches: number): Promise<void> {
  const random = seededUniform(batches);
  store.faults = { throwsAfter: store.batches.length + batches, delayMs: () => random() * 4 };
  await assert.rejects(load(path, store, { resume: true }), StoreLost);
  store.faults = {};
}

test("a run that goes on sends what is not known to be stored, and nothing else", async () => {
  for (const hasRowIds of [false, true]) {
    await withFile(linesOf(ROWS), async (path) => {
      const store = createMemoryStore({}, { hasRowIds });
      for (const batches of [3, 1, 5]) await loadInPart(path, store, batches);
      const stored = [...store.held.values()].map(({ row }) => row);
      assert.equal(stored.length, 90);
      await assert.rejects(load(path, store), /is of an unfinished run: go on with --resume/);
      const sent = sentFromNow(store);
      const summary = await load(path, store, { resume: true });
      assert.deepEqual(
        sent(),
        range(0, ROWS).filter((row) => !stored.includes(row)),
      );
      assert.deepEqual([summary.storedBefore, summary.accepted, summary.stored], [90, 110, ROWS]);
      assert.deepEqual([summary.expectedCount, summary.count, store.held.size], [ROWS, ROWS, ROWS]);
      const nothing = sentFromNow(store);
      assert.equal((await load(path, store)).storedBefore, ROWS);
      assert.deepEqual([nothing(), readLedger(path).isFinished], [[], true]);
    });
  }
});

test("marks never go back while a run that goes on reads from the first row", () =>
  withFile(linesOf(ROWS), async (path) => {
    const marks = () => readLedger(path).lines.flatMap(({ read }) => (read ? [(read as { rows: number }).rows] : []));
    const store = createMemoryStore({}, { batchesUnderWay: 1 });
    store.faults = { refuses: ({ row }) => (row % 2 ? "no" : undefined), throwsAfter: 15 };
    await assert.rejects(load(path, store), StoreLost);
    const most = Math.max(...marks());
    store.faults = { throwsAfter: store.batches.length + 1 };
    await assert.rejects(load(path, store, { resume: true }), StoreLost);
    assert.ok(most >= 150 && marks().at(-1)! < 100, marks().join());
    writeFileSync(path, linesOf(ROWS).replace(`row ${most - 1}"`, 'row X"'));
    await assert.rejects(load(path, store, { resume: true }), new RegExp(`^InputError: The first ${most} rows of`));
    writeFileSync(path, linesOf(ROWS).replace(`row ${most}"`, 'row X"'));
    store.faults = {};
    assert.equal((await load(path, store, { resume: true })).count, ROWS);
  }));

test("failed rows are tried again, and the file of failures tells of the last run that tried", () =>
  withFile(linesOf(50), async (path) => {
    const failing = [4, 11, 49];
    const refuses = ({ row }: StoreRecord) => (failing.includes(row) ? `no ${row}` : undefined);
    const store = createMemoryStore({ refuses });
    assert.equal((await load(path, store)).failed, 3);
    const sent = sentFromNow(store);
    failing.splice(0, 1);
    const summary = await load(path, store);
    assert.deepEqual(sent(), [4, 11, 49]);
    assert.deepEqual([summary.stored, summary.failed, summary.failures.map(({ row }) => row)], [48, 2, [11, 49]]);
    const reasons = () => readLedger(path).failures.map(({ reason }) => reason);
    assert.deepEqual(
      [readLedger(path).failed, reasons()],
      [
        [11, 49],
        ["no 11", "no 49"],
      ],
    );
    store.faults = { throwsAfter: 0 };
    await assert.rejects(load(path, store), StoreLost);
    assert.deepEqual(reasons(), ["no 11", "no 49"], "nothing was tried: the reasons stand");
    store.faults = {};
    assert.equal((await load(path, store)).failed, 0);
    assert.deepEqual([readLedger(path).failed, existsSync(`${path}.ledger/failures.jsonl`)], [[], false]);
  }));

test("a second row of an id stays unsent when the first one is stored already", () =>
  withFile(
    linesOf(60, (row) => `m${row % 50}`),
    async (path) => {
      const store = createMemoryStore();
      await loadInPart(path, store, 2);
      for (const resume of [true, false]) {
        const summary = await load(path, store, { resume });
        assert.deepEqual([summary.stored, summary.failed, summary.count], [50, 10, 50]);
      }
      assert.ok([...store.held].every(([id, { row }]) => id === `m${row}`));
      assert.deepEqual(
        store.batches.flat().filter((row) => row >= 50),
        [],
      );
    },
  ));

test("an input that grew is gone on with, whether or not its last line had a newline", async () => {
  for (const [before, after] of [
    [linesOf(33), "\n\n"],
    [linesOf(33).trimEnd(), "\n"],
    [`${linesOf(32)}\n \n`, ""],
    [`${linesOf(33)}\r\n`, "\n"],
  ] as const) {
    await withFile(before, async (path) => {
      const store = createMemoryStore();
      const { total } = await load(path, store);
      assert.equal((await load(path, store)).total, total);
      appendFileSync(
        path,
        after +
          range(total, 50)
            .map((row) => lineOf(row))
            .join("\n"),
      );
      const sent = sentFromNow(store);
      const summary = await load(path, store);
      assert.deepEqual([sent(), summary.total, summary.count], [range(total, 50), 50, 50]);
    });
  }
});

test("vectors and metadata that grew together are gone on with", () =>
  withTempFolder(async (folder) => {
    const path = `${folder}/vectors.npy`;
    const write = (rows: number) => {
      const values = Float32Array.from({ length: rows * 3 }, (_, i) => i);
      writeFileSync(path, joinBytes([npyHeader("<f4", [rows, 3]), bytesOf(values)]));
      writeFileSync(
        `${folder}/metadata.jsonl`,
        range(0, rows)
          .map((row) => `{"at":${row}}`)
          .join("\n"),
      );
    };
    const store = createMemoryStore({}, { hasRowIds: true });
    for (const rows of [20, 33, 90]) {
      write(rows);
      const { total, accepted, count } = await load(path, store);
      assert.deepEqual([total, count], [rows, rows]);
      assert.equal(accepted, rows - [0, 20, 33][[20, 33, 90].indexOf(rows)]!);
    }
  }));

for (const [what, change] of [
  ["a changed byte", (text: string) => text.replace("row 30", "row 3O")],
  ["a row less", (text: string) => text.split("\n").slice(1).join("\n")],
  ["a row more at the beginning", (text: string) => `${lineOf(99)}\n${text}`],
  ["a shorter file", (text: string) => text.slice(0, text.length / 2)],
] as const) {
  test(`an input with ${what} is refused before a row is sent, and all stays as it was`, () =>
    withFile(linesOf(50), async (path) => {
      const store = createMemoryStore({ refuses: ({ row }) => (row === 1 ? "no" : undefined) });
      await load(path, store);
      const before = readLedger(path);
      writeFileSync(path, change(linesOf(50)));
      const sent = sentFromNow(store);
      const expected = new InputError(
        `The first 50 rows of ${path} are no longer those of the run in ${path}.ledger/ledger.jsonl: ` +
          "give the same input, or delete that file to load this one anew",
      );
      for (const resume of [false, true]) await assert.rejects(load(path, store, { resume }), expected);
      assert.deepEqual([sent(), readLedger(path)], [[], before]);
    }));
}

test("where nothing became known of what was sent, the ledger stays, with the count of before", () =>
  withFile(linesOf(50), async (path) => {
    const store = createMemoryStore({}, { hasRowIds: true });
    store.write = async (records) => {
      for (const record of records) store.held.set(String(record.row), record);
      throw new StoreLost("after it took them");
    };
    await assert.rejects(load(path, store), StoreLost);
    assert.ok(store.held.size > 0);
    store.write = createMemoryStore().write;
    const again = createMemoryStore({}, { hasRowIds: true });
    for (const [key, record] of store.held) again.held.set(key, record);
    const summary = await load(path, again, { resume: true });
    assert.deepEqual([summary.stored, summary.expectedCount, summary.count], [50, 50, 50]);
  }));

test("what is told of a failure is the first one, where the ledger cannot be written either", () =>
  withFile(linesOf(50), async (path) => {
    const store = createMemoryStore({ delayMs: () => 1 });
    const { write } = store;
    store.write = async (records, settle) => {
      await write(records, settle);
      if (existsSync(`${path}.ledger/ledger.jsonl`)) appendFileSync(`${path}.ledger/ledger.jsonl`, "{}\n");
      throw new StoreLost("first");
    };
    await assert.rejects(load(path, store), StoreLost);
  }));
