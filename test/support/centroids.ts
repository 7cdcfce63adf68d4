import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { clusteredRows } from "./clusters.ts";
import { npyOf } from "./memories.ts";
import { sha256 } from "./sums.ts";

/** What `centroids.json` says. */
export interface CentroidsJson {
  readonly num_centroids: number;
  readonly num_source_embeddings: number;
  readonly embedding_dim: number;
  readonly seed: number | string;
  readonly endpoint: string | null;
  readonly extras: {
    readonly embeddings_seen: number;
    readonly algorithm: string;
    readonly iterations: number;
    readonly reseeded: number;
    readonly inertia: number;
    readonly sizes: { readonly min: number; readonly mean: number; readonly max: number };
    readonly cluster_sizes: readonly number[];
    readonly input_sha256: string;
    readonly centroids_sha256: string;
    readonly memories_without_embedding?: number;
    readonly memories_missed?: number;
  };
}

export interface FoundCentroids {
  readonly npy: Uint8Array;
  readonly values: Float32Array;
  readonly text: string;
  readonly json: CentroidsJson;
}

/** The two files of a run, of which the array must be exactly float32 of the shape that the other tells. */
export function readCentroids(stem: string): FoundCentroids {
  const npy = new Uint8Array(readFileSync(`${stem}.npy`));
  const text = readFileSync(`${stem}.json`, "utf8");
  const json = JSON.parse(text) as CentroidsJson;
  const { num_centroids: k, embedding_dim: dim } = json;
  const start = 10 + (npy[8]! | (npy[9]! << 8));
  assert.equal(
    new TextDecoder("latin1").decode(npy.subarray(10, start)).trimEnd(),
    `{'descr': '<f4', 'fortran_order': False, 'shape': (${k}, ${dim}), }`,
  );
  assert.equal(npy.length - start, 4 * k * dim);
  return { npy, values: new Float32Array(npy.slice(start).buffer), text, json };
}

export interface Assigned {
  readonly labels: readonly number[];
  readonly sizes: readonly number[];
  /** Squared distances of rows from the nearest centroid, added up. */
  readonly inertia: number;
}

/** The nearest centroid of each row, the first of equally near ones, in float64. */
export function assignRows(rows: Float32Array, centroids: Float32Array, dim: number): Assigned {
  const sizes = Array.from({ length: centroids.length / dim }, () => 0);
  const labels: number[] = [];
  let inertia = 0;
  for (let at = 0; at < rows.length; at += dim) {
    let [nearest, least] = [0, Infinity];
    for (let c = 0; c < sizes.length; c++) {
      let distance = 0;
      for (let i = 0; i < dim; i++) {
        const off = rows[at + i]! - centroids[c * dim + i]!;
        distance += off * off;
      }
      if (distance < least) [nearest, least] = [c, distance];
    }
    labels.push(nearest);
    sizes[nearest]!++;
    inertia += least;
  }
  return { labels, sizes, inertia };
}

/** Asserts that sizes, inertia and sums in the JSON are those of these rows and the centroids beside it. */
export function assertTrue({ json, values }: FoundCentroids, rows: Float32Array): void {
  const { embedding_dim: dim, num_centroids: k, num_source_embeddings: count, extras } = json;
  assert.equal(count, rows.length / dim);
  const { sizes, inertia } = assignRows(rows, values, dim);
  assert.deepEqual(extras.cluster_sizes, sizes);
  assert.deepEqual(extras.sizes, { min: Math.min(...sizes), mean: count / k, max: Math.max(...sizes) });
  assert.ok(
    Math.abs(extras.inertia - inertia) <= 1e-5 * inertia + 1e-9,
    `inertia ${extras.inertia}, recomputed ${inertia}`,
  );
  assert.equal(extras.centroids_sha256, sha256(values));
}

/** Rows about 8 centres, wide enough that the way to cluster them matters. */
export function rowsOf(rows: number, dim: number, seed = 1): Float32Array {
  return clusteredRows({ rows, k: 8, dim, spread: 0.4, seed }).sample;
}

export function writeRows(path: string, values: Float32Array, dim: number): void {
  writeFileSync(path, npyOf(values, dim));
}
