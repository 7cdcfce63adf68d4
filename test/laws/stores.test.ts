import assert from "node:assert/strict";
import test from "node:test";
import type { StoreRecord } from "../../src/data/records.ts";
import type { Store, StoreOptions } from "../../src/targets/store.ts";
import { targets } from "../../src/targets/table.ts";
import { embeddingOf } from "../doubles/memories.ts";
import { soon } from "../support/soon.ts";
import { withTempFolder } from "../support/temp.ts";
import { storeKinds, type StoreKind } from "./storekinds.ts";

const DIM = 768; // Engram takes no other
const WAIT_MS = 60_000;

function recordOf(row: number, fields: Record<string, unknown> = {}): StoreRecord {
  const content = { content: `Row ${row}`, confidence: 0.5, ...fields };
  const id = `record-${row}`;
  return { row, id, embedding: Float32Array.from(embeddingOf(row)), fields: content, json: undefined };
}

const records = Array.from({ length: 40 }, (_, row) => recordOf(row));

/** Runs `use` with stores of one server; each opening is closed in the end. */
async function withServer(
  { target, index, serve }: StoreKind,
  use: (open: (options?: Partial<StoreOptions>) => Promise<Store>, endpoint: string) => Promise<void>,
): Promise<void> {
  await withTempFolder(async (folder) => {
    const served = await serve(folder);
    const opened: Store[] = [];
    const open = async (options: Partial<StoreOptions> = {}): Promise<Store> => {
      const store = await targets[target]!.open({
        ...{ endpoint: served.endpoint, name: "law_abiding", create: true, dim: DIM, metric: "l2", index },
        ...{ sample: records, concurrent: 4, tries: 3, baseMs: 5, ...options },
      });
      opened.push(store);
      return store;
    };
    try {
      await soon(use(open, served.endpoint), WAIT_MS);
    } finally {
      for (const store of opened) await store.close();
      await served.stop();
    }
  });
}

/** Writes them in batches as a load does; each must be settled once. Returns the refusals by row. */
async function writeAll(store: Store, some: readonly StoreRecord[], batchSize: number): Promise<Map<number, string>> {
  const settled = new Map<number, string | undefined>();
  const batches: StoreRecord[][] = [];
  for (let from = 0; from < some.length; from += batchSize) batches.push(some.slice(from, from + batchSize));
  const most = store.batchesUnderWay;
  assert.ok(Number.isInteger(most) && most >= 1, `${most} batches under way`);
  const left = batches.values();
  const send = async (): Promise<void> => {
    for (const batch of left) {
      await store.write(batch, ({ row }, refusal) => {
        assert.ok(!settled.has(row), `row ${row} is settled twice`);
        settled.set(row, refusal);
      });
      for (const { row } of batch) assert.ok(settled.has(row), `row ${row} is not settled`);
    }
  };
  await Promise.all(Array.from({ length: most }, send));
  return new Map([...settled].flatMap(([row, refusal]) => (refusal === undefined ? [] : [[row, refusal]])));
}

test("every target of the table is held to the laws", () => {
  assert.deepEqual([...new Set(storeKinds.map(({ target }) => target))].sort(), Object.keys(targets).sort());
});

for (const kind of storeKinds) {
  test(
    `${kind.name}: what is written is there once, however often and in whatever batches`,
    { skip: kind.missing },
    () =>
      withServer(kind, async (open) => {
        const store = await open();
        assert.equal(await store.count(), 0);
        await store.prepare();
        await store.prepare();
        assert.equal(await store.count(), 0);
        assert.deepEqual(await store.absent(records.slice(0, 3)), records.slice(0, 3));
        assert.deepEqual(await writeAll(store, records.slice(0, 30), Math.min(7, store.maxBatch)), new Map());
        assert.equal(await store.count(), 30);
        assert.deepEqual(await writeAll(store, records.slice(20), Math.min(100, store.maxBatch)), new Map());
        assert.equal(await store.count(), 40);
        assert.deepEqual(await writeAll(store, records, Math.min(3, store.maxBatch)), new Map());
        assert.equal(await store.count(), 40);
        await store.write([], () => assert.fail("nothing is settled"));
        const others = [recordOf(100), recordOf(101)];
        const asked = [others[0]!, ...records.slice(5, 8), others[1]!];
        const rows = (await store.absent(asked)).map(({ row }) => row).sort();
        assert.deepEqual(rows, [100, 101]);
        assert.deepEqual(await store.absent([]), []);
        await store.finish();
        assert.equal(await store.count(), 40);
        await store.close();
        await store.close();
        assert.equal(await (await open({ create: false })).count(), 40);
      }),
  );

  test(
    `${kind.name}: a record that it cannot take is refused with a reason, the others are stored`,
    { skip: kind.missing },
    () =>
      withServer(kind, async (open) => {
        const store = await open();
        await store.prepare();
        const mixed = records.map((record) => (record.row % 9 === 4 ? recordOf(record.row, kind.poison) : record));
        const refusals = await writeAll(store, mixed, Math.min(20, store.maxBatch));
        assert.deepEqual(
          [...refusals.keys()].sort((a, b) => a - b),
          [4, 13, 22, 31],
        );
        const [name] = Object.keys(kind.poison);
        for (const refusal of refusals.values()) {
          assert.ok(refusal.includes(name!), refusal);
          assert.doesNotMatch(refusal, /\n/);
        }
        assert.equal(await store.count(), 36);
        assert.deepEqual(
          (await store.absent(records)).map(({ row }) => row).sort((a, b) => a - b),
          [4, 13, 22, 31],
        );
      }),
  );

  test(
    `${kind.name}: it says where it is in one line without a password, and an abort ends it`,
    { skip: kind.missing },
    () =>
      withServer(kind, async (open, endpoint) => {
        const stop = new AbortController();
        const store = await open({ signal: stop.signal });
        await store.prepare();
        for (const text of [store.place, store.description]) {
          assert.match(text, /^[^\n]+$/);
          const { password } = URL.canParse(endpoint) ? new URL(endpoint) : { password: "" };
          assert.ok(password === "" || !text.includes(password), text);
        }
        assert.ok(Number.isInteger(store.maxBatch) && store.maxBatch >= 1);
        const reason = new Error("that is enough");
        stop.abort(reason);
        await assert.rejects(
          store.write(records.slice(0, store.maxBatch), () => {}),
          (error) => error === reason,
        );
      }),
  );
}
