import assert from "node:assert/strict";
import test from "node:test";
import { placeFor } from "../../src/commands/ingestflags.ts";
import { shardFolder } from "../../src/pipeline/root.ts";

const shards = (dataset: string, split: string, root = "/r") => shardFolder(root, "m", dataset, split);
const long = "a-very-long-name-of-a-dataset-that-somebody-gave";

const names: [input: string, name: string][] = [
  ["data/10k", "vectors_10k"],
  ["memories.jsonl", "memories"],
  ["My Vectors (2).npy", "my_vectors_2"],
  ["größe.npy", "gr_e"],
  ["日本.npy", "vectors_0"],
  [`${"x".repeat(39)} y.npy`, "x".repeat(39)],
  [shards("articles", "default"), "articles_default"],
  [shards("articles", "default", "."), "articles_default"],
  [shards("articles", "train"), "articles_train"],
  [shards("org/Name", "default"), "org_name_default"],
  [shards("20news", "test"), "vectors_20news_test"],
  [shards("日本", "default"), "vectors_0_default"],
  [shards(long, "train"), "a_very_long_name_of_a_dataset_that_train"],
  [shards(long, "x".repeat(60)), `a_very_long_name_of_${"x".repeat(20)}`],
  ["/elsewhere/default", "default"],
];

test("tables and collections are named after the input: shards after dataset and split", () => {
  for (const [input, name] of names) {
    assert.equal(placeFor({ to: "pgvector" }, input).name, name, input);
    assert.equal(placeFor({ to: "chroma" }, input).name, name, input);
    assert.ok(name.length <= 40 + "vectors_".length);
  }
  assert.equal(placeFor({ to: "chroma", collection: "mine" }, shards("a", "b")).name, "mine");
  assert.equal(placeFor({ to: "engram" }, shards("a", "b")).name, undefined);
});

test("two datasets have two places, and two splits of one that has a long name", () => {
  const identities = [
    shards("a", "default"),
    shards("b", "default"),
    shards(long, "train"),
    shards(long, "validation"),
  ].map((input) => placeFor({ to: "pgvector" }, input).identity);
  assert.equal(new Set(identities).size, identities.length);
});
