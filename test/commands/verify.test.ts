import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { buildCli } from "../support/built.ts";
import { writeVectors } from "../support/dataset.ts";
import { inParallel } from "../support/parallel.ts";
import { editBytes } from "../support/tamper.ts";
import { withTempFolder } from "../support/temp.ts";

const cli = buildCli();
process.on("exit", cli.remove);

test("a sound dataset: exit code 0, one line, and the report as one JSON object", async () => {
  await withTempFolder(async (folder) => {
    await writeVectors(folder, { rows: 300, dim: 2 });
    const runs = [[], ["--json"], ["--quiet"], ["--full"]];
    const [loud, json, quiet, full] = await inParallel(runs, (flags) => cli.run("verify", folder, ...flags));
    for (const { code } of [loud!, json!, quiet!, full!]) assert.equal(code, 0);
    assert.match(loud!.stdout, /^[^\n]*2 files hashed, 300 of 300 rows made again: all as the manifest says\n$/);
    assert.equal(loud!.stderr, "");
    assert.deepEqual(JSON.parse(json!.stdout), {
      folder,
      faults: [],
      files_hashed: 2,
      rows_compared: 300,
      rows: 300,
      ok: true,
    });
    assert.deepEqual([quiet!.stdout, quiet!.stderr], ["", ""]);
    assert.equal(full!.stdout, loud!.stdout);
  });
});

test("a damaged dataset: exit code 1, the list of faults, and one line that counts them", async () => {
  await withTempFolder(async (folder) => {
    await writeVectors(folder, { rows: 300, dim: 2 });
    editBytes(`${folder}/vectors.npy`, (bytes) => void (bytes[1000]! ^= 1));
    rmSync(`${folder}/metadata.jsonl`);
    const [loud, json, quiet] = await inParallel([[], ["--json"], ["--quiet"]], (flags) =>
      cli.run("verify", folder, ...flags),
    );
    for (const { code, stderr } of [loud!, json!, quiet!]) {
      assert.equal(code, 1);
      assert.match(
        stderr,
        /^ {2}vectors\.npy: SHA-256 [^\n]+\n {2}vectors\.npy: rows [^\n]+\n {2}metadata\.jsonl: Cannot read [^\n]+\nseedbed: [^\n]*3 faults\n$/,
      );
    }
    assert.equal(loud!.stdout, "");
    const report = JSON.parse(json!.stdout);
    assert.deepEqual([report.ok, report.faults.length, report.folder], [false, 3, folder]);
    assert.equal(quiet!.stdout, "");
  });
});

test("no dataset: exit code 2", async () => {
  await withTempFolder(async (folder) => {
    const { code, stdout, stderr } = await cli.run("verify", folder, "--json");
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /^seedbed: [^\n]*dataset\.json[^\n]*\n$/);
  });
});
