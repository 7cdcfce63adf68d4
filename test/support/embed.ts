import { readFileSync, writeFileSync } from "node:fs";
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import process from "node:process";
import type { EmbeddingManifest, EmbeddingRow } from "../../src/data/embeddings.ts";
import { openShard } from "../../src/formats/embeddingshard.ts";
import { openFile } from "../../src/runtime/files.ts";
import type { OpenaiDouble } from "../doubles/openai.ts";
import type { BuiltCli } from "./built.ts";
import { runToEnd, type CliResult } from "./cli.ts";
import { filesIn } from "./downloads.ts";

const isDeno = "deno" in process.versions;

/** With it two runs give the same bytes. */
export const FIXED = { SOURCE_DATE_EPOCH: "1700000000" };
export const FIXED_DATE = "2023-11-14T22:13:20.000Z";

export const LOCAL = "seedbed-local-v1";
export const SMALL = "text-embedding-3-small";

/** What lets the provider openai ask the double. */
export function openaiVariables(double: Pick<OpenaiDouble, "url" | "key">): Record<string, string> {
  return { OPENAI_BASE_URL: double.url, OPENAI_API_KEY: double.key };
}

/** Starts `seedbed <args>`, which sees these variables and no others of its own. */
export function startWith(cli: BuiltCli, variables: Record<string, string>, args: readonly string[]): ChildProcess {
  const isOurs = (name: string) => /^(?:OPENAI_|SEEDBED_ROOT$|SOURCE_DATE_EPOCH$)/.test(name);
  const others = Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOurs(name)));
  return spawn(process.execPath, [...(isDeno ? ["run", "-A", "--no-prompt"] : []), cli.entry, ...args], {
    env: { ...others, ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Runs `seedbed <args>` so to its end. */
export function runWith(
  cli: BuiltCli,
  variables: Record<string, string>,
  ...args: readonly string[]
): Promise<CliResult> {
  return runToEnd(startWith(cli, variables, args));
}

export interface TextRow {
  readonly id: string;
  readonly text: string;
  readonly [field: string]: unknown;
}

const WORDS = "sea hill river stone cloud winter garden letter bridge lamp engine harbour".split(" ");

/** Rows of some words each, every text another one. */
export function textRows(count: number): TextRow[] {
  return Array.from({ length: count }, (_, i) => {
    const word = (k: number) => WORDS[(i * 7 + k * k * 3 + (i >> 3)) % WORDS.length];
    return { id: `row-${i}`, text: `Text ${i}: the ${word(1)}, the ${word(2)} and the ${word(3)}`, label: `l${i % 3}` };
  });
}

export function writeRows(path: string, rows: readonly object[]): void {
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
}

/** Folders and files of what was embedded of a dataset under a root. */
export function placesOf(root: string, model: string, dataset: string, split = "default") {
  const index = `${root}/indexes/${model}/${dataset}`;
  return { index, manifest: `${index}/manifest.json`, shards: `${root}/embeddings/${model}/${dataset}/${split}` };
}

export function manifestIn(index: string): EmbeddingManifest {
  return JSON.parse(readFileSync(`${index}/manifest.json`, "utf8")) as EmbeddingManifest;
}

/** A text that failed, as failures.jsonl tells it. */
export interface FailureLine {
  readonly split: string;
  readonly shard: number;
  readonly id: string;
  readonly kind: string;
  readonly reason: string;
}

export function failuresIn(index: string): FailureLine[] {
  const lines = readFileSync(`${index}/failures.jsonl`, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as FailureLine);
}

/** Rows of all shards of a manifest in their order, each with its vector. */
export async function embeddedRows(
  root: string,
  manifest: EmbeddingManifest,
): Promise<(EmbeddingRow & { readonly vector: Float32Array })[]> {
  const found: (EmbeddingRow & { readonly vector: Float32Array })[] = [];
  for (const { path, embedding_dim: dim } of manifest.shards) {
    const file = await openFile(`${root}/${path}`);
    for await (const { rows, embeddings } of (await openShard(file)).blocks())
      found.push(...rows.map((row, at) => ({ ...row, vector: embeddings.slice(at * dim, (at + 1) * dim) })));
    await file.close();
  }
  return found;
}

/** SHA-256 of all shards and manifests under a root. */
export function lastingFiles(root: string): Record<string, string> {
  const isLasting = (path: string) => /^embeddings\/|^indexes\/.*\/(?:manifest\.json|failures\.jsonl)$/.test(path);
  return Object.fromEntries(Object.entries(filesIn(root)).filter(([path]) => isLasting(path)));
}

/** What is left in the cache under a root, and of runs that had to end. */
export function leftovers(root: string): string[] {
  return Object.keys(filesIn(root)).filter((path) => /^cache\/|\.part$|\.lock$/.test(path));
}
