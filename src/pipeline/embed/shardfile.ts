import type { EmbeddingRow } from "../../data/embeddings.ts";
import { encodeShard, SHARD_BLOCK_ROWS, type EmbeddingBlock } from "../../formats/embeddingshard.ts";
import { createRunningHash } from "../../runtime/files.ts";
import { openSink, type WrittenFile } from "../../runtime/sink.ts";

/** What a shard holds, beside its bytes. */
export interface ShardStatistics {
  readonly text_sha256: string;
  readonly min_norm: number;
  readonly max_norm: number;
}

/**
 * Writes a shard under its `.part` name and then gives it its name. `vectorInto` fills the vector of row
 * `row`, of `dim` values. On failure or abort nothing is left.
 */
export async function writeShard(
  path: string,
  rows: readonly EmbeddingRow[],
  dim: number,
  vectorInto: (row: number, out: Float32Array) => void,
  signal: AbortSignal,
): Promise<WrittenFile & ShardStatistics> {
  const statistics = createShardStatistics(dim);
  const vectors = new Float32Array(Math.min(rows.length, SHARD_BLOCK_ROWS) * dim); // of one block after the other
  async function* blocks(): AsyncGenerator<EmbeddingBlock> {
    for (let start = 0; start < rows.length; start += SHARD_BLOCK_ROWS) {
      signal.throwIfAborted();
      const some = rows.slice(start, start + SHARD_BLOCK_ROWS);
      const embeddings = vectors.subarray(0, some.length * dim);
      for (let i = 0; i < some.length; i++) vectorInto(start + i, embeddings.subarray(i * dim, (i + 1) * dim));
      const block = { rows: some, embeddings };
      statistics.add(block);
      yield block;
    }
  }
  const partPath = `${path}.part`;
  const sink = openSink(path, { partPath, checksum: true });
  try {
    for await (const bytes of encodeShard(blocks(), dim)) await sink.write({ bytes });
    const file = await sink.finish();
    file.publish();
    return { bytes: file.bytes, sha256: file.sha256, ...statistics.result() };
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

/** Sums up the rows of a shard, as they are written or read. Norms are Euclidean, added up in float64 and in order. */
export function createShardStatistics(dim: number): { add(block: EmbeddingBlock): void; result(): ShardStatistics } {
  const texts = createRunningHash();
  const utf8 = new TextEncoder();
  let [least, most] = [Infinity, 0];
  return {
    add({ rows, embeddings }) {
      texts.update(utf8.encode(rows.map(({ text }) => `${text}\n`).join("")));
      for (let row = 0; row < rows.length; row++) {
        let sum = 0;
        for (let i = row * dim; i < (row + 1) * dim; i++) sum += embeddings[i]! * embeddings[i]!;
        const norm = Math.sqrt(sum);
        least = Math.min(least, norm);
        most = Math.max(most, norm);
      }
    },
    result: () => ({ text_sha256: texts.digest(), min_norm: least, max_norm: most }),
  };
}
