import assert from "node:assert/strict";
import test from "node:test";
import { createCore } from "../../src/core/instance.ts";
import { streams } from "../../src/core/streams.ts";
import type { RowBlock } from "../../src/data/rows.ts";
import { columnOf } from "../../src/data/rows.ts";
import { centroidsOf, memorySources, resolveMemories } from "../../src/datasets/memories.ts";
import { OBJECTS, TOPICS, VERBS } from "../../src/formats/memorywords.ts";
import { openSource } from "../../src/sources/table.ts";
import { assertEvenCounts, assertWithin } from "./evidence.ts";

const ROWS = 200_000;
const K = 100;
const DIM = 4;

// The seed is fixed, so every p-value here is a constant.
const recipe = resolveMemories({ centroids: K, dim: DIM, count: ROWS, seed: 20_261_120, normalize: false });
const centroids = centroidsOf(recipe, undefined);
const block: RowBlock = openSource(createCore(), memorySources(recipe, centroids), ROWS).read(0, ROWS);
const column = (name: string) => columnOf(block, name).data as ArrayLike<number>;
const [clusters, confidence, sentences, values] = ["cluster", "confidence", "sentence", "embedding"].map(column) as [
  ArrayLike<number>,
  ArrayLike<number>,
  ArrayLike<number>,
  ArrayLike<number>,
];

/** Counts of the cells that `cellOf` gives to the rows. */
function countsOf(cells: number, cellOf: (row: number) => number, rows = ROWS): Uint32Array {
  const counts = new Uint32Array(cells);
  for (let row = 0; row < rows; row++) counts[cellOf(row)]!++;
  return counts;
}

const decile = (row: number) => Math.min(9, Math.floor((confidence[row]! - 0.6) * 50));

test("clusters, words and confidence are uniform", () => {
  assertEvenCounts(
    countsOf(K, (row) => clusters[row]!),
    "clusters",
  );
  assertEvenCounts(countsOf(10, decile), "confidence");
  const verb = (row: number) => Math.floor(sentences[row]! / OBJECTS.length) % VERBS.length;
  assertEvenCounts(
    countsOf(OBJECTS.length, (row) => sentences[row]! % OBJECTS.length),
    "objects",
  );
  assertEvenCounts(countsOf(VERBS.length, verb), "verbs");
  const topic = (row: number) => Math.floor(sentences[row]! / (OBJECTS.length * VERBS.length));
  assertEvenCounts(countsOf(TOPICS.length, topic), "topics");
});

test("clusters come in no order: neither next to each other nor from one part of the rows to another", () => {
  assertEvenCounts(
    countsOf(K * K, (pair) => clusters[2 * pair]! * K + clusters[2 * pair + 1]!, ROWS / 2),
    "pairs",
  );
  for (const lag of [1, 2, 4, 16, 336]) {
    let same = 0;
    for (let row = lag; row < ROWS; row++) if (clusters[row] === clusters[row - lag]) same++;
    const [mean, variance] = [(ROWS - lag) / K, ((ROWS - lag) * (1 - 1 / K)) / K];
    assertWithin((same - mean) / Math.sqrt(variance), 4.5, `rows in the cluster of the row ${lag} before`);
  }
  let runs = 1; // of clusters below K / 2 and not; Wald and Wolfowitz
  for (let row = 1; row < ROWS; row++) if (clusters[row]! < K / 2 !== clusters[row - 1]! < K / 2) runs++;
  assertWithin((runs - ROWS / 2) / Math.sqrt(ROWS / 4), 4.5, "runs");
  assertEvenCounts(
    countsOf(100, (row) => Math.floor((row * 10) / ROWS) * 10 + Math.floor(clusters[row]! / 10)),
    "tenths",
  );
  assert.ok(new Set(Array.from({ length: 800 }, (_, row) => clusters[row])).size >= 99, "the first 800 rows");
});

test("what is drawn for a memory comes from streams of their own, centroids too", () => {
  const drawn = memorySources(recipe, centroids).flatMap((spec) =>
    spec.kind === "clustered" ? [spec.stream, spec.clusterStream] : "stream" in spec ? [spec.stream] : [],
  );
  assert.equal(drawn.length, 5);
  assert.equal(new Set([...drawn, streams.centroids]).size, 5, "only the clusters' numbers are drawn twice");
});

test("what a memory has says nothing of what else it has", () => {
  const topic = (row: number) => Math.floor(sentences[row]! / (OBJECTS.length * VERBS.length));
  assertEvenCounts(
    countsOf(K * 10, (row) => clusters[row]! * 10 + decile(row)),
    "cluster and confidence",
  );
  assertEvenCounts(
    countsOf(K * 64, (row) => clusters[row]! * 64 + topic(row)),
    "cluster and topic",
  );
  assertEvenCounts(
    countsOf(640, (row) => topic(row) * 10 + decile(row)),
    "topic and confidence",
  );
  const isUp = (row: number) => Number(values[row * DIM]! > centroids[clusters[row]! * DIM]!);
  assertEvenCounts(
    countsOf(2 * K, (row) => clusters[row]! * 2 + isUp(row)),
    "cluster and noise",
  );
  assertEvenCounts(
    countsOf(20, (row) => decile(row) * 2 + isUp(row)),
    "confidence and noise",
  );
});

test("the noise has the deviation that was asked for, around each centroid", () => {
  const [sums, squares] = [new Float64Array(K), new Float64Array(K)];
  const counts = countsOf(K, (row) => clusters[row]!);
  for (let row = 0; row < ROWS; row++) {
    const cluster = clusters[row]!;
    for (let i = 0; i < DIM; i++) {
      const z = (values[row * DIM + i]! - centroids[cluster * DIM + i]!) / 0.1;
      sums[cluster]! += z;
      squares[cluster]! += z * z;
    }
  }
  for (let k = 0; k < K; k++) {
    const n = counts[k]! * DIM;
    assertWithin(sums[k]! / Math.sqrt(n), 4.5, `mean around centroid ${k}`);
    assertWithin((squares[k]! - n) / Math.sqrt(2 * n), 4.5, `variance around centroid ${k}`);
  }
});

test("random centroids are uniform on the sphere", () => {
  const dim = 3;
  const count = 60_000;
  const random = centroidsOf(resolveMemories({ centroids: count, dim, count: 1, seed: 7 }), undefined);
  // Archimedes: each coordinate of a point on the sphere in three dimensions is uniform in -1 to 1.
  for (let i = 0; i < dim; i++)
    assertEvenCounts(
      countsOf(50, (k) => Math.min(49, Math.floor((random[k * dim + i]! + 1) * 25)), count),
      `axis ${i}`,
    );
  for (let k = 0; k < count; k++)
    assert.ok(Math.abs(Math.hypot(...random.subarray(k * dim, (k + 1) * dim)) - 1) < 1e-6);
});
