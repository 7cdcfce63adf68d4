/** A row of a dataset of embeddings, in the order of its columns. */
export interface EmbeddingRow {
  readonly id: string;
  readonly source: string;
  readonly dataset: string;
  readonly split: string;
  /** Exactly what was embedded. */
  readonly text: string;
  /** JSON: where the text comes from, and how it was cut. */
  readonly metadata: string;
  readonly model: string;
  /** ISO 8601, UTC. */
  readonly created_at: string;
}

/** One file of a dataset of embeddings, as the manifest lists it. It is never changed, only made again. */
export interface ShardRecord {
  /** As seen from the root. */
  readonly path: string;
  readonly split: string;
  /** From 0, in its split. */
  readonly shard_index: number;
  readonly rows: number;
  readonly bytes: number;
  /** Lower-case hexadecimal, as all sums. */
  readonly sha256: string;
  /** Of the texts of its rows, each followed by a newline. */
  readonly text_sha256: string;
  /** Of the ids and texts it was made from, each followed by a newline: those that failed included. */
  readonly items_sha256: string;
  readonly embedding_dim: number;
  readonly min_norm: number;
  readonly max_norm: number;
  readonly created_at: string;
  readonly tool: { readonly package: string; readonly version: string; readonly git_sha: string | null };
}

/** What must not change between two runs into one dataset, by names that a refusal tells. */
export type EmbeddingIdentity = Readonly<Record<string, string | number | null>>;

/** What was taken of a split, and how. */
export interface SplitRecord {
  readonly split: string;
  readonly source: string;
  /** What the files were, where the download says so. */
  readonly revision: string | null;
  readonly identity: EmbeddingIdentity;
  /** Rows of the split that were read, and of those that were not taken, why. */
  readonly rows_read: number;
  readonly rows_sampled: number;
  readonly rows_skipped: Readonly<Record<string, number>>;
  readonly sampling: {
    readonly seed: string | number;
    readonly n: number | null;
    readonly p: number | null;
    readonly stratify: string | null;
    /** Of the ids that were taken, in their order, each followed by a newline. */
    readonly selected_hash: string;
  };
  readonly chunking: {
    readonly unit: "tokens" | "none";
    readonly tokenizer: string | null;
    readonly chunk_tokens: number | null;
    readonly chunk_overlap: number | null;
  };
  readonly preprocessing: string;
  /** Texts that were to be embedded; undefined until all are known. */
  readonly chunks: number | null;
  /** Whether every shard is there. */
  readonly complete: boolean;
}

/** `manifest.json` of a dataset of embeddings. */
export interface EmbeddingManifest {
  readonly format: typeof EMBEDDING_FORMAT;
  readonly model: string;
  readonly dataset: string;
  readonly rows_total: number;
  readonly embedding_dim: number;
  readonly rows_per_shard: number;
  /** SHA-256 of the splits' identities. */
  readonly identity: string;
  readonly splits: readonly SplitRecord[];
  readonly shards: readonly ShardRecord[];
  readonly created_at: string;
}

export const EMBEDDING_FORMAT = "seedbed-embeddings-v1";
