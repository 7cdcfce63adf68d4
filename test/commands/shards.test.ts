import assert from "node:assert/strict";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
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

/** Changes to a whole dataset, and what is said of them; a shard that was never written is none. */
const damages: [what: string, damage: (shards: string) => void, message: RegExp][] = [
  ["a shard is lost", (shards) => rmSync(`${shards}/shard-00001.parquet`), /shard-00001\.parquet is missing;/],
  ["the last one is", (shards) => rmSync(`${shards}/shard-00002.parquet`), /shard-00002\.parquet is missing;/],
  [
    "all are",
    (shards) => readdirSync(shards).forEach((name) => rmSync(`${shards}/${name}`)),
    /shard-00000\.parquet is missing;/,
  ],
  [
    "one is cut",
    (shards) => truncateSync(`${shards}/shard-00000.parquet`, 100),
    /shard-00000\.parquet has 100 bytes, not \d+;/,
  ],
  [
    "the manifest names what no system does",
    (shards) => {
      const path = `${shards.replace("/embeddings/", "/indexes/").replace(/\/default$/, "")}/manifest.json`;
      writeFileSync(path, readFileSync(path, "utf8").replace("shard-00000", "a\\u0000\\n"));
    },
    /a \.parquet is missing;/,
  ],
  [
    "there is one too many",
    (shards) => cpSync(`${shards}/shard-00000.parquet`, `${shards}/shard-00007.parquet`),
    /shard-00007\.parquet is not in the manifest;/,
  ],
];

test("ingest, centroids and memories refuse shards that are not those of the manifest, and name the first", () =>
  withShards(async ({ root, shards, folder }) => {
    const commands = (path: string) => [
      ["ingest", "--input", path, "--to", "pgvector", "--endpoint", `${folder}/pg`, "--dry-run"],
      ["centroids", "--input", path, "--num-centroids", "2", "--output", `${folder}/c.npy`, "--force"],
      ["memories", "--centroids", path, "--count", "10", "--output", `${folder}/m.jsonl`, "--force"],
    ];
    cpSync(root, `${folder}/whole`, { recursive: true });
    for (const args of commands(shards)) await succeeds(...args);
    for (const [what, damage, message] of damages) {
      rmSync(root, { recursive: true });
      cpSync(`${folder}/whole`, root, { recursive: true });
      damage(shards);
      for (const args of commands(shards)) {
        const result = await run(...args);
        assertRefused(result, message);
        assert.match(result.stderr, /embed --resume.*verify --dataset texts/, what);
      }
    }
  }));

test("a folder of shards is loaded under the names of dataset and split, and list and verify see no stranger after it", () =>
  withShards(async ({ root, shards, folder }) => {
    const there = await succeeds("list", "--root", root);
    const place = ["--to", "pgvector", "--endpoint", `${folder}/pg`];
    assert.match(await succeeds("ingest", "--input", shards, ...place), /table "texts_default"/);
    assert.ok(existsSync(`${shards}.ingest`));
    assert.equal(await succeeds("list", "--root", root), there);
    await succeeds("verify", "--dataset", "texts", "--root", root);
  }));

test("where a shard was never written, or no manifest is there, what lies in the folder is all", () =>
  withShards(async ({ root, shards, folder }) => {
    const { manifest: path } = embed.placesOf(root, embed.LOCAL, "texts");
    rmSync(`${shards}/shard-00001.parquet`);
    const manifest = JSON.parse(readFileSync(path, "utf8")) as { shards: { shard_index: number }[] };
    const written = manifest.shards.filter(({ shard_index: index }) => index !== 1);
    const plans = async () => {
      const plan = ["--to", "pgvector", "--endpoint", `${folder}/pg`, "--dry-run"];
      assert.match(await succeeds("ingest", "--input", shards, ...plan), /25 rows/);
    };
    writeFileSync(path, JSON.stringify({ ...manifest, shards: written }));
    await plans();
    rmSync(path);
    await plans();
  }));

test("a folder without shards is refused in one line", () =>
  withTempFolder(async (folder) => {
    const message = /Cannot read \S+: it is a folder without shards of embeddings/;
    assertRefused(await run("centroids", "--input", folder, "--output", `${folder}/c.npy`), message);
    assertRefused(await run("memories", "--centroids", folder, "--output", `${folder}/m.jsonl`), message);
  }));
