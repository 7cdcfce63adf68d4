import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import type { EmbeddingManifest, SplitRecord } from "../../../src/data/embeddings.ts";
import { EmbedFailure } from "../../../src/embed/failures.ts";
import type { EmbeddingProvider } from "../../../src/embed/provider.ts";
import { crc32 } from "../../../src/formats/crc32.ts";
import { openShard } from "../../../src/formats/embeddingshard.ts";
import { itemsOf } from "../../../src/pipeline/embed/items.ts";
import { embedDataset, type EmbedRun } from "../../../src/pipeline/embed/run.ts";
import { verifyEmbeddings } from "../../../src/report/verifyembeddings.ts";
import { memorySource } from "../../support/memory.ts";
import { withTempFolder } from "../../support/temp.ts";

export const DIM = 6;

/** The vector that the double gives a text. */
export function vectorOf(text: string, dim = DIM): Float32Array {
  const sum = crc32(new TextEncoder().encode(text));
  return Float32Array.from({ length: dim }, (_, i) => Math.fround((((sum >>> 3) + 131 * i) % 1000) / 1000 + 0.125));
}

export interface ProviderDouble extends EmbeddingProvider {
  /** Texts that were asked for, by how often. */
  readonly asked: Map<string, number>;
}

/** A provider in this process; `before` may wait or throw, told the texts and how many requests there were. */
export function providerDouble(
  before: (texts: readonly string[], request: number) => Promise<void> | void = () => {},
  { dim = DIM, host, name = "double" }: { dim?: number; host?: string; name?: string } = {},
): ProviderDouble {
  const asked = new Map<string, number>();
  let requests = 0;
  return {
    ...{ name, dim, host, maxBatch: 64, asked },
    async embed(texts) {
      await before(texts, requests++);
      for (const text of texts) asked.set(text, (asked.get(text) ?? 0) + 1);
      return Float32Array.from(texts.flatMap((text) => [...vectorOf(text, dim)]));
    },
  };
}

export interface AskedRun extends Partial<Omit<EmbedRun, "split" | "items">> {
  readonly texts?: readonly string[];
  readonly split?: string;
  /** Differences of what must not change. */
  readonly identity?: Readonly<Record<string, string | number | null>>;
}

export const textsOf = (count: number) => Array.from({ length: count }, (_, i) => `text number ${i} größer 𝄞`);

/** A run over texts into the folder `root`, 10 rows a shard and 4 texts a request unless something else is asked. */
export function runOf(root: string, asked: AskedRun = {}): EmbedRun {
  const { texts = textsOf(35), split = "train", identity = {}, rowsPerShard = 10, ...others } = asked;
  const provider = asked.provider ?? providerDouble();
  const model = provider.name;
  const chunking = { unit: "none" as const, tokenizer: null, chunk_tokens: null, chunk_overlap: null };
  const record: Omit<SplitRecord, "chunks" | "complete"> = {
    ...{ split, source: "file", revision: null, rows_read: texts.length, rows_sampled: texts.length },
    ...{ rows_skipped: { "empty text": 2 }, preprocessing: "none", chunking },
    sampling: { seed: 42, n: null, p: null, stratify: null, selected_hash: "0" },
    identity: {
      ...{ model, dimensions: provider.dim, host: provider.host ?? null, dataset: "d", split, source: "file" },
      ...{ seed: 42, rows_per_shard: rowsPerShard, ...identity },
    },
  };
  async function* documents() {
    for (const [row, text] of texts.entries()) yield { row, id: `id-${row}`, text, fields: { text, kind: row % 3 } };
  }
  const options = { textField: "text", idField: "id", chunks: undefined, tokenizer: undefined, rowsPerShard };
  return {
    place: { root, shards: `embeddings/${model}/d/${split}`, index: `indexes/${model}/d`, cache: `cache/${model}/d` },
    ...{ model, dataset: "d", rowsPerShard, provider, resume: false, concurrency: 3, batchSize: 4 },
    ...{ maxBatchTokens: 1e6, gitSha: null, signal: new AbortController().signal },
    ...others,
    items: () => itemsOf(documents(), options),
    split: record,
  };
}

/** The rows of shards as the manifest lists them: id, text and vector. */
export async function rowsIn(
  root: string,
  { shards }: Pick<EmbeddingManifest, "shards">,
): Promise<[id: string, text: string, vector: Float32Array][]> {
  const rows: [string, string, Float32Array][] = [];
  for (const { path } of shards) {
    const shard = await openShard(memorySource(readFileSync(`${root}/${path}`)));
    for await (const block of shard.blocks()) {
      const dim = block.embeddings.length / block.rows.length;
      block.rows.forEach(({ id, text }, at) => rows.push([id, text, block.embeddings.slice(at * dim, (at + 1) * dim)]));
    }
  }
  return rows;
}

/** What these rows are to be. */
export function expectedRows(texts: readonly string[], dim = DIM): [string, string, Float32Array][] {
  return texts.map((text, row) => [`id-${row}`, text, vectorOf(text, dim)]);
}

/** More than three shards. */
export const TEXTS = textsOf(35);
export const INDEX = "indexes/double/d";
export const SHARDS = "embeddings/double/d/train";

export const dead = () => new EmbedFailure("The key is refused", { class: "fatal", kind: "key" });
export const noText = () => new EmbedFailure("A text is refused", { class: "rejected", kind: "rejected" });

export const manifestOf = (root: string) =>
  JSON.parse(readFileSync(`${root}/${INDEX}/manifest.json`, "utf8")) as EmbeddingManifest;

/** The files of a folder by their names. */
export function filesIn(root: string, folder = SHARDS): Map<string, string> {
  const names = readdirSync(`${root}/${folder}`).sort();
  return new Map(names.map((name) => [name, readFileSync(`${root}/${folder}/${name}`).toString("base64")]));
}

/** The shards of a run that nothing disturbed. */
export async function undisturbed(asked: AskedRun = {}): Promise<Map<string, string>> {
  return withTempFolder(async (root) => {
    await embedDataset(runOf(root, asked));
    return filesIn(root);
  });
}

export async function isFaultless(root: string): Promise<void> {
  assert.deepEqual((await verifyEmbeddings(root, INDEX)).faults, []);
}
