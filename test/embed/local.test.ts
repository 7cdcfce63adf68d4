import assert from "node:assert/strict";
import test from "node:test";
import { InputError } from "../../src/data/errors.ts";
import { localProvider } from "../../src/embed/local.ts";
import { openProvider } from "../../src/embed/table.ts";
import { assertSameBits } from "../reference/same.ts";
import { sha256 } from "../support/sums.ts";
import { topics } from "./topics.ts";

/** The model: these sums change with a new name only. */
const golden: [text: string, sum: string][] = [
  ["", "e732844d21206f1d1ebbdf229587e5daa8adf855b1d63e2d34e3ee434211fbac"],
  ["x", "e66bfb2aa98169c724a01ccc235800f905b189524e259ff1644c3595feaf67d2"],
  ["The quick brown fox jumps over the lazy dog", "19e727a4e7659fba49186b7f489c870d0d2dab403e5a2fbc9756cbfb8f70c436"],
  [
    "Lava\n\nLava flows slowly down the flank of the mountain.",
    "0afa83450e88689bf270d15e85af1bedd22bc2270722396574d2ce684954a4be",
  ],
  ["Ελλάδα МОСКВА ÉCOLE", "5da171f32a859844eab3cacdfd4d51887e6b3940322153a1b6c4e8c2c52d4b0b"],
  ["吐火山是地球。日本語の文章、", "a0b399f5c4a5ce46f5b5b4e4be48ba34be6e9c911b12e76c0f384a3d05371cfc"],
  ["😀 smile", "7fba22c63cf6498f9a4e76415bbef6ab2e5bc5e7b39650e417ef8f73d1510248"],
];

test("the model named seedbed-local-v1 gives these bytes for ever", async () => {
  const { name, dim, embed } = await openProvider("local");
  assert.deepEqual([name, dim], ["seedbed-local-v1", 768]);
  for (const [text, sum] of golden) assert.equal(sha256(await embed([text])), sum, JSON.stringify(text));
});

test("a batch is its texts one by one, in a fresh array each time", async () => {
  const provider = await openProvider("local");
  const texts = Array.from({ length: provider.maxBatch }, (_, i) => `text number ${i} of many`);
  const all = await provider.embed(texts);
  const copy = all.slice();
  assert.equal(all.length, texts.length * provider.dim);
  for (const at of [0, 1, 100, provider.maxBatch - 1]) {
    const row = all.slice(at * provider.dim, (at + 1) * provider.dim);
    assertSameBits(await provider.embed([texts[at]!]), row, texts[at]!);
  }
  assertSameBits(all, copy, "the first array after other calls");
  assert.equal((await provider.embed([])).length, 0);
});

test("paragraphs are nearest to one of the same subject", async () => {
  const paragraphs = Object.values(topics).flat();
  assert.equal(paragraphs.length, 60);
  const { dim, embed } = localProvider();
  const all = await embed(paragraphs);
  const row = (i: number) => all.subarray(i * dim, (i + 1) * dim);
  const topicOf = (i: number) => Math.floor(i / 3);
  const cosine = (i: number, j: number) => row(i).reduce((sum, value, k) => sum + value * row(j)[k]!, 0);
  const isRight = paragraphs.map((_, i) => {
    const others = paragraphs.map((__, j) => j).filter((j) => j !== i);
    const nearest = others.reduce((best, j) => (cosine(i, j) > cosine(i, best) ? j : best));
    return topicOf(nearest) === topicOf(i);
  });
  const right = isRight.filter(Boolean).length;
  assert.ok(right >= 50, `${right} of 60`);
});

test("what cannot be done is refused: too many texts, after an abort, an unknown provider", async () => {
  const provider = await openProvider("local");
  const many = Array.from({ length: provider.maxBatch + 1 }, () => "x");
  await assert.rejects(provider.embed(many), /expected at most 256/);
  await assert.rejects(provider.embed(["x"], AbortSignal.abort(new Error("given up"))), /given up/);
  await assert.rejects(openProvider("toString"), (error) => {
    assert.ok(error instanceof InputError);
    assert.equal(error.message, 'Unknown embedding provider "toString": expected local, openai');
    return true;
  });
});
