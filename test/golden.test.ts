import assert from "node:assert/strict";
import test from "node:test";
import { createCore } from "../src/core/instance.ts";
import { keyOf } from "../src/core/key.ts";
import { streams } from "../src/core/streams.ts";
import type { SourceSpec } from "../src/data/plan.ts";
import { planImages } from "../src/datasets/imageplan.ts";
import { resolveImages, type ImagesOptions } from "../src/datasets/images.ts";
import type { MemoriesOptions } from "../src/datasets/memories.ts";
import { resolveVectors, type VectorsOptions } from "../src/datasets/vectors.ts";
import { writeDataset } from "../src/pipeline/dataset.ts";
import { hashRecipe } from "../src/pipeline/manifest.ts";
import { openSource } from "../src/sources/table.ts";
import { thresholdsOf } from "../src/sources/category.ts";
import { writeVectors } from "./support/dataset.ts";
import { differences, updatedSums, withNewSums } from "./support/golden.ts";
import { fixedCentroids, writeCentroids, writeMemories } from "./support/memories.ts";
import { sha256, sha256OfPath } from "./support/sums.ts";
import { withTempFolder } from "./support/temp.ts";

// These sums hold for all of a major version. A test that fails here has found a breaking change.
const golden = new URL("./golden/sums.json", import.meta.url);

const SEEDS = ["0", "42", "18446744073709551615", "my-paper"];
const PLACES = [
  { start: 0, rows: 256 },
  { start: 10 ** 12 + 5, rows: 40 },
];

const CLASSES: Record<string, readonly number[]> = {
  "0.1, 0.3, 0.6": [0.1, 0.3, 0.6],
  "256 equal": Array.from({ length: 256 }, () => 1 / 256),
};

/** Every source with its parameters, its seed still to be chosen. */
const sources: Record<string, (key: readonly [number, number]) => SourceSpec> = {};
for (const kind of ["gaussian", "uniform"] as const) {
  for (const dim of [1, 3, 100, 768]) {
    sources[`${kind} dim ${dim}`] = (key) => ({ kind, field: "vectors", dim, key, stream: streams.vectors });
  }
}
for (const [name, shares] of Object.entries(CLASSES)) {
  const [labels, thresholds] = [shares.map((_, code) => String(code)), thresholdsOf(shares)];
  sources[`category ${name}`] = (key) => ({
    kind: "category",
    field: "cls",
    labels,
    thresholds,
    key,
    stream: streams.cls,
  });
}

for (const [dim, count, stdDev, normalize] of [
  [1, 3, 0.5, false],
  [100, 10, 0.1, true],
  [768, 100, 0.1, true],
  [7, 259, 3, true],
] as const) {
  const rest = { dim, centroids: fixedCentroids(count, dim), stdDev, normalize };
  const streamsOf = { stream: streams.memoryNoise, clusterStream: streams.memoryClusters };
  sources[`clustered dim ${dim}, ${count} centroids, standard deviation ${stdDev}`] = (key) => ({
    ...{ kind: "clustered", field: "embedding", key },
    ...rest,
    ...streamsOf,
  });
}
for (const bound of [1, 100, 131_072, 2 ** 32 - 1]) {
  sources[`index below ${bound}`] = (key) => ({
    kind: "index",
    field: "cluster",
    bound,
    key,
    stream: streams.memoryClusters,
  });
}
for (const base of [0.7, 0.55]) {
  const range = { base, spread: 0.1, min: 0.5, max: 1 };
  sources[`jittered around ${base}`] = (key) => ({
    ...{ kind: "jittered", field: "confidence", key, stream: streams.memoryConfidence },
    ...range,
  });
}

const datasets: readonly VectorsOptions[] = [
  { rows: 1000 },
  { rows: 1000, seed: "my-paper", distribution: "uniform", dim: 3 },
  { rows: 1000, seed: 0, classes: { '"quoted"': 0.5, "zwölf\n": 0.5 } },
  { rows: 10 ** 12, range: [10 ** 12 - 1003, 10 ** 12 - 3] },
  { rows: 1000, format: "npz" },
  { rows: 5000, format: "npz", compress: true },
  { rows: 1000, format: "npz", compress: true, dim: 768 },
];

const corpora: readonly ImagesOptions[] = [
  { numImages: 12_000 },
  { numImages: 12_000, seed: "my-paper", palette: "arc", label: "count", gridSize: 8, unique: true },
  { numImages: 600, gridSize: 64, label: "type", splits: [0.29, 0.71, 0] },
  { numImages: 600, format: "npy", gridSize: 33 },
  { numImages: 600, format: "idx", palette: "arc" },
  { numImages: 600, format: "imagefolder" },
  { numImages: 600, format: "webdataset", palette: "arc" },
  { numImages: 600, format: "parquet" },
];

/** With `given` the centroids are those of a file, by a fixed formula: so many. */
const memories: readonly (Omit<MemoriesOptions, "centroids"> & { centroids?: number; given?: number })[] = [
  { centroids: 100, count: 1000 },
  { centroids: 100, count: 1000, format: "npy", seed: "my-paper" },
  { centroids: 7, dim: 33, count: 1000, digits: 6, seed: 0, normalize: false },
  { centroids: 100, dim: 128, count: 10 ** 12, range: [10 ** 12 - 1003, 10 ** 12 - 3], confidence: 0.55 },
  { given: 12, dim: 50, count: 1000, cosine: 0.8 },
  { given: 12, dim: 50, count: 1000, stdDev: 0 },
  { centroids: 100, count: 3000, format: "parquet" },
  { given: 12, dim: 50, count: 10 ** 12, range: [10 ** 12 - 9003, 10 ** 12 - 3], cosine: 0.8, format: "parquet" },
];

function sumsOfSources(): Record<string, string> {
  const sums: Record<string, string> = {};
  for (const [name, specOf] of Object.entries(sources)) {
    for (const seed of SEEDS) {
      for (const { start, rows } of PLACES) {
        const { columns } = openSource(createCore(), [specOf(keyOf(seed))], rows).read(start, rows);
        sums[`${name}, seed ${seed}, rows ${start} to ${start + rows}`] = sha256(columns[0]!.data);
      }
    }
  }
  return sums;
}

async function sumsOfFiles(): Promise<Record<string, string>> {
  const sums: Record<string, string> = {};
  for (const options of datasets) {
    const name = JSON.stringify(options);
    sums[`recipe of ${name}`] = hashRecipe(resolveVectors(options));
    await withTempFolder(async (folder) => {
      const { files } = await writeVectors(`${folder}/data`, options);
      for (const { path } of files) sums[`${path} of ${name}`] = sha256OfPath(`${folder}/data/${path}`);
    });
  }
  return sums;
}

async function sumsOfCorpora(): Promise<Record<string, string>> {
  const sums: Record<string, string> = {};
  for (const options of corpora) {
    const name = JSON.stringify(options);
    const recipe = resolveImages(options);
    sums[`recipe of ${name}`] = hashRecipe(recipe);
    await withTempFolder(async (folder) => {
      const plan = { recipe, passes: await planImages(recipe), folder: `${folder}/corpus` };
      const { files } = await writeDataset(plan, { workers: 0, checksum: true });
      for (const { path, sha256: sum } of files) sums[`${path} of ${name}`] = sum!;
    });
  }
  return sums;
}

async function sumsOfMemories(): Promise<Record<string, string>> {
  const sums: Record<string, string> = {};
  for (const options of memories) {
    const name = JSON.stringify(options);
    await withTempFolder(async (folder) => {
      const { given, dim = 768, centroids = 0, ...rest } = options;
      const asked = given === undefined ? centroids : writeCentroids(`${folder}/c.npy`, given, dim);
      const { files, recipe_sha256: recipe } = await writeMemories(folder, { ...rest, dim, centroids: asked });
      sums[`recipe of ${name}`] = recipe;
      for (const { path } of files) sums[`${path} of ${name}`] = sha256OfPath(`${folder}/${path}`);
    });
  }
  return sums;
}

test("the bytes of every source and file are those of this major version", async () => {
  const sumsOfDatasets = [await sumsOfFiles(), await sumsOfCorpora(), await sumsOfMemories()];
  const actual = Object.assign(sumsOfSources(), ...sumsOfDatasets) as Record<string, string>;
  assert.deepEqual(differences(updatedSums(golden, actual), actual), []);
});

test("the numbers of the streams are what they always were", () => {
  // Append only.
  const known = {
    ...{ fill: 0, vectors: 1, cls: 2, audit: 3, trainImages: 4, valImages: 5, testImages: 6, shown: 7 },
    ...{ memoryNoise: 8, memoryClusters: 9, memoryConfidence: 10, memoryWords: 11 },
    ...{ centroids: 12, kmeans: 13, sampled: 14, textSigns: 15 },
  };
  assert.deepEqual({ ...streams, ...known }, streams);
  assert.equal(new Set(Object.values(streams)).size, Object.keys(streams).length);
});

test("a sum that changed, one that is missing and a new one are told apart", () => {
  const lines = differences({ same: "1", changed: "2", gone: "3" }, { same: "1", changed: "4", new: "5" });
  assert.deepEqual(
    lines.map((line) => line.split(":")[0]),
    ["changed", "gone", "new"],
  );
  assert.deepEqual(withNewSums({ changed: "2" }, { changed: "4", new: "5" }), { changed: "2", new: "5" });
});
