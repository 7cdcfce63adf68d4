import { bytesOf } from "../data/dtype.ts";
import { PACKAGE_NAME, VERSION } from "../data/version.ts";
import { joinBytes } from "../formats/bytes.ts";
import { npyHeader } from "../formats/npy.ts";
import { sha256, writeWhole } from "../runtime/files.ts";
import { now } from "../runtime/system.ts";
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
  readonly algorithm: string;
  /** More about the source, for the reader. */
  readonly details: Readonly<Record<string, string | number>>;
}

/** What `centroids.json` says: five keys as Engram's own extractor writes them, and ours under `extras`. */
export function describeCentroids(
  { centroids, sizes, inertia, iterations, epochs }: KMeansResult,
  origin: CentroidOrigin,
) {
  const { seed, endpoint, rows, seen, dim, algorithm, details } = origin;
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
      algorithm,
      iterations,
      epochs,
      inertia,
      sizes: { min: Math.min(...sizes), mean: rows / sizes.length, max: Math.max(...sizes) },
      cluster_sizes: sizes,
      centroids_sha256: sha256(bytesOf(centroids)),
      generator: { name: PACKAGE_NAME, version: VERSION },
      created_at: now().toISOString(),
    },
  };
}

/** Writes `<stem>.npy`, float32 of shape (K, dim), and after it `<stem>.json`. */
export function writeCentroids(stem: string, centroids: Float32Array, dim: number, description: object): void {
  const header = npyHeader("<f4", [centroids.length / dim, dim]);
  writeWhole(`${stem}.npy`, joinBytes([header, bytesOf(centroids)]));
  writeWhole(`${stem}.json`, `${JSON.stringify(description, null, 2)}\n`);
}
