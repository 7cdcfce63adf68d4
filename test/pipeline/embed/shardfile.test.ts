import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import type { EmbeddingRow } from "../../../src/data/embeddings.ts";
import { openShard } from "../../../src/formats/embeddingshard.ts";
import { writeShard } from "../../../src/pipeline/embed/shardfile.ts";
import { memorySource } from "../../support/memory.ts";
import { soon } from "../../support/soon.ts";
import { sha256 } from "../../support/sums.ts";
import { withTempFolder } from "../../support/temp.ts";
import { missingTmpfs, withTmpfs } from "../../support/tmpfs.ts";

const DIM = 16;
const rowsOf = (count: number) =>
  Array.from({ length: count }, (_, i): EmbeddingRow => {
    const text = `text ${i} 𝄞`;
    return { id: `${i}`, source: "s", dataset: "d", split: "x", text, metadata: "{}", model: "m", created_at: "c" };
  });
const vectorInto = (row: number, out: Float32Array) => void out.fill(0).set([3 * (row + 1), 4 * (row + 1)]);
const { signal } = new AbortController();

for (const count of [1, 1024, 1025, 2500]) {
  test(`a shard of ${count} rows has their vectors, and is told with its sums and norms`, async () => {
    await withTempFolder(async (folder) => {
      const path = `${folder}/a.parquet`;
      const rows = rowsOf(count);
      const file = await writeShard(path, rows, DIM, vectorInto, signal);
      const bytes = readFileSync(path);
      assert.deepEqual(file, {
        ...{ bytes: bytes.length, sha256: sha256(bytes), min_norm: 5, max_norm: 5 * count },
        text_sha256: sha256(rows.map(({ text }) => `${text}\n`).join("")),
      });
      let row = 0;
      for await (const block of (await openShard(memorySource(bytes))).blocks())
        for (let at = 0; at < block.rows.length; at++, row++) {
          const [a, b] = block.embeddings.subarray(at * DIM);
          assert.deepEqual([block.rows[at], a, b], [rows[row], 3 * (row + 1), 4 * (row + 1)]);
        }
      assert.equal(row, count);
      assert.deepEqual(readdirSync(folder), ["a.parquet"]);
    });
  });
}

test("vectors that cannot be read, and an abort, end it with their error, and nothing is left", async () => {
  await withTempFolder(async (folder) => {
    const path = `${folder}/a.parquet`;
    const broken = (row: number) => {
      if (row === 1500) throw new Error("it ends too early");
    };
    await assert.rejects(soon(writeShard(path, rowsOf(2500), DIM, broken, signal)), /^Error: it ends too early$/);
    const stopped = AbortSignal.abort(new Error("stopped"));
    await assert.rejects(soon(writeShard(path, rowsOf(2500), DIM, vectorInto, stopped)), /^Error: stopped$/);
    assert.deepEqual(readdirSync(folder), []);
    mkdirSync(path);
    await assert.rejects(
      soon(writeShard(path, rowsOf(10), DIM, vectorInto, signal)),
      /^\w*Error: Cannot rename [^\n]*$/,
    );
    assert.deepEqual(readdirSync(folder), ["a.parquet"]);
  });
});

test("a full disk ends it with the reason, and nothing is left", { skip: missingTmpfs() }, () =>
  withTmpfs("size=64k", async (folder) => {
    const noise = (row: number, out: Float32Array) => void out.set(out.map((_, i) => Math.sin(row * 97 + i * i)));
    await assert.rejects(
      soon(writeShard(`${folder}/a.parquet`, rowsOf(5000), DIM, noise, signal)),
      /no space left on the disk$/,
    );
    assert.deepEqual(readdirSync(folder), []);
  }),
);
