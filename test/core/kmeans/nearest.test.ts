import assert from "node:assert/strict";
import test from "node:test";
import { createCore } from "../../../src/core/instance.ts";
import { coarseFor, createClusters, takeRows } from "../../../src/core/kmeans/nearest.ts";
import { floats, storeRows } from "../../../src/core/kmeans/rows.ts";
import { createRandom } from "../../formats/samples.ts";
import { argmin, halfSquare, score, squaredDistance } from "../../reference/kmeans.ts";
import { assertSameBits } from "../../reference/same.ts";

const GUARD = 0xaa;
const GUARD_BYTES = 64;
const core = createCore();

/**
 * Rows of `dim` values, each padded with zeros to a multiple of four: some too small to be added exactly to the others, or
 * small whole numbers, so that ties come about.
 */
function paddedRows(count: number, dim: number, seed: number, whole = false): Float32Array[] {
  const random = createRandom(seed);
  const value = () =>
    whole
      ? Math.floor(random() * 3) - 1
      : (random() - 0.5) * 2 ** (Math.floor(random() * 8) - (random() < 0.3 ? 34 : 0));
  return Array.from({ length: count }, () =>
    Float32Array.from({ length: 4 * Math.ceil(dim / 4) }, (_, i) => (i < dim ? value() : 0)),
  );
}

function lent(rows: readonly Float32Array[]): number {
  const stride = rows[0]?.length ?? 4;
  const pointer = core.alloc(4 * stride * rows.length);
  rows.forEach((row, at) => floats(core, pointer + 4 * stride * at, stride).set(row));
  return pointer;
}

/** The bytes a kernel wrote; asserts that it wrote nothing outside them. */
function guarded(byteLength: number, run: (out: number) => void): Uint8Array {
  const region = core.alloc(byteLength + 2 * GUARD_BYTES);
  core.bytes(region, byteLength + 2 * GUARD_BYTES).fill(GUARD);
  run(region + GUARD_BYTES);
  const all = core.bytes(region, byteLength + 2 * GUARD_BYTES);
  const around = [...all.subarray(0, GUARD_BYTES), ...all.subarray(GUARD_BYTES + byteLength)];
  assert.ok(
    around.every((byte) => byte === GUARD),
    "bytes around the output were written",
  );
  return all.slice(GUARD_BYTES, GUARD_BYTES + byteLength);
}

test("scores equal their twin for every number of rows and centroids and every dim", () => {
  for (const [dim, k] of [
    ...Array.from({ length: 68 }, (_, i) => [i + 1, 5] as const),
    [8, 1],
    [3, 4],
    [768, 9],
  ] as const) {
    const counts = dim === 8 ? Array.from({ length: 68 }, (_, i) => i) : [1, 2, 3, 7];
    for (const count of counts) {
      const fours = Math.ceil(k / 4);
      const [rows, centroids] = [paddedRows(count, dim, 1 + dim), paddedRows(4 * fours, dim, 2 + dim)];
      const width = 4 * centroids[0]!.length;
      const [rowsAt, centroidsAt] = [lent(rows), lent(centroids)];
      const halves = new Float32Array(
        guarded(16 * fours, (out) => core.kernels.halfSquares(out, centroidsAt, 4 * fours, width)).buffer,
      );
      assertSameBits(halves, Float32Array.from(centroids, halfSquare), `halves of ${k} by ${dim}`);
      const halvesAt = lent([halves]);
      const found = guarded(16 * fours * count, (out) =>
        core.kernels.scores(out, rowsAt, count, centroidsAt, halvesAt, fours, width),
      );
      const expected = rows.flatMap((row) => centroids.map((c, at) => score(row, c, halves[at]!)));
      assertSameBits(new Float32Array(found.buffer), Float32Array.from(expected), `${count} rows, ${k} by ${dim}`);
    }
  }
});

test("the least score is found, the first of equal ones wherever they are", () => {
  for (let fours = 1; fours <= 17; fours++) {
    const scored = paddedRows(67, 4 * fours, fours, true);
    scored.push(new Float32Array(4 * fours).fill(Infinity)); // not even one: the first
    const pointer = lent(scored);
    const found = guarded(4 * scored.length, (out) => core.kernels.argmin(out, pointer, scored.length, fours));
    assert.deepEqual([...new Uint32Array(found.buffer)], scored.map(argmin), `${4 * fours} scores`);
  }
});

test("rows are labelled, measured and added up as the twin says, whatever the blocks and regions", () => {
  for (const [dim, k, count] of [
    [1, 1, 1],
    [3, 2, 95],
    [5, 7, 97],
    [8, 4, 200],
    [33, 10, 67],
    [768, 3, 5],
  ] as const) {
    const own = createCore();
    const [rows, centroids] = [paddedRows(count, dim, dim), paddedRows(k, dim, k + 100)];
    const clusters = createClusters(own, dim, k);
    const stored = storeRows(own, dim, count);
    for (const row of rows) stored.add(row.subarray(0, dim));
    centroids.forEach((c, at) => clusters.centroid(at).set(c));
    clusters.prepare();
    const coarse = coarseFor(count, 128);
    for (const [first, part] of [
      [0, count],
      [Math.floor(count / 3), Math.floor(count / 2)],
    ] as const) {
      clusters.clear();
      const { labels, distances } = takeRows(clusters, stored, first, part, coarse);
      const asked = rows.slice(first, first + part);
      const expected = asked.map((row) => argmin(Float32Array.from(centroids, (c) => score(row, c, halfSquare(c)))));
      assert.deepEqual([...labels], expected);
      assert.deepEqual(
        [...distances],
        asked.map((row, at) => squaredDistance(row, centroids[expected[at]!]!)),
      );
      const sums = new Float64Array(k * clusters.stride);
      asked.forEach((row, at) =>
        row.forEach((x, i) => (sums[expected[at]! * clusters.stride + i]! += x + coarse - coarse)),
      );
      assert.deepEqual(clusters.sums(), sums);
      assert.deepEqual(
        [...clusters.counts()],
        centroids.map((_, at) => expected.filter((label) => label === at).length),
      );
    }
  }
});

test("means are sums by counts, and clusters without rows stay where they are", () => {
  for (const dim of [1, 4, 7, 64]) {
    const own = createCore();
    const clusters = createClusters(own, dim, 3);
    clusters.centroids().fill(9);
    const random = createRandom(dim);
    const sums = clusters.sums().map(() => random() * 1000);
    clusters.sums().set(sums);
    clusters.counts().set([3, 0, 7]);
    clusters.moveToMeans();
    const expected = Float32Array.from(sums, (sum, i) => [sum / 3, 9, sum / 7][Math.floor(i / clusters.stride)]!);
    assertSameBits(clusters.centroids(), expected, `dim ${dim}`);
  }
});

test("sums are the same in any order, for values of any size", () => {
  for (const size of [1e-40, 1e-30, 1, 100, 3e38]) {
    const random = createRandom(5);
    const values = Float32Array.from({ length: 5000 }, () => (random() - 0.5) * size * 10 ** (-8 * random()));
    const largest = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    const coarse = coarseFor(values.length, largest);
    const rounded = [...values].map((x) => x + coarse - coarse);
    const sum = (order: readonly number[]) => order.reduce((total, x) => total + x, 0);
    assert.equal(sum(rounded), sum(rounded.toReversed()));
    assert.equal(sum(rounded), sum(rounded.toSorted((a, b) => a - b)));
    rounded.forEach((x, i) => assert.ok(Math.abs(x - values[i]!) <= largest * 2 ** -35, `${values[i]} became ${x}`));
  }
  assert.ok(Number.isFinite(coarseFor(1, 0)));
});

test("rows behind the first region are found", () => {
  const own = createCore();
  const dim = 2 ** 22; // 16 rows a region
  const stored = storeRows(own, dim, 18);
  for (let row = 0; row < 18; row += 6) {
    const values = new Float32Array(6 * dim);
    for (let at = 0; at < 6; at++) values.fill(row + at, at * dim, (at + 1) * dim);
    stored.add(values);
  }
  const runs = [...stored.runs(3, 15)].map(({ pointer, rows }) => [rows, floats(own, pointer, 1)[0]]);
  assert.deepEqual(runs, [
    [13, 3],
    [2, 16],
  ]);
  assert.equal(stored.row(17)[5], 17);
  assert.throws(() => stored.add(new Float32Array(dim)), /Cannot store 19 rows: expected at most 18/);
});
