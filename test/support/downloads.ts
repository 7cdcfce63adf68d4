import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { planDownload, runDownload, type LoadPlan, type ThereAlready } from "../../src/pipeline/download/download.ts";
import type { DatasetRecord } from "../../src/pipeline/download/record.ts";
import type { Asked, SourceName } from "../../src/pipeline/download/remote.ts";
import { folderOf } from "../../src/pipeline/download/sources.ts";
import type { Server } from "../doubles/fileserver.ts";

/** Bytes that repeat nowhere, so that one in a wrong place shows. */
export function patternBytes(length: number, seed = 1): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  for (let at = 0, value = seed * 2654435761; at < words.length; at++) {
    value = (Math.imul(value, 1664525) + 1013904223) >>> 0;
    words[at] = value ^ at;
  }
  return new Uint8Array(words.buffer, 0, length);
}

export function sumOf(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The files below a folder, with their SHA-256. */
export function filesIn(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(folder.length + 1))
    .sort();
  return Object.fromEntries(paths.map((path) => [path, sumOf(readFileSync(`${folder}/${path}`))]));
}

const OURS = [
  "HF_TOKEN",
  "HF_ENDPOINT",
  "KAGGLE_USERNAME",
  "KAGGLE_KEY",
  "KAGGLE_API",
  "SEEDBED_ROOT",
  "SOURCE_DATE_EPOCH",
];

/** Runs `use` with these variables of the environment and no others of those that `download` reads. */
export async function withEnvironment<T>(variables: Record<string, string>, use: () => Promise<T>): Promise<T> {
  const before = OURS.map((name) => [name, process.env[name]] as const);
  const set = (name: string, value: string | undefined): void => {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  };
  for (const name of OURS) set(name, variables[name]);
  try {
    return await use();
  } finally {
    for (const [name, value] of before) set(name, value);
  }
}

/** Runs `use` with a server that is stopped afterwards. */
export async function withStarted<S extends Server, T>(
  starting: Promise<S>,
  use: (server: S) => Promise<T>,
): Promise<T> {
  const server = await starting;
  try {
    return await use(server);
  } finally {
    await server.close();
  }
}

/** What is asked for, with nothing chosen. */
export function asking(source: SourceName, name: string, more: Partial<Asked> = {}): Asked {
  return { source, name, split: undefined, revision: undefined, pattern: undefined, ...more };
}

export interface Loaded {
  readonly folder: string;
  readonly plan: ThereAlready | LoadPlan;
  readonly record: DatasetRecord;
}

/** Plans and loads, with short pauses between attempts. */
export async function load(
  asked: Asked,
  root: string,
  { force = false, concurrent = 2, signal }: { force?: boolean; concurrent?: number; signal?: AbortSignal } = {},
): Promise<Loaded> {
  const net = { retry: { tries: 4, baseMs: 1, maxMs: 5, patienceMs: 2000, signal } };
  const folder = folderOf(asked, root);
  const plan = await planDownload(asked, folder, { force, net, onBytes() {} });
  if (plan.kind === "there") return { folder, plan, record: plan.record };
  return { folder, plan, record: await runDownload(plan, { net, concurrent, onProgress() {} }) };
}
