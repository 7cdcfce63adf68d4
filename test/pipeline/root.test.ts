import assert from "node:assert/strict";
import { accessSync, constants } from "node:fs";
import process from "node:process";
import test from "node:test";
import { InputError } from "../../src/data/errors.ts";
import {
  component,
  cacheFolder,
  indexFolder,
  processedFolder,
  rawFolder,
  rootOf,
  placeOfShards,
  shardFolder,
} from "../../src/pipeline/root.ts";
import { withEnvironment } from "../support/downloads.ts";

const mapped: [name: string, part: string][] = [
  ["org/dataset", "org__dataset"],
  ["text-embedding-3-small", "text-embedding-3-small"],
  ["a b:c\\d?e*f", "a-b-c-d-e-f"],
  ["../../etc/passwd", "..__..__etc__passwd"],
  ["/etc", "__etc"],
  ["a\u0000\nb", "a--b"],
  ["données_数据.1", "données_数据.1"],
  ["donne\u0301es", "donn\u00e9es"],
  [".hidden", ".hidden"],
  ["con", "con-"],
  ["NUL.txt", "NUL-.txt"],
  ["com1", "com1-"],
  ["console", "console"],
  ["😀", "-"],
  ["x".repeat(200), "x".repeat(200)],
];

test("a name becomes one part of a path", () => {
  for (const [name, part] of mapped) {
    assert.equal(component(name), part);
    assert.equal(component(part), part, "again");
    assert.doesNotMatch(part, /[/\\]/);
  }
});

test("a name that could leave its folder, or that no disk takes, is refused in one line", () => {
  for (const name of ["", ".", "..", "...", "a.", "x".repeat(201), "é".repeat(101), "a/".repeat(80)]) {
    assert.throws(
      () => component(name),
      (error: Error) => error instanceof InputError && /^Name "[^\n]{0,90}" is not allowed: /.test(error.message),
    );
  }
});

test("folders lie where the contract says, whatever the names", () => {
  assert.equal(rawFolder("r", "huggingface", "org/name", "train"), "r/datasets/raw/huggingface/org__name/train");
  assert.equal(processedFolder("r/", "org/name", "main"), "r/datasets/processed/org__name/main");
  assert.equal(shardFolder("/", "m", "org/name", "train"), "/embeddings/m/org__name/train");
  assert.equal(indexFolder("./r", "a/m", "d"), "./r/indexes/a__m/d");
  assert.equal(cacheFolder("C:/r", "m", "../x"), "C:/r/cache/m/..__x");
  assert.throws(() => cacheFolder("C:/r", "m", "../.."), InputError);
});

test("what a folder of shards is of is told by its path, from wherever it is named", () => {
  const place = { root: "/a/embeddings/r", model: "m", dataset: "org__name", split: "train" };
  const folder = shardFolder(place.root, "m", "org/name", "train");
  assert.deepEqual(placeOfShards(folder), place);
  assert.deepEqual(placeOfShards(`${folder}/../train/`), place);
  assert.deepEqual(placeOfShards(shardFolder(".", "m", "d", "s")), {
    ...{ root: process.cwd().replaceAll("\\", "/"), model: "m", dataset: "d", split: "s" },
  });
  for (const other of ["/a/embeddings/m/d", `${folder}/shard-00000.parquet`, "/vectors/m/d/s", "."])
    assert.equal(placeOfShards(other), undefined, other);
});

test("the root is the flag's, else the environment's, else a shared one that can be written, else one of this folder", async () => {
  await withEnvironment({ SEEDBED_ROOT: "/some/where" }, async () => {
    assert.deepEqual(rootOf("here"), { path: "here", why: "--root" });
    assert.deepEqual(rootOf(undefined), { path: "/some/where", why: "SEEDBED_ROOT" });
    assert.throws(() => rootOf(""), InputError);
  });
  await withEnvironment({}, async () => {
    let isShared = true;
    try {
      accessSync("/workspace", constants.W_OK);
    } catch {
      isShared = false;
    }
    const { path, why } = rootOf(undefined);
    assert.equal(path, isShared ? "/workspace" : "./workspace");
    assert.match(why, /--root or SEEDBED_ROOT/);
  });
});
