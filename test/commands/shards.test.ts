import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { buildCli } from "../support/built.ts";
import { readCentroids } from "../support/centroids.ts";
import * as embed from "../support/embed.ts";
import { npyOf } from "../support/memories.ts";
import { assertRefused } from "../support/refused.ts";
import { withTempFolder } from "../support/temp.ts";

const cli = buildCli();
process.on("exit", cli.remove);

const [DIM, ROWS] = [128, 45];
const run = (...args: string[]) => embed.runWith(cli, embed.FIXED, ...args);

async function succeeds(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...args);
  assert.equal(code, 0, `${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** Runs `use` with a dataset in three shards; `one` is an .npy with the same rows. */
async function withShards(use: (at: { root: string; shards: string; one: string; folder: string }) => Promise<void>) {
  await withTempFolder(async (folder) => {
    const [root, texts, one] = [`${folder}/root`, `${folder}/texts.jsonl`, `${folder}/one.npy`];
    embed.writeRows(texts, embed.textRows(ROWS));
    await succeeds(
      ...[
        "embed",
        "--dataset",
        texts,
        "--dimensions",
        String(DIM),
        "--rows-per-shard",
        "20",
        "--root",
        root,
        "--quiet",
      ],
    );
    const { index, shards } = embed.placesOf(root, embed.LOCAL, "texts");
    const rows = await embed.embeddedRows(root, embed.manifestIn(index));
    assert.deepEqual([rows.length, readdirSync(shards).length], [ROWS, 3]);
    writeFileSync(one, npyOf(Float32Array.from(rows.flatMap(({ vector }) => [...vector])), DIM));
    await use({ root, shards, one, folder });
  });
}

test("centroids and memories of a folder of shards are those of one file of the same rows, and verify", () =>
  withShards(async ({ shards, one, folder }) => {
    for (const sample of ["30", "1000"]) {
      const found = [];
      for (const [name, input] of Object.entries({ shards, one })) {
        const stem = `${folder}/${name}-${sample}`;
        await succeeds(
          ...["centroids", "--input", input, "--num-centroids", "4", "--sample", sample],
          ...["--output", `${stem}.npy`, "--quiet"],
        );
        const { npy, json } = readCentroids(stem);
        found.push({ npy, json: { ...json, extras: { ...json.extras, input: null } } });
      }
      assert.deepEqual(found[0], found[1]);
    }
    const made = [];
    for (const [name, input] of Object.entries({ shards, one })) {
      const path = `${folder}/${name}.jsonl`;
      await succeeds("memories", "--centroids", input, "--count", "200", "--output", path, "--quiet");
      await succeeds("verify", path, "--full", "--quiet");
      made.push(readFileSync(path, "utf8"));
    }
    assert.equal(made[0], made[1]);
    rmSync(`${shards}/shard-00002.parquet`);
    const { code, stdout, stderr } = await run("verify", `${folder}/shards.jsonl`, "--full");
    assert.notEqual(code, 0, stdout + stderr);
  }));

test("a folder without shards is refused in one line", () =>
  withTempFolder(async (folder) => {
    const message = /Cannot read \S+: it is a folder without shards of embeddings/;
    assertRefused(await run("centroids", "--input", folder, "--output", `${folder}/c.npy`), message);
    assertRefused(await run("memories", "--centroids", folder, "--output", `${folder}/m.jsonl`), message);
  }));
