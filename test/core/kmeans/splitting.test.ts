import assert from "node:assert/strict";
import test from "node:test";
import { createCore } from "../../../src/core/instance.ts";
import { coarseFor, createClusters, takeRows } from "../../../src/core/kmeans/nearest.ts";
import { storeRows } from "../../../src/core/kmeans/rows.ts";
import { createRepair, sumOf } from "../../../src/core/kmeans/splitting.ts";
import { clusteredRows, purityOf } from "../../support/clusters.ts";

/** Clusters of the rows whose first centroids are the means by `labels`; `merged` turns run before anything is moved. */
function open(sample: Float32Array, dim: number, k: number, labels: Uint32Array) {
  const core = createCore();
  const rows = sample.length / dim;
  const stored = storeRows(core, dim, rows);
  stored.add(sample);
  const clusters = createClusters(core, dim, k);
  const coarse = coarseFor(rows, 10);
  for (let row = 0; row < rows; row++) {
    clusters.counts()[labels[row]!]!++;
    const sum = clusters.sums().subarray(labels[row]! * clusters.stride);
    stored.row(row).forEach((x, i) => (sum[i]! += x));
  }
  clusters.moveToMeans();
  const turn = () => {
    clusters.clear();
    const taken = takeRows(clusters, stored, 0, rows, coarse);
    clusters.moveToMeans();
    return taken;
  };
  return { turn, repair: createRepair(core, stored, clusters, coarse) };
}

test("two clusters under one centroid and one under two are put right, which turns alone never do", () => {
  for (const [k, dim, spread] of [
    [8, 16, 0.05],
    [20, 200, 0.08],
  ] as const) {
    const { sample, labels } = clusteredRows({ rows: 60 * k, k, dim, spread, seed: 11 });
    // Cluster 0 is cut in two by the parity of its rows, clusters 1 and 2 are one.
    const wrong = labels.map((label, row) => (label === 2 ? 1 : label === 0 && row % 2 === 0 ? 2 : label));
    const { turn, repair } = open(sample, dim, k, wrong);
    for (let i = 0; i < 5; i++) turn();
    const stuck = turn();
    assert.ok(purityOf(stuck.labels, labels, k) < 0.99, `${k} clusters: it is no trap`);
    assert.equal(repair.run(stuck), 1);
    turn();
    const mended = turn();
    assert.ok(purityOf(mended.labels, labels, k) > 0.99, `${k} clusters`);
    assert.ok(sumOf(mended.distances) < sumOf(stuck.distances));
    assert.equal(repair.run(turn()), 0);
  }
});

test("clusters without rows and of equal rows are no trouble", () => {
  const sample = Float32Array.from([0, 0, 0, 0, 5, 5, 5, 9]);
  const { turn, repair } = open(sample, 1, 4, Uint32Array.from([0, 0, 0, 0, 1, 1, 1, 1]));
  turn();
  assert.equal(repair.run(turn()), 1); // one without rows takes a half of the second
  assert.equal(sumOf((turn(), turn()).distances), 0);
  assert.equal(repair.run(turn()), 0);
  const single = open(sample, 1, 1, new Uint32Array(8));
  assert.equal(single.repair.run(single.turn()), 0);
});
