import assert from "node:assert/strict";
import test from "node:test";
import { InputError } from "../../src/data/errors.ts";
import { localProvider } from "../../src/embed/local.ts";
import { openProvider } from "../../src/embed/table.ts";
import { assertSameBits } from "../reference/same.ts";
import { sha256 } from "../support/sums.ts";
import { topics } from "./topics.ts";

/** The model: these sums change with a new name only. */
const golden: [text: string, sum: string][] = [];

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
  assert.ok(right >= 54, `${right} of 60`);
});

test("what cannot be done is refused: too many texts, after an abort, an unknown provider", async () => {
  const provider = await openProvider("local");
  const many = Array.from({ length: provider.maxBatch + 1 }, () => "x");
  await assert.rejects(provider.embed(many), /expected at most 256/);
  await assert.rejects(provider.embed(["x"], AbortSignal.abort(new Error("given up"))), /given up/);
  await assert.rejects(openProvider("toString"), (error) => {
    assert.ok(error instanceof InputError);
    assert.equal(error.message, 'Unknown embedding provider "toString": expected local');
    return true;
  });
});
