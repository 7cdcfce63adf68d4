import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import type { ImageFormat } from "../../src/datasets/images.ts";
import { generateImages, verify, type ImagesOptions, type Split } from "../../src/index.ts";
import { openCorpus } from "../../src/report/corpus.ts";
import type { ImageRows } from "../../src/report/readers.ts";
import { openFile, type OpenFile } from "../../src/runtime/files.ts";
import { assertSameBytes } from "../reference/same.ts";
import { readIdxBytes, readNpyBytes, readNpzBytes, type ByteArray } from "../support/arrays.ts";
import { buildCli } from "../support/built.ts";
import { readMetadata } from "../support/corpora.ts";
import { inParallel } from "../support/parallel.ts";
import { withTempFolder } from "../support/temp.ts";

const SPLITS = ["train", "val", "test"] as const;
const FIELDS = ["images", "labels", "factors"] as const;
type Arrays = Record<(typeof FIELDS)[number], ByteArray>;

const cli = buildCli();
process.on("exit", cli.remove);

/** For each container: the names in its folder besides the report, of 300 images in splits of 240, 30 and 30. */
const names: Record<ImageFormat, string[]> = {
  npz: SPLITS.map((split) => `${split}.npz`),
  npy: SPLITS.flatMap((split) => FIELDS.map((field) => `${split}_${field}.npy`)),
  idx: SPLITS.flatMap((split) =>
    [`images-idx3`, `labels-idx1`, `factors-idx3`].map((kind) => `${split}-${kind}-ubyte`),
  ),
  imagefolder: [...SPLITS],
  webdataset: SPLITS.map((split) => `${split}-000000.tar`),
  parquet: SPLITS.map((split) => `${split}-00000-of-00001.parquet`),
};

const REPORT = ["metadata.json", "report.json", "validation_report.png"];

/** How a split is read: by readers of the tests' own where there are arrays, by the product's where there are pictures. */
async function readSplit(folder: string, split: Split, format: ImageFormat): Promise<Arrays> {
  if (format === "npz") return readNpzBytes(`${folder}/${split}.npz`) as Arrays;
  if (format === "npy") return fromFields((field) => readNpyBytes(`${folder}/${split}_${field}.npy`));
  if (format === "idx") {
    const axes = { images: 3, labels: 1, factors: 3 };
    return fromFields((field) => readIdxBytes(`${folder}/${split}-${field}-idx${axes[field]}-ubyte`));
  }
  return readPictures(folder, split);
}

function fromFields(read: (field: (typeof FIELDS)[number]) => ByteArray): Arrays {
  return { images: read("images"), labels: read("labels"), factors: read("factors") };
}

async function readPictures(folder: string, name: Split): Promise<Arrays> {
  const opened: OpenFile[] = [];
  try {
    const corpus = await openCorpus(folder, async (path) => {
      const file = await openFile(path);
      opened.push(file);
      return file;
    });
    const split = corpus.splits.find((candidate) => candidate.name === name)!;
    const blocks: ImageRows[] = [];
    for await (const block of split.read()) blocks.push(block);
    const join = (field: (typeof FIELDS)[number], ...rest: number[]) => ({
      shape: [split.rows, ...rest],
      data: Uint8Array.from(blocks.flatMap((block) => [...block[field]!])),
    });
    return { images: join("images", split.size, split.size), labels: join("labels"), factors: join("factors", 4, 6) };
  } finally {
    await Promise.all(opened.map((file) => file.close()));
  }
}

const variants = [
  { palette: "gray", label: "composition", gridSize: 16, seed: 42 },
  { palette: "arc", label: "count", gridSize: 19, seed: "my-paper" }, // an odd size
] as const satisfies readonly Omit<ImagesOptions, "numImages">[];

for (const format of Object.keys(names) as ImageFormat[]) {
  for (const variant of variants) {
    test(`${format} with palette ${variant.palette}: written, sound, and read back as it was drawn`, async () => {
      await withTempFolder(async (parent) => {
        const folder = `${parent}/shapes`;
        const { palette, label, gridSize, seed } = variant;
        const style = ["--palette", palette, "--label", label, "--grid-size", `${gridSize}`, "--seed", `${seed}`];
        const args = ["--num-images", "300", "--format", format, "--output-dir", folder, ...style];
        const { code, stdout, stderr } = await cli.run("images", "--yes", "--json", ...args);
        assert.equal(code, 0, stderr);
        const { report } = JSON.parse(stdout);
        assert.deepEqual([report.ok, report.images, report.grid_size, report.palette], [true, 300, gridSize, palette]);
        const failed = report.checks.filter(({ pass }: { pass: boolean | null }) => pass === false);
        assert.deepEqual(failed, []);
        assert.deepEqual(readdirSync(folder).sort(), [...names[format], ...REPORT].sort());
        assert.deepEqual(readMetadata(folder)["file_format"], { dtype: "uint8", compression: format });
        for (const full of [false, true]) {
          const { faults, rows, rowsCompared } = await verify(folder, { full });
          assert.deepEqual([faults, rows, rowsCompared], [[], 300, 300]);
        }
        for await (const { split, rows, images, labels, factors } of generateImages({ numImages: 300, ...variant })) {
          const found = await readSplit(folder, split, format);
          assert.equal(rows, split === "train" ? 240 : 30);
          assert.deepEqual(found.images.shape, [rows, gridSize, gridSize]);
          assert.deepEqual([found.labels.shape, found.factors.shape], [[rows], [rows, 4, 6]]);
          assertSameBytes(found.images.data, images, `images of ${split}`);
          assertSameBytes(found.labels.data, labels, `labels of ${split}`);
          assertSameBytes(found.factors.data, factors, `factors of ${split}`);
          const values = new Set(images);
          assert.ok(palette === "arc" ? [...values].every((value) => value < 10) : values.has(255));
        }
      });
    });
  }
}

for (const format of Object.keys(names) as ImageFormat[]) {
  test(`${format}: corpora of one and of three images, with splits that are empty`, async () => {
    await withTempFolder(async (parent) => {
      await inParallel([1, 3], async (count) => {
        const folder = `${parent}/${count}`;
        const args = ["--num-images", `${count}`, "--format", format, "--output-dir", folder];
        const { code, stdout } = await cli.run("images", "--yes", "--json", "--quiet", ...args);
        assert.equal(code, 0);
        const { ok, splits } = JSON.parse(stdout).report;
        const counts = Object.values(splits as Record<string, { images: number }>).map(({ images }) => images);
        assert.deepEqual([ok, counts], [true, count === 1 ? [0, 0, 1] : [2, 0, 1]]);
        assert.deepEqual((await verify(folder, { full: true })).faults, []);
      });
    });
  });
}
