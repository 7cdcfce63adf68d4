import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import type { EmbeddingManifest, EmbeddingRow, ShardRecord } from "../../src/data/embeddings.ts";
import { joinBytes } from "../../src/formats/bytes.ts";
import { encodeShard, openShard } from "../../src/formats/embeddingshard.ts";
import { embedDataset } from "../../src/pipeline/embed/run.ts";
import { DIM, runOf, textsOf, type AskedRun } from "../pipeline/embed/runs.ts";
import { memorySource } from "../support/memory.ts";
import { sha256 } from "../support/sums.ts";
import { withTempFolder } from "../support/temp.ts";

process.env["SOURCE_DATE_EPOCH"] = "1700000000";

export const INDEX = "indexes/double/d";
export const FOLDER = "embeddings/double/d/train";
export const SHARD = `${FOLDER}/shard-00001.parquet`;

export function editManifest(root: string, edit: (manifest: EmbeddingManifest) => void): void {
  const path = `${root}/${INDEX}/manifest.json`;
  const manifest = JSON.parse(readFileSync(path, "utf8")) as EmbeddingManifest;
  edit(manifest);
  writeFileSync(path, JSON.stringify(manifest));
}

type Loose<T> = { -readonly [Name in keyof T]: T[Name] };
export const recordIn = ({ shards }: EmbeddingManifest) =>
  shards.find(({ path }) => path === SHARD) as Loose<ShardRecord>;

/** Writes the second shard anew, with other rows or vectors, and makes its length and sum agree, as a careful forger would. */
export async function forge(
  root: string,
  edit: (rows: EmbeddingRow[], vectors: Float32Array) => Float32Array | void,
  dim = DIM,
): Promise<void> {
  const path = `${root}/${SHARD}`;
  const pieces: Uint8Array[] = [];
  for await (const block of (await openShard(memorySource(readFileSync(path)))).blocks()) {
    const rows = [...block.rows];
    const embeddings = edit(rows, block.embeddings) ?? block.embeddings;
    async function* blocks() {
      yield { rows, embeddings };
    }
    for await (const piece of encodeShard(blocks(), dim)) pieces.push(piece.slice());
  }
  const bytes = joinBytes(pieces);
  writeFileSync(path, bytes);
  editManifest(root, (manifest) => Object.assign(recordIn(manifest), { bytes: bytes.length, sha256: sha256(bytes) }));
}

/** Runs `use` with a root under which a dataset was embedded, of ten rows a shard where nothing else is asked. */
export async function withDataset(
  use: (root: string) => Promise<void>,
  asked: AskedRun = { texts: textsOf(25) },
): Promise<void> {
  await withTempFolder(async (root) => {
    await embedDataset(runOf(root, asked));
    await use(root);
  });
}
