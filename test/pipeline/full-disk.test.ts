import assert from "node:assert/strict";
import { existsSync, lstatSync, readdirSync, rmSync, statfsSync, symlinkSync, writeFileSync } from "node:fs";
import test from "node:test";
import { planOfManifest } from "../../src/datasets/table.ts";
import { runPasses } from "../../src/pipeline/run.ts";
import { verifyDataset } from "../../src/report/verify.ts";
import { openSink } from "../../src/runtime/sink.ts";
import { runCli } from "../support/cli.ts";
import { writeVectors } from "../support/dataset.ts";
import { passOf } from "../support/passes.ts";
import { soon } from "../support/soon.ts";
import { withTempFolder } from "../support/temp.ts";
import { missingTmpfs, withTmpfs } from "../support/tmpfs.ts";

const skip = missingTmpfs();
const NO_SPACE = /^Error: Cannot write .*\.part: no space left on the disk$/;

for (const workers of [0, 2]) {
  test(`a disk that fills up during a run with ${workers} workers fails it and keeps nothing`, { skip }, async () => {
    await withTmpfs("size=2m", async (folder) => {
      const running = runPasses([passOf({ rows: 100_000, dim: 100 }, 160)], { folder, workers, checksum: true });
      await assert.rejects(soon(running), NO_SPACE);
      assert.deepEqual(readdirSync(folder), []);
    });
  });
}

test("the command says so in one line and leaves nothing", { skip }, async () => {
  for (const [options, what] of [
    ["size=2m", "write"],
    ["nr_inodes=3", "create"],
  ] as const) {
    await withTmpfs(options, async (folder, parent) => {
      const { code, stderr } = await runCli("vectors", "--size", "10k", "--out", parent);
      assert.equal(code, 1);
      assert.match(stderr, new RegExp(String.raw`^seedbed: Cannot ${what} \S+\.part: no space left on the disk\n$`));
      assert.deepEqual(readdirSync(folder), []);
    });
  }
});

test("a dataset that was there stays whole", { skip }, async () => {
  await withTmpfs("size=3m", async (folder) => {
    await writeVectors(folder, { rows: 1000, dim: 100 });
    await assert.rejects(writeVectors(folder, { rows: 10_000, dim: 100 }), NO_SPACE);
    assert.deepEqual((await verifyDataset(folder, planOfManifest)).faults, []);
    assert.deepEqual(readdirSync(folder), ["dataset.json", "metadata.jsonl", "vectors.npy"]);
  });
});

test("a file that lost a write fails, although later writes succeed", { skip }, async () => {
  await withTmpfs("size=1m", async (folder) => {
    const partPath = `${folder}/vectors.npy.part`;
    const sink = openSink(`${folder}/vectors.npy`, { partPath, checksum: true });
    const { bavail, bsize } = statfsSync(folder);
    writeFileSync(`${folder}/filler`, new Uint8Array(bavail * bsize));
    await assert.rejects(sink.write({ bytes: new Uint8Array(128) }), NO_SPACE);
    rmSync(`${folder}/filler`);
    await sink.write({ bytes: new Uint8Array(128) }).catch(() => {});
    await assert.rejects(sink.finish(), NO_SPACE);
    await sink.abort();
    assert.deepEqual(readdirSync(folder), []);
  });
});

test(
  "a device that takes nothing fails the run",
  { skip: existsSync("/dev/full") ? false : "needs /dev/full" },
  async () => {
    for (const workers of [0, 2]) {
      for (const full of ["vectors.npy", "metadata.jsonl"]) {
        await withTempFolder(async (folder) => {
          symlinkSync("/dev/full", `${folder}/${full}.part`);
          const running = runPasses([passOf({ rows: 1000, dim: 3 }, 160)], { folder, workers, checksum: true });
          await assert.rejects(soon(running), NO_SPACE);
          assert.deepEqual(readdirSync(folder), []);
          assert.ok(lstatSync("/dev/full").isCharacterDevice());
        });
      }
    }
  },
);
