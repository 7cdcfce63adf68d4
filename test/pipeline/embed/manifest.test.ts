import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import test from "node:test";
import { EMBEDDING_FORMAT, type EmbeddingManifest } from "../../../src/data/embeddings.ts";
import { checkIdentity, readEmbeddingManifest, writeEmbeddingManifest } from "../../../src/pipeline/embed/manifest.ts";
import { withTempFolder } from "../../support/temp.ts";

type Loose = Record<string, unknown> & { splits: Record<string, unknown>[]; shards: Record<string, unknown>[] };

const shardOf = (split: string, index: number) => ({
  ...{ path: `embeddings/m/d/${split}/shard-0000${index}.parquet`, split, shard_index: index, rows: 3, bytes: 100 },
  ...{ sha256: "a".repeat(64), text_sha256: "b".repeat(64), items_sha256: "c".repeat(64), embedding_dim: 4 },
  ...{ min_norm: 1, max_norm: 1, created_at: "2026-01-01T00:00:00.000Z" },
  tool: { package: "seedbed", version: "0", git_sha: null },
});

const splitOf = (split: string) => ({
  ...{ split, source: "file", revision: null, identity: { model: "m", split }, rows_read: 6, rows_sampled: 6 },
  ...{ rows_skipped: {}, preprocessing: "none", chunks: 6, complete: true },
  sampling: { seed: 1, n: null, p: null, stratify: null, selected_hash: "0" },
  chunking: { unit: "none" as const, tokenizer: null, chunk_tokens: null, chunk_overlap: null },
});

const given = {
  ...{ format: EMBEDDING_FORMAT, model: "m", dataset: "d", embedding_dim: 4, rows_per_shard: 3 },
  ...{ created_at: "2026-01-01T00:00:00.000Z", splits: [splitOf("train"), splitOf("test")] },
  shards: [shardOf("train", 1), shardOf("test", 0), shardOf("train", 0)],
} satisfies Omit<EmbeddingManifest, "identity" | "rows_total">;

test("what is written is read, with splits and shards in order and the rows added up", async () => {
  await withTempFolder((folder) => {
    assert.equal(readEmbeddingManifest(folder), undefined);
    const written = writeEmbeddingManifest(folder, given);
    assert.deepEqual(readEmbeddingManifest(folder), written);
    assert.deepEqual(
      written.splits.map(({ split }) => split),
      ["test", "train"],
    );
    assert.deepEqual(written.shards, [shardOf("test", 0), shardOf("train", 0), shardOf("train", 1)]);
    assert.equal(written.rows_total, 9);
    assert.ok(!existsSync(`${folder}/manifest.json.part`));
  });
});

test("the identity is that of all splits, in whatever order, and of nothing else", async () => {
  await withTempFolder((folder) => {
    const identityOf = (change: Partial<typeof given>) =>
      writeEmbeddingManifest(folder, { ...given, ...change }).identity;
    const identity = identityOf({});
    assert.match(identity, /^[\da-f]{64}$/);
    assert.equal(identityOf({ splits: [...given.splits].reverse(), shards: [] }), identity);
    assert.notEqual(identityOf({ splits: [splitOf("train")] }), identity);
  });
});

const damages: [what: string, damage: (manifest: Loose) => void][] = [
  ["no model", (m) => delete m["model"]],
  ["a dataset that is a number", (m) => (m["dataset"] = 7)],
  ["no dimension", (m) => delete m["embedding_dim"]],
  ["a dimension of 0", (m) => (m["embedding_dim"] = 0)],
  ["a dimension that is a text", (m) => (m["embedding_dim"] = "4")],
  ["shards of half a row", (m) => (m["rows_per_shard"] = 0.5)],
  ["no splits", (m) => delete (m as Partial<Loose>).splits],
  ["splits that are a record", (m) => (m.splits = {} as never)],
  ["a split that is null", (m) => (m.splits[0] = null as never)],
  ["a split without a name", (m) => delete m.splits[0]!["split"]],
  ["a split without an identity", (m) => delete m.splits[1]!["identity"]],
  ["an identity that is null", (m) => (m.splits[1]!["identity"] = null)],
  ["an identity that is a list", (m) => (m.splits[1]!["identity"] = [])],
  ["no shards", (m) => delete (m as Partial<Loose>).shards],
  ["a shard that is null", (m) => (m.shards[2] = null as never)],
  ["a shard that is a text", (m) => (m.shards[2] = "shard" as never)],
  ["a shard without a path", (m) => delete m.shards[0]!["path"]],
  ["a shard without a sum", (m) => delete m.shards[0]!["sha256"]],
  ["a shard without the sum of its items", (m) => delete m.shards[0]!["items_sha256"]],
  ["a shard of no split", (m) => (m.shards[0]!["split"] = null)],
  ["a shard with a negative number", (m) => (m.shards[0]!["shard_index"] = -1)],
  ["a shard with bytes that are no number", (m) => (m.shards[0]!["bytes"] = "100")],
  ["a shard of too many rows", (m) => (m.shards[0]!["rows"] = 1e300)],
  ...["../x", "a/../../x", "/etc/passwd", "a//b", "..", "", "a/", "..\\x", "a\\..\\..\\x"].map(
    (path): [string, (manifest: Loose) => void] => [`path "${path}"`, (m) => (m.shards[0]!["path"] = path)],
  ),
];
for (const [what, damage] of damages) {
  test(`a manifest with ${what} is refused in one line`, async () => {
    await withTempFolder((folder) => {
      writeEmbeddingManifest(folder, given);
      const path = `${folder}/manifest.json`;
      const manifest = JSON.parse(readFileSync(path, "utf8")) as Loose;
      damage(manifest);
      writeFileSync(path, JSON.stringify(manifest));
      assert.throws(() => readEmbeddingManifest(folder), {
        ...{ name: "InputError", message: `${path} is not a whole manifest of embeddings` },
      });
    });
  });
}

for (const [text, reason] of [
  ["", "not JSON"],
  ["{", "not JSON"],
  ["null", "not a manifest of embeddings"],
  ["7", "not a manifest of embeddings"],
  ["[]", "not a manifest of embeddings"],
  [`"${EMBEDDING_FORMAT}"`, "not a manifest of embeddings"],
  ["{}", "not a manifest of embeddings"],
  ['{"format":"seedbed-embeddings-v2"}', "not a manifest of embeddings"],
  [`{"format":"${EMBEDDING_FORMAT}"}`, "not a whole manifest of embeddings"],
]) {
  test(`a manifest that is ${text || "empty"} is refused in one line`, async () => {
    await withTempFolder((folder) => {
      writeFileSync(`${folder}/manifest.json`, text!);
      assert.throws(() => readEmbeddingManifest(folder), {
        ...{ name: "InputError", message: `${folder}/manifest.json is ${reason}` },
      });
    });
  });
}

test("a folder in its place is refused in one line", async () => {
  await withTempFolder((folder) => {
    mkdirSync(`${folder}/manifest.json`);
    assert.throws(() => readEmbeddingManifest(folder), {
      ...{ name: "InputError", message: `Cannot read ${folder}/manifest.json: it is no regular file` },
    });
  });
});

test("a manifest of very many shards is read", async () => {
  await withTempFolder((folder) => {
    const shards = Array.from({ length: 30_000 }, (_, i) => shardOf("train", i));
    writeEmbeddingManifest(folder, { ...given, shards });
    assert.equal(readEmbeddingManifest(folder)!.shards.length, 30_000);
  });
});

test("the first difference of an identity is named, with what it was and what is asked; a thing that is not there is none", () => {
  const there = { model: "m", n: 5, host: null };
  const cases: [asked: Record<string, string | number | null>, message: string | undefined][] = [
    [{ model: "m", n: 5, host: null }, undefined],
    [{ host: null, model: "m" }, undefined],
    [{ model: "m", later: null }, undefined],
    [{ model: "m2", n: 6, host: null }, "model m, not m2"],
    [{ model: "m", n: null, host: "h" }, "n 5, not none"],
    [{ model: "m", n: 5, host: "h" }, "host none, not h"],
    [{ model: "m", later: 1 }, "later none, not 1"],
    [{ model: "m", n: "5" }, "n 5, not 5"],
  ];
  for (const [asked, message] of cases) {
    const check = () => checkIdentity("indexes/x", there, asked);
    if (message === undefined) check();
    else
      assert.throws(check, {
        ...{ name: "InputError" },
        message: `indexes/x was made with ${message}: ask for the same, or give another --root`,
      });
  }
  checkIdentity("x", there, { model: "m", n: 6 }, ["model", "host"]);
});
