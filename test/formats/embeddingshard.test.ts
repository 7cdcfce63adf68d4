import assert from "node:assert/strict";
import test from "node:test";
import type { EmbeddingRow } from "../../src/data/embeddings.ts";
import { InputError } from "../../src/data/errors.ts";
import { joinBytes } from "../../src/formats/bytes.ts";
import { encodeShard, openShard, SHARD_BLOCK_ROWS, type EmbeddingBlock } from "../../src/formats/embeddingshard.ts";
import { drain } from "../support/chunks.ts";
import { sha256 } from "../support/sums.ts";

const rowOf = (i: number): EmbeddingRow => ({
  ...{ id: `row-${i}`, source: "file", dataset: "a", split: "train", text: `größer ${i} 𝄞`.repeat(i % 7) },
  ...{ metadata: JSON.stringify({ row: i }), model: "m", created_at: "2026-01-01T00:00:00.000Z" },
});

async function* blocksOf(rows: number, dim: number): AsyncGenerator<EmbeddingBlock> {
  for (let start = 0; start < rows; start += SHARD_BLOCK_ROWS) {
    const count = Math.min(SHARD_BLOCK_ROWS, rows - start);
    yield {
      rows: Array.from({ length: count }, (_, i) => rowOf(start + i)),
      embeddings: Float32Array.from({ length: count * dim }, (_, i) => ((start * dim + i) % 1009) / 1009 - 0.5),
    };
  }
}

async function encode(blocks: AsyncIterable<EmbeddingBlock>, dim: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of encodeShard(blocks, dim)) pieces.push(piece.slice());
  return joinBytes(pieces);
}

const sourceOf = (bytes: Uint8Array) => ({
  byteLength: bytes.length,
  read: (at: number, length: number) => Promise.resolve(bytes.slice(at, at + length)),
});

async function* read(bytes: Uint8Array): AsyncGenerator<EmbeddingBlock> {
  yield* (await openShard(sourceOf(bytes))).blocks();
}

for (const rows of [1, 2, 1023, 1024, 1025, 3000]) {
  test(`${rows} rows are read back as they were written`, async () => {
    const bytes = await encode(blocksOf(rows, 5), 5);
    assert.equal((await openShard(sourceOf(bytes))).rows, rows);
    const { items: found } = await drain(read(bytes));
    const { items: expected } = await drain(blocksOf(rows, 5));
    assert.deepEqual(found, expected);
  });
}

test("the bytes are the same at every call and on every runtime", async () => {
  const sums = [await encode(blocksOf(2500, 32), 32), await encode(blocksOf(2500, 32), 32)].map((bytes) =>
    sha256(bytes),
  );
  assert.equal(sums[0], sums[1]);
  assert.equal(sums[0], "d46893e81179ed9a29b5979cdebbf79bb02c638f6719a1437111bc8ed3c1e61f");
});

test("an error of what gives the rows is the error of the file", async () => {
  async function* broken(): AsyncGenerator<EmbeddingBlock> {
    yield* blocksOf(SHARD_BLOCK_ROWS, 4);
    throw new Error("no more");
  }
  await assert.rejects(encode(broken(), 4), /^Error: no more$/);
});

test("a shard that is cut or damaged is refused, and so is another file", async () => {
  const bytes = await encode(blocksOf(100, 8), 8);
  const all = async (file: Uint8Array): Promise<void> => {
    const { error } = await drain(read(file));
    if (error) throw error;
  };
  await assert.rejects(all(bytes.subarray(0, bytes.length - 1)), InputError);
  await assert.rejects(all(new Uint8Array(100)), InputError);
  const damaged = bytes.slice();
  damaged.fill(0xff, 4, 400);
  await assert.rejects(all(damaged), InputError);
});
