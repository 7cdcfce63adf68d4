import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { embedDataset } from "../../../src/pipeline/embed/run.ts";
import { createRandom } from "../../formats/samples.ts";
import { soon } from "../../support/soon.ts";
import { withTempFolder } from "../../support/temp.ts";
import {
  DIM,
  INDEX,
  SHARDS,
  TEXTS,
  dead,
  expectedRows,
  filesIn,
  isFaultless,
  manifestOf,
  noText,
  providerDouble,
  rowsIn,
  runOf,
  textsOf,
  undisturbed,
  vectorOf,
} from "./runs.ts";

process.env["SOURCE_DATE_EPOCH"] = "1700000000";

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

test("rows are in the order of the items whatever the order of answers, and the bytes are the same", async () => {
  const expected = await undisturbed();
  assert.deepEqual(
    [...expected.keys()],
    [0, 1, 2, 3].map((shard) => `shard-0000${shard}.parquet`),
  );
  const random = createRandom(3);
  for (const concurrency of [1, 2, 5, 9]) {
    await withTempFolder(async (root) => {
      const provider = providerDouble(() => wait(Math.floor(random() * 8)));
      const { manifest, failed, kept } = await soon(embedDataset(runOf(root, { provider, concurrency, batchSize: 3 })));
      assert.deepEqual(await rowsIn(root, manifest), expectedRows(TEXTS));
      assert.deepEqual(filesIn(root), expected);
      assert.deepEqual([failed, kept, manifest.rows_total, manifest.splits[0]!.chunks], [0, 0, 35, 35]);
      assert.deepEqual(manifest, manifestOf(root));
      assert.deepEqual(readdirSync(`${root}/cache/double/d`), []);
      await isFaultless(root);
    });
  }
});

test("what the items throw ends the run after the answers under way are kept", async () => {
  await withTempFolder(async (root) => {
    const provider = providerDouble(() => wait(5));
    const run = runOf(root, { provider });
    async function* items() {
      for await (const item of run.items()) {
        if (item.index === 20) throw new Error("the file ends too early");
        yield item;
      }
    }
    await assert.rejects(soon(embedDataset({ ...run, items })), /^Error: the file ends too early$/);
    const next = providerDouble();
    await embedDataset(runOf(root, { provider: next, resume: true }));
    assert.deepEqual([provider.asked.size, next.asked.size], [20, 15]);
  });
});

test("an abort ends the run with its reason, and leaves no half-written shard", async () => {
  await withTempFolder(async (root) => {
    const stopper = new AbortController();
    const provider = providerDouble(async (_, request) => {
      if (request === 5) stopper.abort(new Error("stopped"));
      await wait(1);
    });
    await assert.rejects(soon(embedDataset(runOf(root, { provider, signal: stopper.signal }))), /^Error: stopped$/);
    assert.ok([...filesIn(root).keys()].every((name) => /^shard-\d{5}\.parquet$/.test(name)));
    assert.ok(!existsSync(`${root}/${INDEX}/manifest.json.lock`));
    await embedDataset(runOf(root, { resume: true }));
    await isFaultless(root);
  });
});

test("a run that failed takes no more items, and opens no more files", async () => {
  await withTempFolder(async (root) => {
    await embedDataset(runOf(root, { texts: textsOf(20) }));
    rmSync(`${root}/${SHARDS}/shard-00000.parquet`);
    const provider = providerDouble(() => {
      throw dead();
    });
    const run = runOf(root, { texts: textsOf(20), provider, resume: true, batchSize: 1, concurrency: 1 });
    let [taken, afterwards] = [0, 0];
    let isOver = false;
    async function* items() {
      for await (const item of run.items()) {
        await wait(1);
        if (item.index > 10) await wait(5);
        taken++;
        if (isOver) afterwards++;
        yield item;
      }
    }
    await assert.rejects(embedDataset({ ...run, items }), { name: "EmbedFailure" });
    isOver = true;
    await wait(100);
    assert.ok(taken < 20 && afterwards <= 1, `${taken} taken, ${afterwards} of them afterwards`);
  });
});

test("a shard that cannot be written ends the run with the reason; what was answered is kept", async () => {
  await withTempFolder(async (root) => {
    mkdirSync(`${root}/${SHARDS}/shard-00001.parquet.part`, { recursive: true });
    const first = providerDouble(() => wait(2));
    await assert.rejects(soon(embedDataset(runOf(root, { provider: first, texts: textsOf(3000) }))), {
      message: new RegExp(`^Cannot create .*shard-00001.parquet.part: it is a folder$`),
    });
    assert.ok(first.asked.size < 3000, "it ends soon");
    rmSync(`${root}/${SHARDS}/shard-00001.parquet.part`, { recursive: true });
    const second = providerDouble();
    await embedDataset(runOf(root, { provider: second, texts: textsOf(3000), resume: true }));
    assert.ok([...second.asked.keys()].every((text) => !first.asked.has(text)));
    await isFaultless(root);
  });
});

test("texts that are refused are told with their reasons, the others are rows; a shard of them alone is none", async () => {
  await withTempFolder(async (root) => {
    const isBad = (text: string) =>
      [3, 17, ...Array.from({ length: 10 }, (_, i) => 20 + i)].some((i) => text === TEXTS[i]);
    const refusing = (texts: readonly string[]) => {
      if (texts.some(isBad)) throw noText();
    };
    const { manifest, failed } = await embedDataset(runOf(root, { provider: providerDouble(refusing) }));
    assert.equal(failed, 12);
    assert.deepEqual(manifest.splits[0]!.rows_skipped, { "empty text": 2, rejected: 12 });
    assert.deepEqual(
      manifest.shards.map(({ shard_index, rows }) => [shard_index, rows]),
      [
        [0, 9],
        [1, 9],
        [3, 5],
      ],
    );
    const good = expectedRows(TEXTS).filter(([, text]) => !isBad(text));
    assert.deepEqual(await rowsIn(root, manifest), good);
    await isFaultless(root);
    const lines = () => readFileSync(`${root}/${INDEX}/failures.jsonl`, "utf8").trim().split("\n");
    const ids = () => lines().map((line) => (JSON.parse(line) as { id: string }).id);
    assert.deepEqual(ids().sort(), [3, 17, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29].map((i) => `id-${i}`).sort());
    assert.deepEqual(JSON.parse(lines()[0]!), {
      ...{ split: "train", shard: 0, id: "id-3", kind: "rejected", reason: "A text is refused" },
    });
    // Those of shards that stay are not asked for again; those that have no shard are.
    const again = providerDouble(refusing);
    const resumed = await embedDataset(runOf(root, { provider: again, resume: true }));
    assert.deepEqual([resumed.failed, resumed.kept, again.asked.size], [12, 3, 0]);
    assert.equal(new Set(ids()).size, 12);
    assert.equal(lines().length, 12);
    const healed = providerDouble();
    const last = await embedDataset(runOf(root, { provider: healed, resume: true }));
    assert.deepEqual([last.failed, healed.asked.size, last.manifest.shards.length], [2, 10, 4]);
    await isFaultless(root);
  });
});

test("nothing to embed is a dataset without shards", async () => {
  await withTempFolder(async (root) => {
    const { manifest } = await embedDataset(runOf(root, { texts: [] }));
    assert.deepEqual([manifest.shards, manifest.rows_total, manifest.splits[0]!.complete], [[], 0, true]);
    await isFaultless(root);
  });
});

test("each text is told settled once", async () => {
  await withTempFolder(async (root) => {
    let settled = 0;
    const onSettled = (count: number) => void (settled += count);
    const provider = providerDouble((texts) => {
      if (texts.includes(TEXTS[9]!)) throw noText();
    });
    await embedDataset(runOf(root, { provider, onSettled }));
    assert.equal(settled, 35);
    await embedDataset(runOf(root, { provider, onSettled, resume: true }));
    assert.equal(settled, 70);
  });
});

test("norms, sums and places are in the manifest", async () => {
  await withTempFolder(async (root) => {
    const { manifest } = await embedDataset(runOf(root));
    const norms = TEXTS.slice(0, 10).map((text) => Math.hypot(...vectorOf(text, DIM)));
    const { min_norm, max_norm, ...record } = manifest.shards[0]!;
    assert.ok(Math.abs(min_norm - Math.min(...norms)) < 1e-12 && Math.abs(max_norm - Math.max(...norms)) < 1e-12);
    assert.deepEqual(
      [record.path, record.rows, record.shard_index, record.embedding_dim, record.created_at],
      [`${SHARDS}/shard-00000.parquet`, 10, 0, DIM, "2023-11-14T22:13:20.000Z"],
    );
  });
});
