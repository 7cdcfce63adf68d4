import { readFileSync, writeFileSync } from "node:fs";
import type { Manifest } from "../../src/data/manifest.ts";
import { centroidsOf, resolveMemories, type MemoriesOptions } from "../../src/datasets/memories.ts";
import { memoryFiles, planMemories } from "../../src/datasets/memoryplan.ts";
import { openMemoryTable } from "../../src/formats/memorytable.ts";
import { npyHeader } from "../../src/formats/npy.ts";
import { joinBytes } from "../../src/formats/bytes.ts";
import { bytesOf } from "../../src/data/dtype.ts";
import { writeDataset, type DatasetPlan } from "../../src/pipeline/dataset.ts";
import { inputRecord } from "../../src/pipeline/inputs.ts";
import { manifestNameFor } from "../../src/pipeline/manifest.ts";
import { memorySource } from "./memory.ts";
import { sha256 } from "./sums.ts";

/** A line of memories as JSON reads it. */
export interface MemoryLine {
  readonly content: string;
  readonly embedding: readonly number[];
  readonly confidence: number;
  readonly id: string;
  readonly cluster: number;
}

export function linesOf(path: string): string[] {
  const lines = readFileSync(path, "utf8").split("\n");
  if (lines.pop() !== "") throw new Error(`${path} does not end with a line feed`);
  return lines;
}

export function readMemories(path: string): MemoryLine[] {
  return linesOf(path).map((line) => JSON.parse(line) as MemoryLine);
}

/** The same of a Parquet file. */
export async function readTable(path: string): Promise<MemoryLine[]> {
  const { rows, read } = await openMemoryTable(memorySource(new Uint8Array(readFileSync(path))));
  const groups: MemoryLine[][] = [];
  for (const [group, count] of rows.entries()) {
    const { contents, embeddings, confidences, ids, clusters } = await read(group);
    const dim = embeddings.length / count;
    groups.push(
      contents.map((content, row) => ({
        content,
        embedding: [...embeddings.subarray(row * dim, (row + 1) * dim)],
        confidence: confidences[row]!,
        id: ids[row]!,
        cluster: clusters[row]!,
      })),
    );
  }
  return groups.flat();
}

/** Centroids of shape (count, dim) by a fixed formula of integers, none of unit length. */
export function fixedCentroids(count: number, dim: number): Float32Array {
  return Float32Array.from({ length: count * dim }, (_, i) => ((i * 7919 + 31) % 2003) / 1001 - 1);
}

export function npyOf(values: Float32Array, dim: number): Uint8Array {
  return joinBytes([npyHeader("<f4", [values.length / dim, dim]), bytesOf(values)]);
}

/** Writes the centroids to a file, and tells of them what `MemoriesOptions` take. */
export function writeCentroids(path: string, count: number, dim: number) {
  const values = fixedCentroids(count, dim);
  writeFileSync(path, npyOf(values, dim));
  return { values, dim, sha256: sha256(values), path };
}

/** What the command `memories` would write as `<folder>/<stem>.<format>`, on this thread; `path` is that of given centroids. */
export function planOfMemories(
  folder: string,
  options: Omit<MemoriesOptions, "centroids"> & { centroids: number | ReturnType<typeof writeCentroids> },
  stem = "m",
): DatasetPlan {
  const recipe = resolveMemories(options);
  const { centroids } = options;
  const given = typeof centroids === "number" ? undefined : centroids;
  const names = memoryFiles(recipe, stem);
  return {
    recipe,
    passes: planMemories(recipe, centroidsOf(recipe, given?.values), names),
    folder,
    manifestName: manifestNameFor(names[0]!),
    inputs: given && [inputRecord("centroids", given.path, given.sha256, folder)],
  };
}

export function writeMemories(...args: Parameters<typeof planOfMemories>): Promise<Manifest> {
  return writeDataset(planOfMemories(...args), { workers: 0, checksum: true });
}

export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i]! * b[i]!;
    aa += a[i]! * a[i]!;
    bb += b[i]! * b[i]!;
  }
  return ab / Math.sqrt(aa * bb);
}
