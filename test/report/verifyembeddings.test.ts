import assert from "node:assert/strict";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import test from "node:test";
import type { ShardRecord } from "../../src/data/embeddings.ts";
import { InputError } from "../../src/data/errors.ts";
import { openShard } from "../../src/formats/embeddingshard.ts";
import { embedDataset } from "../../src/pipeline/embed/run.ts";
import { verifyEmbeddings } from "../../src/report/verifyembeddings.ts";
import { createRandom } from "../formats/samples.ts";
import { DIM, runOf, textsOf } from "../pipeline/embed/runs.ts";
import { memorySource } from "../support/memory.ts";
import { sha256 } from "../support/sums.ts";
import { editBytes } from "../support/tamper.ts";
import { editManifest, FOLDER, forge, INDEX, recordIn, SHARD, withDataset } from "./shards.ts";

async function faultsOf(root: string, workers = 0): Promise<readonly string[]> {
  const { faults } = await verifyEmbeddings(root, INDEX, { workers });
  for (const fault of faults) assert.match(fault, /^[^\n]{1,400}$/, "one line");
  return faults;
}

test("a dataset as it was made has no faults, and its shards, rows and bytes are told", () =>
  withDataset(async (root) => {
    await embedDataset(runOf(root, { split: "test", texts: textsOf(7) })); // the same ids in another split
    const told: [number, number][] = [];
    const report = await verifyEmbeddings(root, INDEX, { onProgress: (done, total) => void told.push([done, total]) });
    assert.deepEqual(report, { dataset: "d", model: "double", faults: [], shards: 4, rows: 32 });
    const [done, total] = told.at(-1)!;
    assert.equal(done, total);
  }));

const onDisk: [what: string, damage: (root: string) => void, faults: readonly RegExp[]][] = [
  [
    "deleted",
    (root) => rmSync(`${root}/${SHARD}`),
    [/^[^ ]*shard-00001.parquet: Cannot read .*: no such file or folder$/],
  ],
  [
    "cut",
    (root) => editBytes(`${root}/${SHARD}`, (bytes) => bytes.subarray(0, 1000)),
    [/^[^ ]*shard-00001.parquet: 1000 bytes, expected \d+$/],
  ],
  [
    "replaced by another one of the dataset",
    (root) => writeFileSync(`${root}/${SHARD}`, readFileSync(`${root}/${FOLDER}/shard-00000.parquet`)),
    [/^[^ ]*shard-00001.parquet: (SHA-256|\d+ bytes)/],
  ],
  [
    "replaced by a folder",
    (root) => {
      rmSync(`${root}/${SHARD}`);
      mkdirSync(`${root}/${SHARD}`);
    },
    [/^[^ ]*shard-00001.parquet: Cannot read .*: it is a folder$/],
  ],
  [
    "not listed",
    (root) => writeFileSync(`${root}/${FOLDER}/shard-00009.parquet`, "x"),
    [/^embeddings\/double\/d\/train\/shard-00009.parquet: the manifest does not list it$/],
  ],
  [
    "called otherwise",
    (root) => renameSync(`${root}/${SHARD}`, `${root}/${SHARD}.part`),
    [/shard-00001.parquet.part: the manifest does not list it$/, /shard-00001.parquet: Cannot read/],
  ],
];
for (const [what, damage, expected] of onDisk) {
  test(`a shard that is ${what} is told in one line`, () =>
    withDataset(async (root) => {
      damage(root);
      const faults = await faultsOf(root);
      assert.ok(faults.length >= expected.length);
      for (const [at, pattern] of expected.entries()) assert.match(faults[at]!, pattern);
      if (expected.length === 2) assert.equal(faults.length, 2);
    }));
}

type Forged = [what: string, edit: Parameters<typeof forge>[1], fault: RegExp, dim?: number];
const forged: readonly Forged[] = [
  [
    "a value that is not a number",
    (_, vectors) => void (vectors[3 * DIM + 1] = Number.NaN),
    /: row 3: a value is NaN$/,
  ],
  ["an infinite value", (_, vectors) => void (vectors[9 * DIM] = -Infinity), /: row 9: a value is -Infinity$/],
  ["another value", (_, vectors) => void (vectors[0]! += 100), /: max_norm is [\d.]+, expected [\d.]+$/],
  ["another text", (rows) => void (rows[2] = { ...rows[2]!, text: "other" }), /: text_sha256 is [\da-f]{64}, expected/],
  [
    "an id that comes twice",
    (rows) => void (rows[2] = { ...rows[2]!, id: rows[1]!.id }),
    /: row 2: id "id-11" is that of an earlier row$/,
  ],
  [
    "an id of an earlier shard",
    (rows) => void (rows[2] = { ...rows[2]!, id: "id-0" }),
    /: row 2: id "id-0" is that of an earlier row$/,
  ],
  [
    "an id of several lines that comes twice",
    (rows) => void (rows[0] = rows[1] = { ...rows[0]!, id: `a\n${"b".repeat(1000)}` }),
    /: row 1: id "a\\nb{78}…" is that of an earlier row$/,
  ],
  [
    "a row of another split",
    (rows) => void (rows[4] = { ...rows[4]!, split: "te\nst" }),
    /: row 4 is of "double", "d", "te\\nst"$/,
  ],
  [
    "a row of another model",
    (rows) => void (rows[4] = { ...rows[4]!, model: "x" }),
    /: row 4 is of "x", "d", "train"$/,
  ],
  ["a row less", (rows, vectors) => (rows.pop(), vectors.subarray(DIM)), /: 9 rows, expected 10$/],
  ["shorter vectors", (_, vectors) => vectors.subarray(0, 10 * 4), /: vectors of 4 values, expected 6$/, 4],
];
for (const [what, edit, fault, dim] of forged) {
  test(`${what} is found although length and sum are right`, () =>
    withDataset(async (root) => {
      await forge(root, edit, dim);
      const faults = await faultsOf(root);
      assert.match(faults[0]!, new RegExp(`^${SHARD}${fault.source}`));
      assert.ok(faults.every((line) => line.startsWith(`${SHARD}: `)));
      assert.deepEqual(await faultsOf(root, 2), faults);
    }));
}

const records: [name: keyof ShardRecord, value: number | string][] = [
  ["rows", 11],
  ["min_norm", 0.5],
  ["max_norm", 7],
  ["text_sha256", "0"],
  ["sha256", "0"],
  ["bytes", 5],
];
for (const [name, value] of records) {
  test(`a record with another ${name} is a fault of its shard`, () =>
    withDataset(async (root) => {
      editManifest(root, (manifest) => void Object.assign(recordIn(manifest), { [name]: value }));
      const faults = await faultsOf(root);
      const last = faults.at(-1)!;
      assert.equal(faults.length, name === "rows" ? 2 : 1); // and those of the split
      assert.ok(last.startsWith(`${SHARD}: `) && last.includes(`expected ${value}`), last);
    }));
}

test("an unfinished split is a fault, and so is a number of texts that its rows do not add up to", () =>
  withDataset(async (root) => {
    editManifest(root, (manifest) => void Object.assign(manifest.splits[0]!, { complete: false }));
    assert.deepEqual(await faultsOf(root), ["split train: unfinished; embed it again with --resume"]);
    editManifest(root, (manifest) => {
      Object.assign(manifest.splits[0]!, { complete: true });
      Object.assign(manifest, { shards: manifest.shards.filter(({ path }) => path !== SHARD) });
    });
    rmSync(`${root}/${SHARD}`);
    assert.deepEqual(await faultsOf(root), [
      "split train: 15 rows and 0 failures of 25 texts; embed it again with --resume",
    ]);
  }));

test("a shard that is wrong in each of its rows has a bounded number of faults", () =>
  withDataset(
    async (root) => {
      await forge(root, (rows) => rows.forEach((row, at) => (rows[at] = { ...row, id: "same", model: `m${at}` })));
      assert.equal((await faultsOf(root)).length, 20);
    },
    { texts: textsOf(60), rowsPerShard: 30 },
  ));

test("no manifest is refused in one line, and an abort ends it", () =>
  withDataset(async (root) => {
    await assert.rejects(verifyEmbeddings(root, "indexes/x/y"), {
      ...{ name: "InputError", message: `${root}/indexes/x/y holds no manifest.json` },
    });
    await assert.rejects(verifyEmbeddings(root, INDEX, { signal: AbortSignal.abort(new Error("stopped")) }), /stopped/);
  }));

test("bytes of a shard that are changed at random are faults in one line, never another error", () =>
  withDataset(async (root) => {
    const path = `${root}/${SHARD}`;
    const whole = new Uint8Array(readFileSync(path));
    const random = createRandom(9);
    for (let round = 0; round < 150; round++) {
      const bytes = whole.slice();
      const changes = 1 + Math.floor(random() * 8);
      for (let i = 0; i < changes; i++) {
        // As often in the footer as before it.
        const at =
          random() < 0.5 ? bytes.length - 1 - Math.floor(random() * 1500) : Math.floor(random() * bytes.length);
        bytes[Math.max(0, at)] = Math.floor(random() * 256);
      }
      writeFileSync(path, bytes);
      if (sha256(bytes) === sha256(whole)) continue;
      const faults = await faultsOf(root);
      assert.ok(faults.length > 0 && faults.length <= 21, `${faults.length}`);
      await openShard(memorySource(bytes)).catch((error: unknown) => assert.ok(error instanceof InputError));
    }
  }));
