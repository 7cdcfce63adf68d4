import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import test from "node:test";
import { runPasses, type RunResult } from "../../src/pipeline/run.ts";
import { passOf, watchPasses } from "../support/passes.ts";
import { soon } from "../support/soon.ts";
import { sha256OfPath } from "../support/sums.ts";
import { withTempFolder } from "../support/temp.ts";

const OPTIONS = { rows: 40_003, dim: 5, seed: "my-paper", range: [3, 40_003] } as const;
const FILES = ["vectors.npy", "metadata.jsonl"];

const sumsOf = ({ files }: RunResult) => files.map(({ bytes, sha256 }) => ({ bytes, sha256 }));

/** Runs to the end; asserts that the files hold what the run says of them. */
async function run(workers: number, blockRows?: number, options = OPTIONS): Promise<RunResult> {
  const watched = watchPasses([passOf(options, blockRows)]);
  return withTempFolder(async (folder) => {
    const isWatched = workers > 0 && blockRows !== undefined; // else it may be over before a worker starts
    const onProgress = isWatched ? watched.waitForWorkers : undefined;
    const result = await soon(runPasses(watched.passes, { folder, workers, checksum: true, onProgress }));
    assert.deepEqual(
      result.files.map(({ sha256 }) => sha256),
      FILES.map((name) => sha256OfPath(`${folder}/${name}.part`)),
    );
    if (isWatched) assert.ok(watched.workersTookOver(), "no worker made a block");
    return result;
  });
}

test("one order of work gives the sums of any other", async () => {
  const expected = await run(0);
  for (const blockRows of [16, 48, 160, 40_000])
    assert.deepEqual(sumsOf(await run(0, blockRows)), sumsOf(expected), `blocks of ${blockRows}`);
  for (const [workers, blockRows] of [
    [1, 160],
    [2, 48],
    [4, 16],
    [2, undefined],
  ] as const) {
    const result = await run(workers, blockRows);
    const { measures } = result;
    assert.deepEqual(sumsOf(result), sumsOf(expected), `${workers} workers, blocks of ${blockRows}`);
    assert.deepEqual(measures["cls"], expected.measures["cls"]);
  }
});

test("what is measured is what was written", async () => {
  const { measures } = await run(0);
  const { vectors, cls } = measures;
  assert.ok(vectors?.kind === "numbers" && cls?.kind === "codes");
  assert.equal(vectors.summary.count, 200_000);
  assert.equal(vectors.summary.nan, 0);
  assert.ok(Math.abs(vectors.summary.sum / 200_000) < 0.02 && Math.abs(vectors.summary.squares / 200_000 - 1) < 0.03);
  assert.equal(
    cls.counts.reduce((sum, count) => sum + count, 0),
    40_000,
  );
});

test("progress ascends to 1 by the share of each block", async () => {
  for (const workers of [0, 2]) {
    const told: number[] = [];
    await withTempFolder((folder) =>
      runPasses([passOf(OPTIONS, 1600)], {
        folder,
        workers,
        checksum: false,
        onProgress: (share) => told.push(share),
      }),
    );
    assert.deepEqual(
      told,
      Array.from({ length: 25 }, (_, i) => (i + 1) / 25),
    );
  }
});

test("without checksums there are none, and the bytes are the same", async () => {
  await withTempFolder(async (folder) => {
    const { files: written } = await runPasses([passOf(OPTIONS)], { folder, workers: 0, checksum: false });
    const expected = await run(0);
    assert.deepEqual(
      written.map(({ bytes, sha256 }) => ({ bytes, sha256 })),
      expected.files.map(({ bytes }) => ({ bytes, sha256: null })),
    );
    assert.equal(sha256OfPath(`${folder}/vectors.npy.part`), expected.files[0]!.sha256);
  });
});

for (const workers of [0, 2]) {
  test(`an abort ends a run with ${workers} workers at once and leaves nothing`, async () => {
    const { passes, waitForWorkers, workersTookOver } = watchPasses([
      passOf({ ...OPTIONS, rows: 10 ** 9, range: undefined }, 160),
    ]);
    await withTempFolder(async (folder) => {
      const controller = new AbortController();
      const reason = new Error("enough");
      const onProgress = (share: number) => {
        if (workers > 0) waitForWorkers();
        if (workers > 0 ? workersTookOver() : share >= 16_000 / 10 ** 9) controller.abort(reason);
      };
      const running = runPasses(passes, {
        folder,
        workers,
        checksum: true,
        signal: controller.signal,
        onProgress,
      });
      const ended = soon(running).finally(() => controller.abort());
      await assert.rejects(ended, (error) => error === reason);
      assert.deepEqual(readdirSync(folder), []);
    });
  });
}

test("a run that was aborted before it began opens no file", async () => {
  await withTempFolder(async (folder) => {
    const reason = new Error("enough");
    for (const workers of [0, 2]) {
      const options = { folder, workers, checksum: true, signal: AbortSignal.abort(reason) };
      await assert.rejects(soon(runPasses([passOf(OPTIONS)], options)), (error) => error === reason);
    }
    assert.deepEqual(readdirSync(folder), []);
  });
});
