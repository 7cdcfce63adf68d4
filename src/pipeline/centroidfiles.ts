import { bytesOf } from "../data/dtype.ts";
import { PACKAGE_NAME, VERSION } from "../data/version.ts";
import { joinBytes } from "../formats/bytes.ts";
import { npyHeader } from "../formats/npy.ts";
import { makeFolder, sha256, splitPath, writeWhole } from "../runtime/files.ts";
import type { KMeansResult } from "./kmeans/kmeans.ts";

/** Where centroids come from. */
export interface CentroidOrigin {
  readonly seed: string;
  /** Of a store; null for a file. */
  readonly endpoint: string | null;
  /** Vectors that were clustered, of how many. */
  readonly rows: number;
  readonly seen: number;
  readonly dim: number;
  /** Shape (rows, dim): what was clustered. */
  readonly data: Float32Array;
  /** More about the source, for the reader. */
  readonly details: Readonly<Record<string, string | number>>;
}

/** What `centroids.json` says, no clock among it: five keys as Engram's own extractor writes them, and ours under `extras`. */
export function describeCentroids(result: KMeansResult, origin: CentroidOrigin) {
  const { centroids, sizes, algorithm, iterations, epochs, reseeded, inertia } = result;
  const { seed, endpoint, rows, seen, dim, data, details } = origin;
  const isNumber = Number.isSafeInteger(Number(seed));
  return {
    num_centroids: sizes.length,
    num_source_embeddings: rows,
    embedding_dim: dim,
    seed: isNumber ? Number(seed) : seed,
    endpoint,
    extras: {
      ...details,
      embeddings_seen: seen,
      input_sha256: sha256(bytesOf(data)),
      algorithm,
      iterations,
      epochs,
      reseeded,
      inertia,
      sizes: { min: Math.min(...sizes), mean: rows / sizes.length, max: Math.max(...sizes) },
      cluster_sizes: sizes,
      centroids_sha256: sha256(bytesOf(centroids)),
      generator: { name: PACKAGE_NAME, version: VERSION },
    },
  };
}

/** Writes `<stem>.npy`, float32 of shape (K, dim), and after it `<stem>.json`. */
export function writeCentroids(stem: string, centroids: Float32Array, dim: number, description: object): void {
  makeFolder(splitPath(stem).folder);
  const header = npyHeader("<f4", [centroids.length / dim, dim]);
  writeWhole(`${stem}.npy`, joinBytes([header, bytesOf(centroids)]));
  writeWhole(`${stem}.json`, `${JSON.stringify(description, null, 2)}\n`);
}
