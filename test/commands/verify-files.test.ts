import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { buildCli } from "../support/built.ts";
import { editBytes } from "../support/tamper.ts";
import { withTempFolder } from "../support/temp.ts";

const cli = buildCli();
process.on("exit", cli.remove);

test("a file with its manifest beside it is none of these", async () => {
  await withTempFolder(async (folder) => {
    const out = `${folder}/memories.jsonl`;
    assert.equal(
      (await cli.run("memories", "--centroids", "3", "--dim", "4", "--count", "50", "--output", out)).code,
      0,
    );
    for (const place of [out, `${folder}/memories.dataset.json`]) {
      const { code, stdout, stderr } = await cli.run("verify", place);
      assert.deepEqual([code, stderr], [0, ""]);
      assert.match(stdout, /50 of 50 rows made again: all as the manifest says\n$/);
    }
  });
});

test("raw and processed datasets are hashed: each fault is a line, and exit code 1", async () => {
  await withTempFolder(async (parent) => {
    mkdirSync(`${parent}/texts/deep`, { recursive: true });
    for (const name of ["a", "b", "deep/c"]) writeFileSync(`${parent}/texts/${name}.jsonl`, `{"text":"of ${name}"}\n`);
    const root = ["--root", parent];
    const done = async (...args: string[]) => {
      const { code, stderr } = await cli.run(...args, ...root);
      assert.equal(code, 0, stderr);
    };
    await done("download", "--name", `${parent}/texts`);
    await done("embed", "--dataset", `${parent}/texts`, "--n", "3", "--preprocess", "nfc");
    const raw = `${parent}/datasets/raw/file/texts/default`;
    for (const place of [raw, `${raw}/dataset.json`, `${parent}/datasets/processed/texts/default`]) {
      const { code, stdout, stderr } = await cli.run("verify", place);
      assert.deepEqual([code, stderr], [0, ""]);
      assert.match(stdout, /^\S+: [13] files?, \d+ bytes hashed: all as the record says\n$/);
    }
    const embedded = [
      `${parent}/indexes/seedbed-local-v1/texts`,
      `${parent}/indexes/seedbed-local-v1/texts/manifest.json`,
      `${parent}/embeddings/seedbed-local-v1/texts/default`,
      `${parent}/embeddings/seedbed-local-v1/texts/default/shard-00000.parquet`,
    ];
    for (const place of embedded) {
      const { code, stderr } = await cli.run("verify", place);
      assert.equal(code, 2);
      assert.match(stderr, /^seedbed: \S+ is of embeddings: give --dataset (texts|<name>) and their --root instead\n$/);
    }
    const full = await cli.run("verify", "--dataset", "texts", "--full", ...root);
    assert.deepEqual(
      [full.code, /^seedbed: --full is for a path: [^\n]*\n$/.test(full.stderr)],
      [2, true],
      full.stderr,
    );
    assert.equal((await cli.run("verify", raw, "--full")).code, 2);

    editBytes(`${raw}/a.jsonl`, (bytes) => void (bytes[3]! ^= 1));
    writeFileSync(`${raw}/b.jsonl`, "short");
    rmSync(`${raw}/deep/c.jsonl`);
    const bad = await cli.run("verify", raw, "--json");
    assert.equal(bad.code, 1, bad.stderr);
    const report = JSON.parse(bad.stdout);
    assert.deepEqual([report.ok, report.files_hashed, report.faults.length], [false, 3, 3]);
    const says = [
      /^a\.jsonl: SHA-256 \w{64}, expected \w{64}$/,
      /^b\.jsonl: 5 bytes, expected 16$/,
      /^deep\/c\.jsonl: /,
    ];
    for (const [at, each] of says.entries()) assert.match(report.faults[at], each);
    assert.match(bad.stderr, /^(?: {2}\S+: [^\n]*\n){3}seedbed: \S+ is not what its record says: 3 faults\n$/);
    writeFileSync(`${raw}/dataset.json`, '{"tool":{},"files":[{"path":"../x","bytes":1,"sha256":"0"}]}');
    const outside = await cli.run("verify", raw);
    assert.deepEqual([outside.code, outside.stderr], [2, `seedbed: ${raw}/dataset.json is no record of a dataset\n`]);
  });
});
