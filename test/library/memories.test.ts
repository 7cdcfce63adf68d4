import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { generateMemories, InputError, type GenerateMemoriesOptions, type MemoryBlock } from "../../src/index.ts";
import { assertSameBits, assertSameBytes } from "../reference/same.ts";
import { bytesOf } from "../../src/data/dtype.ts";
import { runCli } from "../support/cli.ts";
import { withTempFolder } from "../support/temp.ts";

async function collect(options: GenerateMemoriesOptions): Promise<MemoryBlock[]> {
  const blocks: MemoryBlock[] = [];
  for await (const block of generateMemories(options)) blocks.push(block);
  return blocks;
}

test("the blocks are the memories that the command writes", async () => {
  await withTempFolder(async (folder) => {
    const output = `${folder}/m.jsonl`;
    const { code } = await runCli("memories", "--centroids", "9", "--dim", "13", "--count", "200", "--output", output);
    assert.equal(code, 0);
    const lines = readFileSync(output, "utf8").trimEnd().split("\n");
    const stored = lines.map(
      (line) => JSON.parse(line) as { embedding: number[]; confidence: number; cluster: number },
    );
    const [block, ...more] = await collect({ centroids: 9, dim: 13, count: 200 });
    assert.equal(more.length, 0);
    assert.deepEqual([block!.start, block!.rows, block!.dim], [0, 200, 13]);
    assertSameBits(block!.embeddings, Float32Array.from(stored.flatMap(({ embedding }) => embedding)), "embeddings");
    assertSameBits(
      block!.confidences,
      Float32Array.from(stored, ({ confidence }) => confidence),
      "confidences",
    );
    assert.deepEqual(
      [...block!.clusters],
      stored.map(({ cluster }) => cluster),
    );
  });
});

test("parts of the rows, in blocks of any size, are those of the whole; centroids may be given", async () => {
  const centroids = Float32Array.from({ length: 5 * 7 }, (_, i) => i - 17);
  const options = { centroids, dim: 7, count: 1e12, seed: "my-paper", stdDev: 0.5, normalize: false } as const;
  const [whole] = await collect({ ...options, range: [1e11, 1e11 + 100] });
  const parts = await collect({ ...options, range: [1e11 + 10, 1e11 + 60], blockRows: 7 });
  assert.equal(parts.length, 8);
  for (const { start, rows, embeddings } of parts) {
    const from = (start - 1e11) * 7;
    assertSameBytes(bytesOf(embeddings), bytesOf(whole!.embeddings.subarray(from, from + rows * 7)), `from ${start}`);
  }
  assert.ok(whole!.clusters.every((cluster) => cluster < 5));
});

test("what is not allowed is refused", async () => {
  for (const options of [
    { centroids: 0 },
    { centroids: new Float32Array(10), dim: 3 },
    { centroids: 2, cosine: 0 },
    { centroids: 2, stdDev: -1 },
    { centroids: 2, blockRows: 0 },
  ]) {
    await assert.rejects(collect({ count: 10, ...options }), InputError);
  }
});

test("centroids that are no finite float32 values are refused with the reason", async () => {
  for (const value of [NaN, Infinity, -Infinity, 1.1e15, -1.1e15]) {
    const centroids = Float32Array.of(1, 2, 3, value);
    const message = `Centroids with ${centroids[3]} are not allowed: expected values up to 1000000000000000`;
    await assert.rejects(collect({ centroids, dim: 2, count: 10 }), new InputError(message));
  }
  const others: unknown[] = [
    [1, 2, 3, 4],
    Float64Array.of(1, 2, 3, 4),
    Int32Array.of(1, 2),
    "1,2",
    null,
    undefined,
    {},
  ];
  for (const centroids of others) {
    const options = { centroids, dim: 2, count: 10 } as GenerateMemoriesOptions;
    const message = "Centroids of that type are not allowed: give a Float32Array";
    await assert.rejects(collect(options), new InputError(message), String(centroids));
  }
});

test("an abort ends it with its reason", async () => {
  const reason = new Error("enough");
  await assert.rejects(collect({ centroids: 2, signal: AbortSignal.abort(reason) }), (error) => error === reason);
});
