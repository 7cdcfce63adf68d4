import assert from "node:assert/strict";
import { statSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { buildCli } from "../support/built.ts";
import * as embed from "../support/embed.ts";
import { withTempFolder } from "../support/temp.ts";

const cli = buildCli();
process.on("exit", cli.remove);

const run = (...args: string[]) => embed.runWith(cli, embed.FIXED, ...args);
const DIM = ["--dimensions", "128"];

/** Runs what has to succeed; returns its result. */
async function done(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await run(...args, "--json");
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Record<string, unknown>;
}

const rows = embed.textRows(40);

test("verify looks into every row, and list shows what is complete, unfinished or damaged", async () => {
  await withTempFolder(async (folder) => {
    const root = `${folder}/root`;
    assert.match((await run("list", "--root", root)).stdout, /^No datasets under \S+ \(--root\); see seedbed download/);
    const path = `${folder}/texts.jsonl`;
    embed.writeRows(path, rows);
    await done("download", "--source", "file", "--name", path, "--root", root);
    for (const split of ["one", "three", "two"])
      await done("embed", "--dataset", path, "--split", split, "--root", root, ...DIM, "--rows-per-shard", "30");
    const { index } = embed.placesOf(root, embed.LOCAL, "texts");
    const verified = await run("verify", "--dataset", "texts", "--root", root);
    const words = `${index}: 6 shards hashed, 120 rows looked at: all as the manifest says\n`;
    assert.deepEqual(verified, { code: 0, stdout: words, stderr: "" });
    assert.deepEqual(await done("verify-manifest", "--dataset", "texts", "--model", embed.LOCAL, "--root", root), {
      ...{ ok: true, dataset: "texts", model: embed.LOCAL, faults: [], shards: 6, rows: 120 },
    });
    const threads = await run("verify", "--dataset", "texts", "--root", root, "--workers", "2");
    assert.deepEqual(threads, verified); // by the worker that is built

    const manifest = embed.manifestIn(index);
    const splits = manifest.splits.map((split) => ({ ...split, complete: split.split !== "two" }));
    writeFileSync(`${index}/manifest.json`, JSON.stringify({ ...manifest, splits }));
    writeFileSync(`${embed.placesOf(root, embed.LOCAL, "texts", "three").shards}/shard-00001.parquet`, "");
    const listed = (await done("list-datasets", "--root", root))["datasets"] as Record<string, unknown>[];
    const bytesOf = (name: string) =>
      manifest.shards.filter(({ split }) => split === name).reduce((sum, { bytes }) => sum + bytes, 0);
    const embedded = (split: string, state: string) => ({
      ...{ kind: "embeddings", dataset: "texts", split, by: embed.LOCAL, rows: 40, files: 2, bytes: bytesOf(split) },
      ...{ state, path: `indexes/${embed.LOCAL}/texts` },
    });
    assert.deepEqual(listed, [
      {
        ...{ kind: "raw", dataset: "texts", split: "default", by: "file", rows: null, files: 1 },
        ...{ bytes: statSync(path).size, state: "complete", path: "datasets/raw/file/texts/default" },
      },
      embedded("one", "complete"),
      embedded("three", "damaged"),
      embedded("two", "unfinished"),
    ]);
    const { stdout } = await run("list", "--root", root);
    assert.match(stdout, /^\S+ \(--root\)\nkind +dataset +split +source or model +rows +files +bytes +state\n/);
    assert.equal(stdout.match(/ {2}(?:complete|unfinished|damaged)$/gm)!.length, 4, stdout);
    const faulty = await run("verify", "--dataset", "texts", "--root", root);
    assert.deepEqual(await run("verify", "--dataset", "texts", "--root", root, "--workers", "3"), faulty);
    assert.equal(faulty.code, 1);
    assert.match(
      faulty.stderr,
      /^ {2}\S+three\/shard-00001\.parquet: 0 bytes, expected \d+\n {2}split two: unfinished; /,
    );
    assert.match(faulty.stderr, /\nseedbed: \S+ is not what is there: 2 faults\n$/);
  });
});
