import assert from "node:assert/strict";
import test from "node:test";
import { kmeans, type KMeansOptions, type KMeansResult } from "../../../src/pipeline/kmeans/kmeans.ts";
import { batchCount, shareOf } from "../../../src/pipeline/kmeans/share.ts";
import { startKMeansThread } from "../../../src/pipeline/kmeans/thread.ts";
import { assertSameBits, assertSameBytes } from "../../reference/same.ts";
import { clusteredRows } from "../../support/clusters.ts";
import { sha256 } from "../../support/sums.ts";
import { soon } from "../../support/soon.ts";

const key = [7, 0] as const;

function assertSame(actual: KMeansResult, expected: KMeansResult, what: string): void {
  assertSameBits(actual.centroids, expected.centroids, `${what}: centroids`);
  assertSameBytes(actual.labels, expected.labels, `${what}: labels`);
  assert.deepEqual(numbersOf(actual), numbersOf(expected), what);
}

function numbersOf({ centroids: _c, labels: _l, ...numbers }: KMeansResult) {
  return numbers;
}

test("any number of threads gives the same bytes", async () => {
  const cases: [rows: number, dim: number, shift: number, options: Omit<KMeansOptions, "key">][] = [
    [9001, 13, 0, { k: 17 }],
    [6000, 8, 300, { k: 5, algorithm: "lloyd", maxEpochs: 3 }],
    [1500, 3, 0, { k: 40, batchRows: 7 }],
    [5, 2, 0, { k: 3 }],
  ];
  for (const [rows, dim, shift, options] of cases) {
    const { sample } = clusteredRows({ rows, k: 12, dim, spread: 0.3, seed: rows, shift });
    for (let at = 0; at < sample.length; at += 7) sample[at]! *= 1e-9; // too small to be added exactly as they are
    const alone = await kmeans(sample, dim, { ...options, key, workers: 0 });
    for (const workers of [1, 2, 3]) {
      const shared = await soon(kmeans(sample, dim, { ...options, key, workers }));
      assertSame(shared, alone, `${rows} rows, ${workers} workers`);
    }
  }
});

test("the bytes are those of every other machine and runtime", async () => {
  const { sample } = clusteredRows({ rows: 8000, k: 20, dim: 24, spread: 0.8, seed: 1 });
  const { centroids, labels, inertia } = await kmeans(sample, 24, { k: 20, key, workers: 0 });
  const sums = [sha256(centroids), sha256(labels), inertia];
  assert.deepEqual(sums, GOLDEN);
});

const GOLDEN = [
  "0949107debb02cf828b184289b235f3d966f6b14f86e36688113cdfd55f7671c",
  "d2eda4e1d2ed47af8669c8fce1d360e51f05107052424ec316cf23a86b351ed4",
  109968.14800566838,
];

test("the shares of a team are all rows of every batch, each row once", () => {
  for (const [rows, batchRows] of [
    [0, 4],
    [1, 1],
    [10, 4],
    [12, 4],
    [11, 4],
    [5, 100],
    [1000, 64],
    [7, 1],
  ] as const) {
    for (const members of [1, 2, 3, 5, 8]) {
      const batches = batchCount(rows, batchRows);
      const shares = Array.from({ length: members }, (_, at) => shareOf(at, members, rows, batchRows));
      let next = 0;
      const held = shares.map(() => 0);
      for (let batch = 0; batch < batches; batch++) {
        for (const [at, share] of shares.entries()) {
          const { start, rows: count } = share.of(batch);
          assert.equal(start, next);
          assert.equal(share.before(batch), held[at]);
          next += count;
          held[at]! += count;
        }
        assert.equal(next, Math.min(rows, (batch + 1) * batchRows));
      }
      assert.deepEqual(
        shares.map((share) => share.before(batches)),
        held,
      );
    }
  }
});

test("an aborted signal ends it, before and meanwhile, and its reason is the error", async () => {
  const { sample } = clusteredRows({ rows: 20_000, k: 50, dim: 32, spread: 0.3, seed: 2 });
  for (const workers of [0, 2]) {
    const reason = new Error("enough");
    const early = kmeans(sample, 32, { k: 50, key, workers, signal: AbortSignal.abort(reason) });
    await assert.rejects(soon(early), reason);
    const controller = new AbortController();
    const onProgress = () => controller.abort(reason);
    const running = kmeans(sample, 32, { k: 50, key, workers, signal: controller.signal, onProgress });
    await assert.rejects(soon(running), reason);
  }
});

test("progress rises to the end, with inertias of the size of the last", async () => {
  const { sample } = clusteredRows({ rows: 10_000, k: 10, dim: 8, spread: 0.1, seed: 4 });
  for (const algorithm of ["minibatch", "lloyd"] as const) {
    const seen: [share: number, inertia: number][] = [];
    const onProgress = (share: number, inertia: number) => void seen.push([share, inertia]);
    const { inertia } = await kmeans(sample, 8, { k: 10, key, workers: 0, algorithm, onProgress });
    assert.deepEqual(seen.at(-1), [1, inertia]);
    seen.forEach(([share, now], at) => {
      assert.ok(share >= (seen[at - 1]?.[0] ?? 0) && share <= 1, `share ${share}`);
      assert.ok(now > 0.9 * inertia && now < 10 * inertia, `inertia ${now} of ${inertia}`);
    });
  }
});

test("a thread that fails or ends rejects what was asked of it and all that is asked later", async () => {
  const scripts: [script: string, reason: RegExp][] = [
    ['throw new Error("no")', /^Error: A worker failed: no$/],
    ["process.exit(3)", /^Error: A worker failed: it ended early with code 3$/],
  ];
  for (const [script, reason] of scripts) {
    const url = new URL(`data:text/javascript,${encodeURIComponent(`import process from "node:process"; ${script}`)}`);
    const thread = startKMeansThread(url, { module: {} as WebAssembly.Module, dim: 1, k: 1, rows: 1 });
    await assert.rejects(soon(thread.hold(Float32Array.of(1))), reason);
    await assert.rejects(soon(thread.hold(Float32Array.of(1))), reason);
    await thread.stop();
  }
});
