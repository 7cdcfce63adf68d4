import { mkdirSync, writeFileSync } from "node:fs";
import type { EmbeddingRow } from "../../src/data/embeddings.ts";
import { joinBytes } from "../../src/formats/bytes.ts";
import { encodeShard } from "../../src/formats/embeddingshard.ts";
import { drain } from "./chunks.ts";

const rowOf = (row: number): EmbeddingRow => ({
  ...{ id: `row-${row}`, source: "file", dataset: "a", split: "train", text: `text ${row}`, metadata: "{}" },
  ...{ model: "m", created_at: "2026-01-01T00:00:00.000Z" },
});

/** The bytes of a shard that has these vectors, of row `first` and those after it. */
async function shardOf(values: Float32Array, dim: number, first = 0): Promise<Uint8Array> {
  const rows = Array.from({ length: values.length / dim }, (_, row) => rowOf(first + row));
  async function* blocks() {
    yield { rows, embeddings: values };
  }
  return joinBytes((await drain(encodeShard(blocks(), dim))).items);
}

/** Writes a folder of shards that has these vectors, each shard from one of the cuts to the next; returns their paths. */
export async function writeShards(folder: string, values: Float32Array, dim: number, cuts: readonly number[]) {
  mkdirSync(folder, { recursive: true });
  const paths: string[] = [];
  for (const [at, from] of cuts.slice(0, -1).entries()) {
    const path = `${folder}/shard-${String(at).padStart(5, "0")}.parquet`;
    writeFileSync(path, await shardOf(values.slice(from * dim, cuts[at + 1]! * dim), dim, from));
    paths.push(path);
  }
  return paths;
}
