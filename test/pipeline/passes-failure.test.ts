import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import test from "node:test";
import type { FileSpec, Pass } from "../../src/data/plan.ts";
import { runPasses } from "../../src/pipeline/run.ts";
import {
  bystander,
  FIELDS,
  images,
  passOf,
  PIECE_ROWS,
  ROW_BYTES,
  SPLITS,
  type Split,
} from "../support/imagepasses.ts";
import { brokenInWorkers, pause } from "../support/passes.ts";
import { soon } from "../support/soon.ts";
import { withTempFolder } from "../support/temp.ts";

const ENDLESS: Split = { name: "train", rows: [0, 10 ** 9] };

/** A pass too long to end, after `earlier` short ones into the same file; which share those are of all, and a block is. */
function endlessAfter(earlier: number): { passes: Pass[]; share: number; block: number } {
  const passes = FIELDS.map((field, at) => passOf(at < earlier ? SPLITS[0]! : ENDLESS, field)).slice(0, earlier + 1);
  const bytes = passes.map(({ rowStart, rowEnd }, at) => (rowEnd - rowStart) * ROW_BYTES[FIELDS[at]!]);
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  const block = PIECE_ROWS.images * ROW_BYTES.images;
  return { passes, share: sum(bytes.slice(0, -1)) / sum(bytes), block: block / sum(bytes) };
}

/** Runs passes that cannot end well; asserts that nothing is left, and returns the error and what was told last. */
async function failureOf(
  passes: readonly Pass[],
  workers: number,
  onTold: (share: number, abort: (reason: Error) => void) => void,
): Promise<{ error: Error; told: number }> {
  return withTempFolder(async (folder) => {
    const controller = new AbortController();
    let told = 0;
    const onProgress = (share: number) => {
      told = share;
      onTold(share, (reason) => controller.abort(reason));
    };
    const running = runPasses(passes, { folder, workers, checksum: true, signal: controller.signal, onProgress });
    const ended = running.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    const error = await soon(ended).finally(() => controller.abort());
    assert.ok(error instanceof Error, "the run did not fail");
    assert.deepEqual(readdirSync(folder), []);
    return { error, told };
  });
}

for (const earlier of [1, 2]) {
  const { passes, share, block } = endlessAfter(earlier);
  const last = passes.at(-1)!;
  const pauseLate = (done: number) => done >= share && pause();

  for (const workers of [0, 2]) {
    test(`an abort in pass ${earlier + 1} of a run with ${workers} workers leaves nothing`, async () => {
      const reason = new Error("enough");
      const { error, told } = await failureOf(passes, workers, (done, abort) => {
        if (done > share) abort(reason);
      });
      assert.equal(error, reason);
      assert.ok(told > share);
    });
  }

  test(`a worker that fails in pass ${earlier + 1} fails the run, after the passes before`, async () => {
    for (const property of ["kind", "key"] as const) {
      const broken = brokenInWorkers(last, property);
      const { error, told } = await failureOf([...passes.slice(0, -1), broken], 2, pauseLate);
      assert.match(error.message, /^A worker failed: [^\n]+$/);
      assert.ok(error.cause instanceof Error);
      // Those that are being made fail with it.
      assert.ok(told > share - 4 * block, `failed at ${told}, long before ${share}`);
    }
  });

  test(`pass ${earlier + 1} that cannot be opened, or repeats a member, fails the run`, async () => {
    const nope: FileSpec = { name: "train.npz", format: { ...last.files[0]!.format, field: "nope" } as never };
    const [again] = passes[0]!.files;
    const thresholds = Array.from({ length: 256 }, (_, i) => i);
    const broken: [pass: Pass, message: RegExp][] = [
      [{ ...last, files: [nope] }, /"nope"/],
      [{ ...last, files: [again!] }, /Cannot write two zip members "images\.npy"/],
      [{ ...last, sources: [{ ...bystander, thresholds }, images] }, /at most 255 thresholds/],
      [{ ...last, blockRows: PIECE_ROWS.images + 1 }, /expected whole pieces of/],
    ];
    for (const [pass, message] of broken) {
      for (const workers of [0, 2]) {
        const { error } = await failureOf([...passes.slice(0, -1), pass], workers, pauseLate);
        assert.match(error.message, message);
      }
    }
  });
}
