import assert from "node:assert/strict";
import { copyFileSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import test from "node:test";
import type { Manifest } from "../../src/data/manifest.ts";
import { planOfManifest } from "../../src/datasets/table.ts";
import { hashRecipe } from "../../src/pipeline/manifest.ts";
import { sampleBlocks } from "../../src/report/sample.ts";
import { verifyDataset, type VerifyOptions } from "../../src/report/verify.ts";
import { writeVectors } from "../support/dataset.ts";
import { editBytes, editManifest, forgeRecipe, forgeSums } from "../support/tamper.ts";
import { withTempFolder } from "../support/temp.ts";

const OPTIONS = { rows: 500, dim: 4, seed: "my-paper" };

async function faultsOf(folder: string, options?: VerifyOptions): Promise<readonly string[]> {
  return (await verifyDataset(folder, planOfManifest, options)).faults;
}

const flip = (at: number) => (bytes: Uint8Array) => void (bytes[at]! ^= 1);

/** What is done to a sound dataset, and the start of every fault it must give. */
const damages: [what: string, damage: (folder: string) => void, faults: RegExp[]][] = [
  [
    "a flipped bit in a vector",
    (f) => editBytes(`${f}/vectors.npy`, flip(4000)),
    [/^vectors\.npy: SHA-256/, /^vectors\.npy: rows/],
  ],
  [
    "a flipped bit in the last vector",
    (f) => editBytes(`${f}/vectors.npy`, flip(128 + 7999)),
    [/^vectors\.npy: SHA-256/, /^vectors\.npy: rows/],
  ],
  [
    "a flipped bit in the padding of the header",
    (f) => editBytes(`${f}/vectors.npy`, flip(120)),
    [/^vectors\.npy: SHA-256/],
  ],
  [
    "a changed label",
    (f) => editBytes(`${f}/metadata.jsonl`, flip(8)),
    [/^metadata\.jsonl: SHA-256/, /^metadata\.jsonl: rows/],
  ],
  [
    "vectors cut short",
    (f) => editBytes(`${f}/vectors.npy`, (b) => b.slice(0, -1)),
    [/^vectors\.npy: 8127 bytes, expected 8128/, /^vectors\.npy: /],
  ],
  [
    "metadata cut short",
    (f) => editBytes(`${f}/metadata.jsonl`, (b) => b.slice(0, -12)),
    [/^metadata\.jsonl: 5988 bytes, expected 6000/, /^metadata\.jsonl: 499 rows, expected 500/],
  ],
  [
    "a missing last newline",
    (f) => editBytes(`${f}/metadata.jsonl`, (b) => b.slice(0, -1)),
    [/^metadata\.jsonl: 5999 bytes/, /^metadata\.jsonl: /],
  ],
  [
    "longer vectors",
    (f) => editBytes(`${f}/vectors.npy`, (b) => Uint8Array.of(...b, 0)),
    [/^vectors\.npy: 8129 bytes/, /^vectors\.npy: /],
  ],
  [
    "a line too many",
    (f) => editBytes(`${f}/metadata.jsonl`, (b) => Uint8Array.of(...b, 123, 125, 10)),
    [/^metadata\.jsonl: 6003 bytes/, /^metadata\.jsonl: 501 rows/],
  ],
  ["empty vectors", (f) => writeFileSync(`${f}/vectors.npy`, ""), [/^vectors\.npy: 0 bytes/, /^vectors\.npy: /]],
  [
    "empty metadata",
    (f) => writeFileSync(`${f}/metadata.jsonl`, ""),
    [/^metadata\.jsonl: 0 bytes/, /^metadata\.jsonl: 0 rows/],
  ],
  ["no vectors", (f) => rmSync(`${f}/vectors.npy`), [/^vectors\.npy: Cannot read .*no such file/]],
  ["no metadata", (f) => rmSync(`${f}/metadata.jsonl`), [/^metadata\.jsonl: Cannot read .*no such file/]],
  [
    "a left-over",
    (f) => writeFileSync(`${f}/vectors.npy.part`, ""),
    [/^vectors\.npy\.part: left by an unfinished run/],
  ],
  [
    "another sum recorded",
    (f) => editManifest(f, ({ files }) => (files[0]!["sha256"] = "0".repeat(64))),
    [/^vectors\.npy: SHA-256 [0-9a-f]{64}, expected 0{64}/],
  ],
  [
    "another size recorded",
    (f) => editManifest(f, ({ files }) => (files[1]!["bytes"] = 7)),
    [/^metadata\.jsonl: 6000 bytes, expected 7/],
  ],
  [
    "a file not listed",
    (f) => editManifest(f, ({ files }) => void files.pop()),
    [/^metadata\.jsonl: the manifest does not list it/],
  ],
  [
    "a file listed that no recipe makes",
    (f) => editManifest(f, ({ files }) => void files.push({ ...files[0], path: "more.npy" })),
    [/^more\.npy: /],
  ],
  [
    "an edited recipe",
    (f) => editManifest(f, ({ recipe }) => (recipe["seed"] = "43")),
    [/^dataset\.json: the recipe was changed/, /^vectors\.npy: rows/, /^metadata\.jsonl: rows/],
  ],
  [
    "an edited recipe hash",
    (f) => editManifest(f, (m) => (m.recipe_sha256 = "0".repeat(64))),
    [/^dataset\.json: the recipe was changed/],
  ],
  ["a forged seed", (f) => forgeRecipe(f, { seed: "43" }), [/^vectors\.npy: rows/, /^metadata\.jsonl: rows/]],
  ["a forged distribution", (f) => forgeRecipe(f, { distribution: "uniform" }), [/^vectors\.npy: rows/]],
  ["a forged dimension", (f) => forgeRecipe(f, { dim: 5 }), [/^vectors\.npy: Rows of/]],
  ["forged classes", (f) => forgeRecipe(f, { classes: [{ name: "A", share: 1 }] }), [/^metadata\.jsonl: rows/]],
  [
    "a forged number of rows",
    (f) => forgeRecipe(f, { rows: 501, range: [0, 501] }),
    [
      /^dataset\.json: rows or format of vectors\.npy/,
      /^vectors\.npy: 500 rows, expected 501/,
      /^dataset\.json: rows or format of metadata\.jsonl/,
      /^metadata\.jsonl: 500 rows/,
    ],
  ],
  [
    "a forged range",
    (f) => forgeRecipe(f, { rows: 501, range: [1, 501] }),
    [/^vectors\.npy: rows/, /^metadata\.jsonl: rows/],
  ],
  [
    "changed rows and a forged sum",
    (f) => (editBytes(`${f}/vectors.npy`, flip(4000)), forgeSums(f)),
    [/^vectors\.npy: rows/],
  ],
  [
    "changed labels and a forged sum",
    (f) => (editBytes(`${f}/metadata.jsonl`, flip(8)), forgeSums(f)),
    [/^metadata\.jsonl: rows/],
  ],
];

for (const [what, damage, expected] of damages) {
  test(`finds ${what}`, async () => {
    await withTempFolder(async (folder) => {
      await writeVectors(folder, OPTIONS);
      damage(folder);
      for (const full of [false, true]) {
        const faults = await faultsOf(folder, { full });
        assert.equal(faults.length, expected.length, faults.join("\n"));
        expected.forEach((pattern, at) => assert.match(faults[at]!, pattern));
        assert.ok(faults.every((fault) => !fault.includes("\n")));
      }
    });
  });
}

const variants = [
  OPTIONS,
  { ...OPTIONS, distribution: "uniform", dim: 1 },
  { ...OPTIONS, range: [17, 400] },
  { ...OPTIONS, format: "npz" },
  { ...OPTIONS, format: "npz", compress: true, dim: 100, range: [3, 500] },
] as const;
for (const options of variants) {
  test(`a sound dataset has no faults: ${JSON.stringify(options)}`, async () => {
    await withTempFolder(async (folder) => {
      await writeVectors(folder, options);
      const [from, to] = "range" in options ? options.range : [0, 500];
      for (const full of [false, true]) {
        const report = await verifyDataset(folder, planOfManifest, { full });
        assert.deepEqual(report, { folder, faults: [], filesHashed: 2, rowsCompared: to - from, rows: to - from });
      }
    });
  });
}

test("finds a flipped bit anywhere in an npz, and in one with forged sums wherever it is in the rows", async () => {
  for (const compress of [false, true]) {
    await withTempFolder(async (folder) => {
      await writeVectors(folder, { ...OPTIONS, format: "npz", compress });
      const { length } = readFileSync(`${folder}/vectors.npz`);
      for (const at of [0, 5, 200, 1000, length >> 1, length - 100, length - 1]) {
        editBytes(`${folder}/vectors.npz`, flip(at));
        const faults = await faultsOf(folder);
        assert.ok(
          faults.some((fault) => fault.startsWith("vectors.npz: SHA-256")),
          `byte ${at}: ${faults}`,
        );
        editBytes(`${folder}/vectors.npz`, flip(at));
      }
      editBytes(`${folder}/vectors.npz`, flip(length >> 1));
      forgeSums(folder);
      assert.match((await faultsOf(folder)).join(), /^vectors\.npz: /);
    });
  }
});

test("finds files swapped between two datasets", async () => {
  await withTempFolder(async (parent) => {
    const [a, b] = [`${parent}/a`, `${parent}/b`];
    await writeVectors(a, OPTIONS);
    await writeVectors(b, { ...OPTIONS, seed: 43 });
    renameSync(`${a}/vectors.npy`, `${parent}/kept`);
    renameSync(`${b}/vectors.npy`, `${a}/vectors.npy`);
    renameSync(`${parent}/kept`, `${b}/vectors.npy`);
    for (const folder of [a, b]) {
      const faults = await faultsOf(folder);
      assert.deepEqual(
        faults.map((fault) => fault.split(" ")[1]),
        ["SHA-256", "rows"],
      );
    }
    copyFileSync(`${b}/dataset.json`, `${a}/dataset.json`); // now the metadata is the odd one out
    assert.match((await faultsOf(a)).join(), /^metadata\.jsonl: SHA-256 .*metadata\.jsonl: rows/);
  });
});

test("without checksums rows are still compared", async () => {
  await withTempFolder(async (folder) => {
    await writeVectors(folder, OPTIONS, { checksum: false });
    assert.deepEqual(await verifyDataset(folder, planOfManifest), {
      folder,
      faults: [],
      filesHashed: 0,
      rowsCompared: 500,
      rows: 500,
    });
    editBytes(`${folder}/vectors.npy`, flip(4000));
    assert.match((await faultsOf(folder)).join(), /^vectors\.npy: rows/);
  });
});

test("a signal stops the comparison of rows, where there are no sums to stop at", async () => {
  await withTempFolder(async (folder) => {
    await writeVectors(folder, OPTIONS, { checksum: false });
    const reason = new Error("enough");
    const options = { full: true, signal: AbortSignal.abort(reason) };
    await assert.rejects(verifyDataset(folder, planOfManifest, options), (error) => error === reason);
  });
});

test("--full finds what a sample with forged sums misses", async () => {
  await withTempFolder(async (folder) => {
    const manifest: Manifest = await writeVectors(folder, { rows: 120_000, dim: 1 });
    const [pass] = await planOfManifest(manifest, folder);
    const sample = sampleBlocks(pass!, hashRecipe(manifest.recipe));
    const missed = Array.from({ length: 120_000 }, (_, row) => row).find(
      (row) => !sample.some(({ start, rows }) => row >= start && row < start + rows),
    )!;
    editBytes(`${folder}/vectors.npy`, flip(128 + 4 * missed));
    forgeSums(folder);
    const sampled = await verifyDataset(folder, planOfManifest);
    assert.deepEqual(sampled.faults, []);
    assert.ok(sampled.rowsCompared < 120_000 && sampled.rowsCompared > 30_000);
    const full = await verifyDataset(folder, planOfManifest, { full: true });
    assert.match(full.faults.join(), /^vectors\.npy: rows \d+ to \d+ are not those of the recipe$/);
    assert.equal(full.rowsCompared, 120_000); // of the metadata
  });
});
