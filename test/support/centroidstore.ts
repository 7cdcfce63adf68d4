import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { keyOf } from "../../src/core/key.ts";
import { kmeans } from "../../src/pipeline/kmeans/kmeans.ts";
import type { EngramDouble, EngramDoubleOptions } from "../doubles/engram.ts";
import { withEngram } from "../doubles/withengram.ts";
import type { BuiltCli } from "./built.ts";
import { assertTrue, readCentroids, rowsOf, type FoundCentroids } from "./centroids.ts";
import type { CliResult } from "./cli.ts";
import { sha256 } from "./sums.ts";
import { withTempFolder } from "./temp.ts";

export const STORE_DIM = 768;
/** Memories of a store unless told: two pages. */
export const COUNT = 1100;
export const K = 6;
const values = rowsOf(COUNT + 100, STORE_DIM);

const rowAt = (row: number): Float32Array => values.subarray(row * STORE_DIM, (row + 1) * STORE_DIM);
const idOf = (row: number): string => `memory-${row}`;

/** Puts rows `from` to `to`, of the 1200 that there are, into a store, which must keep near copies. */
export function store(double: EngramDouble, from: number, to: number, space?: string): void {
  for (let row = from; row < to; row++) {
    double.space(space).store({ id: idOf(row), content: `Memory ${row}`, embedding: rowAt(row) });
  }
}

/** Rows `from` to `to` in the order of SHA-256 over the seed, 8 bytes and little-endian, and the id. */
export function rowsInOrder(from: number, to: number, seed = 42n): Float32Array {
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(seed);
  const ranked = Array.from({ length: to - from }, (_, at) => {
    const hash = createHash("sha256")
      .update(prefix)
      .update(idOf(from + at), "utf8");
    return { row: rowAt(from + at), rank: hash.digest("hex").slice(0, 16) };
  });
  ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1));
  const sorted = new Float32Array((to - from) * STORE_DIM);
  ranked.forEach(({ row }, at) => sorted.set(row, at * STORE_DIM));
  return sorted;
}

type Extract = (...flags: string[]) => Promise<CliResult & { readonly found: FoundCentroids }>;

/** A store with the first `count` rows, and the command on it. */
export async function withStore(
  run: BuiltCli["run"],
  options: EngramDoubleOptions,
  use: (double: EngramDouble, extract: Extract) => Promise<void>,
  count = COUNT,
): Promise<void> {
  await withTempFolder((folder) =>
    withEngram({ dedup: false, ...options }, async (double) => {
      store(double, 0, count);
      let runs = 0;
      await use(double, async (...flags) => {
        const stem = `${folder}/c${runs++}`;
        const result = await run(
          ...["centroids", "--endpoint", double.url, "--num-centroids", String(K), "--output", `${stem}.npy`, ...flags],
        );
        assert.deepEqual([result.code, result.stderr], [0, ""]);
        return { ...result, found: readCentroids(stem) };
      });
    }),
  );
}

/** Asserts that exactly these rows were clustered, into what k-means makes of them. */
export async function assertClusters(found: FoundCentroids, rows: Float32Array, seed = 42): Promise<void> {
  assert.equal(found.json.extras.input_sha256, sha256(rows));
  const { centroids } = await kmeans(rows, STORE_DIM, { k: K, key: keyOf(seed) });
  assert.deepEqual(found.values, centroids);
  assertTrue(found, rows);
}
