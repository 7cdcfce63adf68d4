import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { withOpenai } from "../doubles/withopenai.ts";
import { buildCli } from "../support/built.ts";
import * as embed from "../support/embed.ts";
import { assertRefused } from "../support/refused.ts";
import { withTempFolder } from "../support/temp.ts";

const cli = buildCli();
process.on("exit", cli.remove);

const rows = embed.textRows(60);
const DIM = ["--dimensions", "128"];

/** Runs `embed` with flags by their names. */
function runOf(root: string, flags: Record<string, string>, variables: Record<string, string>, ...more: string[]) {
  const args = Object.entries({ root, ...flags }).flatMap(([name, value]) => [`--${name}`, value]);
  return embed.runWith(cli, { ...embed.FIXED, ...variables }, "embed", "--quiet", ...args, ...more);
}

test("what is there is only gone on with when asked, and only as it was begun: the refusal names the field", async () => {
  await withTempFolder(async (folder) => {
    const root = `${folder}/root`;
    const dataset = `${folder}/texts.jsonl`;
    embed.writeRows(dataset, rows);
    const all = { dataset, dimensions: "128", n: "50", "rows-per-shard": "20", "chunk-tokens": "16" };
    const run = (change: Record<string, string>, ...more: string[]) => runOf(root, { ...all, ...change }, {}, ...more);
    assert.equal((await run({})).code, 0);
    const before = embed.lastingFiles(root);
    assertRefused(await run({}), /\S+texts holds split default: add --resume to check, complete and repair it, or/);
    const changes: [change: Record<string, string>, says: string][] = [
      [{ n: "49" }, "n 50, not 49"],
      [{ seed: "7" }, "seed 42, not 7"],
      [{ "chunk-tokens": "17" }, "chunk_tokens 16, not 17"],
      [{ "chunk-overlap": "4" }, "chunk_overlap 0, not 4"],
      [{ "text-field": "label" }, "text_field text, not label"],
      [{ "id-field": "text" }, "id_field id, not text"],
      [{ dimensions: "256" }, "dimensions 128, not 256"],
      [{ "rows-per-shard": "21" }, "rows_per_shard 20, not 21"],
      [{ stratify: "label" }, "stratify none, not label"],
      [{ split: "other", dimensions: "256" }, "dimensions 128, not 256"],
      [{ split: "other", "rows-per-shard": "9" }, "rows_per_shard 20, not 9"],
    ];
    for (const [change, says] of changes) {
      const words = new RegExp(`texts was made with ${says}: ask for the same, or give another --root`);
      assertRefused(await run(change, "--resume"), words);
    }
    assert.deepEqual(embed.lastingFiles(root), before);
  });
});

test("another server, and another model in the folder of this one, are refused before anything is sent", async () => {
  await withTempFolder(async (folder) => {
    const root = `${folder}/root`;
    const dataset = `${folder}/texts.jsonl`;
    embed.writeRows(dataset, rows);
    const flags = { dataset, provider: "openai", dimensions: "8", "rows-per-shard": "20" };
    await withOpenai({}, async (double) => {
      await withOpenai({ key: double.key }, async (other) => {
        const variables = embed.openaiVariables(double);
        assert.equal((await runOf(root, flags, variables)).code, 0);
        const before = embed.lastingFiles(root);
        const { requests } = double.counters;
        const refused = await runOf(root, flags, embed.openaiVariables(other), "--resume");
        assertRefused(refused, new RegExp(`made with host 127.0.0.1:${double.port}, not 127.0.0.1:${other.port}: ask`));
        assert.deepEqual(embed.lastingFiles(root), before);

        const { manifest } = embed.placesOf(root, embed.SMALL, "texts");
        const { index } = embed.placesOf(root, "text-embedding-3-large", "texts");
        mkdirSync(index, { recursive: true });
        copyFileSync(manifest, `${index}/manifest.json`);
        const large = await runOf(root, { ...flags, model: "text-embedding-3-large" }, variables, "--resume");
        assertRefused(large, /made with model text-embedding-3-small, not text-embedding-3-large: ask/);
        assert.deepEqual([double.counters.requests, other.counters.requests], [requests, 0]);
      });
    });
  });
});

test("what an unfinished run was answered is not taken for the answers of another server", async () => {
  await withTempFolder(async (folder) => {
    const root = `${folder}/root`;
    const dataset = `${folder}/texts.jsonl`;
    embed.writeRows(dataset, rows);
    const flags = { dataset, provider: "openai", dimensions: "8", "batch-size": "20", concurrency: "1" };
    await withOpenai({ faults: { quota: (request) => request > 2 } }, async (double) => {
      assert.equal((await runOf(root, flags, embed.openaiVariables(double))).code, 1);
      assert.equal(double.bill.texts.size, 40);
      await withOpenai({ key: double.key }, async (other) => {
        for (const more of [[], ["--resume"]])
          assertRefused(await runOf(root, flags, embed.openaiVariables(other), ...more), /made with host 127/);
        // Without its manifest nobody knows whose answers are kept.
        rmSync(embed.placesOf(root, embed.SMALL, "texts").manifest);
        assert.equal((await runOf(root, flags, embed.openaiVariables(other), "--resume")).code, 0);
        assert.equal(other.bill.texts.size, 60);
      });
    });
  });
});

test("texts that changed under the same ids are refused, be their shard there or lost", async () => {
  await withTempFolder(async (folder) => {
    const root = `${folder}/root`;
    const path = `${folder}/texts.jsonl`;
    embed.writeRows(path, rows);
    const args = ["embed", "--dataset", path, "--root", root, ...DIM, "--rows-per-shard", "20", "--quiet"];
    const run = (...more: string[]) => embed.runWith(cli, embed.FIXED, ...args, ...more);
    assert.equal((await run()).code, 0);
    const before = embed.lastingFiles(root);
    const changed = rows.map((row, at) => (at === 30 ? { ...row, text: "another" } : row));
    embed.writeRows(path, changed);
    const says = /The texts of \S+shard-00001\.parquet are not those of the dataset any more: its files were changed/;
    assertRefused(await run("--resume"), says);
    assert.deepEqual(embed.lastingFiles(root), before);
    const { shards } = embed.placesOf(root, embed.LOCAL, "texts");
    writeFileSync(`${shards}/shard-00001.parquet`, "");
    assertRefused(await run("--resume"), says);
    embed.writeRows(path, rows);
    assert.equal((await run("--resume")).code, 0);
    assert.deepEqual(embed.lastingFiles(root), before);
    embed.writeRows(path, rows.slice(1));
    assertRefused(await run("--resume"), /texts was made with selected_hash [0-9a-f]{64}, not [0-9a-f]{64}/);
    assert.deepEqual(embed.lastingFiles(root), before);
  });
});
