import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import test from "node:test";
import { InputError } from "../../src/data/errors.ts";
import { MEMORY_FORMATS, type MemoryFormat } from "../../src/datasets/memories.ts";
import { memoryFiles } from "../../src/datasets/memoryplan.ts";
import { planOfManifest } from "../../src/datasets/table.ts";
import { hashRecipe, manifestNameFor } from "../../src/pipeline/manifest.ts";
import { sampleBlocks } from "../../src/report/sample.ts";
import { verifyDataset, type VerifyOptions } from "../../src/report/verify.ts";
import { fvecsBytes } from "../formats/vectorbytes.ts";
import { fixedCentroids, npyOf, writeCentroids, writeMemories } from "../support/memories.ts";
import { editBytes, editManifest, forgeRecipe, forgeSums, type LooseManifest } from "../support/tamper.ts";
import { withTempFolder } from "../support/temp.ts";

const MANIFEST = "m.dataset.json";
const OPTIONS = { count: 400, dim: 6, seed: "my-paper" };

const verifyAt = (path: string, options?: VerifyOptions) => verifyDataset(path, planOfManifest, options);

/** What does not fit is said in the report, or refused altogether. */
async function faultsOf(path: string, options?: VerifyOptions): Promise<string> {
  return verifyAt(path, options).then(
    ({ faults }) => faults.join("\n"),
    (error: unknown) => {
      if (error instanceof InputError) return error.message;
      throw error;
    },
  );
}

/** In `<folder>/out` memories `m` around centroids of `<folder>/c.npy`. */
async function withMemories(format: MemoryFormat, use: (out: string) => Promise<void>): Promise<void> {
  await withTempFolder(async (folder) => {
    const centroids = writeCentroids(`${folder}/c.npy`, 5, 6);
    await writeMemories(`${folder}/out`, { ...OPTIONS, format, centroids });
    await use(`${folder}/out`);
  });
}

for (const format of MEMORY_FORMATS) {
  test(`sound ${format} memories: by their folder, their manifest, or a file`, async () => {
    await withMemories(format, async (out) => {
      const files = memoryFiles({ format }, "m");
      const manifest = manifestNameFor(files[0]!);
      for (const path of [out, `${out}/${manifest}`, ...files.map((name) => `${out}/${name}`)]) {
        for (const full of [false, true]) {
          const expected = { folder: path, faults: [], filesHashed: files.length, rowsCompared: 400, rows: 400 };
          assert.deepEqual(await verifyAt(path, { full }), expected);
        }
      }
    });
  });
}

const variants = [
  { count: 2000, range: [17, 1300] },
  { stdDev: 0, normalize: false },
  { digits: 3 },
  { cosine: 0.6, confidence: 0.5, format: "npy" },
  { count: 20_000, range: [17, 19_900], normalize: false, format: "parquet" },
] as const;
for (const variant of variants) {
  test(`sound memories have no faults: ${JSON.stringify(variant)}`, async () => {
    await withTempFolder(async (folder) => {
      await writeMemories(folder, { ...OPTIONS, ...variant, centroids: 3 });
      assert.equal(await faultsOf(folder, { full: true }), "");
    });
  });
}

/** The first digit of the value after a key, in the middle of the file, made another. */
const changeDigitAfter = (key: string) => (bytes: Uint8Array) => {
  const text = new TextDecoder().decode(bytes);
  const from = text.indexOf(key, text.length / 2) + key.length;
  const at = from + text.slice(from).search(/\d/);
  bytes[at] = 48 + ((bytes[at]! - 47) % 10);
};

const edit = (out: string, change: (manifest: LooseManifest) => void) => editManifest(out, change, MANIFEST);
const inputsOf = (manifest: LooseManifest) => manifest["inputs"] as Record<string, unknown>[];

/** What is done to sound memories, and what verify must say. */
const damages: [what: string, damage: (out: string) => void, says: RegExp][] = [
  ...['"embedding":[', '"confidence":', '"cluster":', "Synthetic memory ", '"id":"'].map(
    (key): [string, (out: string) => void, RegExp] => [
      `a changed digit after ${key}, and a forged sum`,
      (out) => (editBytes(`${out}/m.jsonl`, changeDigitAfter(key)), forgeSums(out, MANIFEST)),
      /^m\.jsonl: rows \d+ to \d+ are not those of the recipe$/,
    ],
  ),
  [
    "a changed digit",
    (out) => editBytes(`${out}/m.jsonl`, changeDigitAfter("[")),
    /^m\.jsonl: SHA-256 .*\nm\.jsonl: rows/,
  ],
  ["no file", (out) => rmSync(`${out}/m.jsonl`), /^m\.jsonl: Cannot read .*no such file/],
  [
    "a line too many",
    (out) => editBytes(`${out}/m.jsonl`, (b) => Uint8Array.of(...b, 123, 125, 10)),
    /401 rows, expected 400/,
  ],
  ["a left-over", (out) => writeFileSync(`${out}/m.jsonl.part`, ""), /^m\.jsonl\.part: left by an unfinished run$/],
  ["a claim", (out) => writeFileSync(`${out}/${MANIFEST}.claim.part`, ""), /^m\.dataset\.json\.claim\.part: left by/],
  ["no centroids", (out) => rmSync(`${out}/../c.npy`), /c\.npy: no such file/],
  [
    "other centroids",
    (out) => writeFileSync(`${out}/../c.npy`, npyOf(fixedCentroids(5, 6).with(7, 0.25), 6)),
    /^\.\.\/c\.npy does not hold the centroids that the dataset was made from$/,
  ],
  [
    "centroids of a NaN",
    (out) => writeFileSync(`${out}/../c.npy`, npyOf(fixedCentroids(5, 6).with(7, NaN), 6)),
    /not finite/,
  ],
  ["no word of the centroids", (out) => edit(out, (m) => delete m["inputs"]), /does not say where its centroids are/],
  ["inputs that are no list", (out) => edit(out, (m) => (m["inputs"] = {})), /is not a manifest/],
  ["an input without a path", (out) => edit(out, (m) => void delete inputsOf(m)[0]!["path"]), /is not a manifest/],
  [
    "an edited recipe",
    (out) => edit(out, ({ recipe }) => (recipe["seed"] = "43")),
    /^m\.dataset\.json: the recipe was changed\nm\.jsonl: rows/,
  ],
  ...[
    { seed: "43" },
    { std_dev: 0.2 },
    { confidence: 0.8 },
    { normalize: false },
    { digits: 6 },
    { count: 401, range: [1, 401] },
  ].map((change): [string, (out: string) => void, RegExp] => [
    `a forged recipe: ${JSON.stringify(change)}`,
    (out) => forgeRecipe(out, change, MANIFEST),
    /^m\.jsonl: (rows \d|Line \d)/,
  ]),
  [
    "fewer centroids",
    (out) => forge(out, "centroids", (c) => ({ ...(c as object), count: 4 })),
    /not those of the recipe/,
  ],
  [
    "random centroids",
    (out) => forgeRecipe(out, { centroids: { count: 5, sha256: null } }, MANIFEST),
    /^m\.jsonl: rows/,
  ],
  ...[
    { dim: 5 },
    { count: "400" },
    { format: "parquet" },
    { digits: 10 },
    { std_dev: -1 },
    { more: 1 },
    { range: [0, 401] },
    { centroids: null },
    { centroids: { count: 5 } },
  ].map((change): [string, (out: string) => void, RegExp] => [
    `a recipe that cannot be: ${JSON.stringify(change)}`,
    (out) => forgeRecipe(out, change, MANIFEST),
    /./,
  ]),
  [
    "a file that no recipe makes",
    (out) => edit(out, ({ files }) => void files.push({ ...files[0], path: "n.npy" })),
    /^n\.npy: /,
  ],
  ["a file not listed", (out) => edit(out, (m) => (m.files = [])), /^The manifest does not list every file$/],
];

function forge(out: string, key: string, change: (value: unknown) => unknown): void {
  const { recipe } = JSON.parse(readFileSync(`${out}/${MANIFEST}`, "utf8")) as LooseManifest;
  forgeRecipe(out, { [key]: change(recipe[key]) }, MANIFEST);
}

for (const [what, damage, says] of damages) {
  test(`finds ${what}`, async () => {
    await withMemories("jsonl", async (out) => {
      damage(out);
      for (const full of [false, true]) assert.match(await faultsOf(out, { full }), says);
    });
  });
}

test("finds a changed value in an .npy, and lines that are not those of its rows", async () => {
  await withMemories("npy", async (out) => {
    const whole = readFileSync(`${out}/m.metadata.jsonl`);
    editBytes(`${out}/m.metadata.jsonl`, changeDigitAfter('"cluster":'));
    assert.match(await faultsOf(out), /^m\.metadata\.jsonl: SHA-256 .*\nm\.metadata\.jsonl: rows/);
    writeFileSync(`${out}/m.metadata.jsonl`, whole);
    editBytes(`${out}/m.npy`, (bytes) => void (bytes[5000]! ^= 1));
    forgeSums(out, "m.npy.dataset.json");
    assert.match(await faultsOf(out), /^m\.npy: rows \d+ to \d+ are not those of the recipe$/);
  });
});

test("finds what is changed in Parquet, whichever column it is in, and rows that are missing", async () => {
  await withMemories("parquet", async (out) => {
    const whole = readFileSync(`${out}/m.parquet`);
    const says: [what: string, change: (bytes: Buffer) => void][] = [
      ["a text", (bytes) => bytes.write("s", bytes.indexOf("Synthetic memory 0000123"))],
      ["an id", (bytes) => bytes.write("9", bytes.indexOf("-0000123", bytes.indexOf("-0000000")) + 1)],
      ["a value", (bytes) => void (bytes[bytes.indexOf("Synthetic memory 0000399") + 5000]! ^= 1)],
      ["a cluster", (bytes) => void (bytes[bytes.indexOf("-0000399", bytes.indexOf("-0000000")) + 100]! ^= 1)],
    ];
    for (const [what, change] of says) {
      const bytes = Buffer.from(whole);
      change(bytes);
      writeFileSync(`${out}/m.parquet`, bytes);
      forgeSums(out, "m.parquet.dataset.json");
      assert.match(await faultsOf(out), /^m\.parquet: rows \d+ to \d+ are not those of the recipe$/, what);
    }
    for (const bytes of [whole.subarray(0, -1), whole.subarray(9), Buffer.alloc(0)]) {
      writeFileSync(`${out}/m.parquet`, bytes);
      assert.match(await faultsOf(out), /^m\.parquet: \d+ bytes, expected \d+\nm\.parquet: [^\n]+$/);
    }
    const [first, last] = [
      await writeMemories(`${out}/a`, { ...OPTIONS, count: 399, format: "parquet", centroids: 3 }),
      out,
    ];
    copyFileSync(`${out}/a/${first.files[0]!.path}`, `${last}/m.parquet`);
    forgeSums(out, "m.parquet.dataset.json");
    assert.equal(await faultsOf(`${out}/m.parquet`), "m.parquet: 399 rows, expected 400");
  });
});

test("centroids may come to lie in another kind of file, and the folder elsewhere with them", async () => {
  await withMemories("jsonl", async (out) => {
    rmSync(`${out}/../c.npy`);
    writeFileSync(`${out}/../c.fvecs`, fvecsBytes(fixedCentroids(5, 6), 6));
    edit(out, (manifest) => (inputsOf(manifest)[0]!["path"] = "../c.fvecs"));
    assert.equal(await faultsOf(out), "");
    const parent = dirname(out);
    mkdirSync(`${parent}/a`);
    renameSync(out, `${parent}/a/out`);
    renameSync(`${parent}/c.fvecs`, `${parent}/a/c.fvecs`);
    assert.equal(await faultsOf(`${parent}/a/out`), "");
  });
});

test("of two datasets in a folder each is asked for by name, and left-overs of the other are not its business", async () => {
  await withTempFolder(async (folder) => {
    await writeMemories(folder, { ...OPTIONS, centroids: 3 }, "a");
    await writeMemories(folder, { ...OPTIONS, centroids: 4, format: "npy" }, "b");
    assert.match(
      await faultsOf(folder),
      /holds several datasets: give one of a\.dataset\.json, b\.npy\.dataset\.json$/,
    );
    for (const name of ["b.npy.part", "b.npy.dataset.json.claim.part", "theirs.part"])
      writeFileSync(`${folder}/${name}`, "");
    for (const name of ["a.jsonl", "a.dataset.json"]) assert.equal(await faultsOf(`${folder}/${name}`), "");
    const left = /^b\.npy\.dataset\.json\.claim\.part: left .*\nb\.npy\.part: left by an unfinished run$/;
    for (const name of ["b.npy", "b.metadata.jsonl", "b.npy.dataset.json"])
      assert.match((await faultsOf(`${folder}/${name}`)).split("\n").sort().join("\n"), left);
    assert.match(await faultsOf(`${folder}/theirs.part`), /holds no theirs\.part\.dataset\.json/);
    copyFileSync(`${folder}/a.jsonl`, `${folder}/c.jsonl`);
    assert.match(await faultsOf(`${folder}/c.jsonl`), /holds no c\.dataset\.json/);
  });
});

test("--full finds what a sample with forged sums misses", async () => {
  await withTempFolder(async (folder) => {
    const manifest = await writeMemories(folder, { centroids: 2, dim: 1, count: 120_000 });
    const [pass] = await planOfManifest(manifest, folder);
    const sample = sampleBlocks(pass!, hashRecipe(manifest.recipe));
    const missed = Array.from({ length: 120_000 }, (_, row) => row).find(
      (row) => !sample.some(({ start, rows }) => row >= start && row < start + rows),
    )!;
    const key = `"id":"${/"id":"(\w+)-/.exec(readFileSync(`${folder}/m.jsonl`, "latin1"))![1]}-${String(missed).padStart(7, "0")}","cluster":`;
    editBytes(`${folder}/m.jsonl`, (bytes) => void (bytes[Buffer.from(bytes.buffer).indexOf(key) + key.length]! ^= 1));
    forgeSums(folder, MANIFEST);
    assert.equal(await faultsOf(folder), "");
    assert.match(await faultsOf(folder, { full: true }), /^m\.jsonl: rows \d+ to \d+ are not those of the recipe$/);
  });
});
