import assert from "node:assert/strict";
import test from "node:test";
import { kmeans, type KMeansOptions, type KMeansResult } from "../../../src/pipeline/kmeans/kmeans.ts";
import { createRandom } from "../../formats/samples.ts";
import { clusteredRows, purityOf } from "../../support/clusters.ts";

const key = [42, 0] as const;
const run = (rows: readonly (readonly number[])[], options: Omit<KMeansOptions, "key">): Promise<KMeansResult> =>
  kmeans(Float32Array.from(rows.flat()), rows[0]!.length, { key, workers: 0, ...options });

/** Clusters in the order of their first values, which says nothing about how they were found. */
function sorted({ centroids, sizes }: KMeansResult, dim: number): [centroid: number[], size: number][] {
  const all = sizes.map((size, at): [number[], number] => [[...centroids.subarray(at * dim, (at + 1) * dim)], size]);
  return all.sort(([a], [b]) => a[0]! - b[0]!);
}

test("a few points are clustered as by hand", async () => {
  const points = [[0], [1], [10], [11], [100], [104]];
  const two = await run(points, { k: 2 });
  assert.deepEqual(sorted(two, 1), [
    [[5.5], 4],
    [[102], 2],
  ]);
  assert.equal(two.inertia, 101 + 8);
  const three = await run(points, { k: 3 });
  assert.deepEqual(sorted(three, 1), [
    [[0.5], 2],
    [[10.5], 2],
    [[102], 2],
  ]);
  assert.equal(three.inertia, 0.5 + 0.5 + 8);
  assert.equal((await run(points, { k: 6 })).inertia, 0);
  const squares = [
    [0, 0],
    [0, 2],
    [9, 9],
    [9, 11],
    [11, 9],
    [11, 11],
  ];
  const corners = await run(squares, { k: 2 });
  assert.deepEqual(sorted(corners, 2), [
    [[0, 1], 2],
    [[10, 10], 4],
  ]);
  assert.equal(corners.inertia, 2 + 8);
});

test("one row, one cluster, equal rows and zeros are nothing special", async () => {
  assert.deepEqual(sorted(await run([[3, 4]], { k: 1 }), 2), [[[3, 4], 1]]);
  const one = await run(
    [
      [1, 2],
      [3, 4],
      [5, 0],
    ],
    { k: 1 },
  );
  assert.deepEqual([one.centroids, one.sizes, one.inertia], [Float32Array.of(3, 2), [3], 8 + 8]);
  for (const value of [0, 0.1, -3e38, 1e-42]) {
    const equal = await run(
      Array.from({ length: 50 }, () => [value, value, 0]),
      { k: 4 },
    );
    const row = [...Float32Array.of(value, value, 0)];
    assert.deepEqual([...equal.centroids], [row, row, row, row].flat());
    assert.deepEqual([equal.inertia, equal.sizes], [0, [50, 0, 0, 0]]);
  }
});

test("where fewer rows than clusters differ, each has its own and the inertia is none", async () => {
  const random = createRandom(3);
  const kinds = Array.from({ length: 7 }, () => [random(), random() - 1, 5 * random()]);
  const rows = Array.from({ length: 3000 }, () => kinds[Math.floor(random() * 7)]!);
  for (const k of [7, 8, 20]) {
    const { sizes, inertia, centroids, labels } = await run(rows, { k });
    assert.equal(inertia, 0);
    assert.equal(sizes.filter((size) => size > 0).length, 7);
    rows.forEach((row, at) =>
      assert.deepEqual([...centroids.subarray(3 * labels[at]!, 3 * labels[at]! + 3)], [...Float32Array.from(row)]),
    );
  }
});

test("known clusters are found, however many and unequal, wherever they lie and whatever their size", async () => {
  for (const [k, dim, spread] of [
    [3, 2, 0.02],
    [30, 16, 0.05],
    [100, 64, 0.1],
    [100, 256, 0.12],
  ] as const) {
    for (const [scale, shift] of [
      [1, 0],
      [1e-30, 0],
      [1e25, 0],
      [1, 500],
    ] as const) {
      if (k === 100 && scale !== 1) continue;
      const { sample, labels } = clusteredRows({ rows: 12_000, k, dim, spread, seed: k, scale, shift });
      const found = await kmeans(sample, dim, { k, key, workers: 0 });
      const purity = purityOf(found.labels, labels, k);
      assert.ok(purity > 0.99, `${k} by ${dim}, ${scale} * x + ${shift}: purity ${purity}`);
    }
  }
});
