import { InputError } from "../../data/errors.ts";
import type { Index, Metric } from "../../data/records.ts";
import { byteLength, EMBEDDING, MAX_NAME_BYTES, shortened } from "./columns.ts";
import { quoted } from "./session.ts";

// The limits of pgvector, as its documentation has them.
const MAX_VECTOR_DIM = 16_000;
const MAX_INDEXED = { vector: 2000, halfvec: 4000 } as const;

/** A type for embeddings; `real[]` is that of a server without pgvector. */
export type EmbeddingType = "vector" | "halfvec" | "real[]";

const OPERATORS: Readonly<Record<Metric, string>> = { l2: "l2_ops", cosine: "cosine_ops", ip: "ip_ops" };

/** The type for a new table; `version` is that of pgvector, where there is one. Throws `InputError` where none would do. */
export function embeddingType(version: string | undefined, dim: number, index: Index): EmbeddingType {
  const needsHalf = index !== "none" && dim > MAX_INDEXED.vector && dim <= MAX_INDEXED.halfvec;
  const type = version === undefined ? "real[]" : needsHalf ? "halfvec" : "vector";
  if (type === "vector" && dim > MAX_VECTOR_DIM) {
    throw new InputError(`${dim} dimensions: pgvector stores at most ${MAX_VECTOR_DIM}`);
  }
  if (type === "halfvec" && !isAtLeast(version!, 0, 7)) {
    throw new InputError(
      `Index on ${dim} dimensions: pgvector ${version} allows ${MAX_INDEXED.vector}, from 0.7 on ${MAX_INDEXED.halfvec}; --index none stores without one`,
    );
  }
  return type;
}

/** Throws `InputError` where a column of that type cannot have the index. */
export function checkIndex(
  type: EmbeddingType,
  version: string | undefined,
  dim: number | undefined,
  index: Index,
): void {
  if (index === "none") return;
  const wrong = (what: string) => new InputError(`Index "${index}": ${what}; --index none stores without one`);
  if (type === "real[]") {
    throw wrong(version === undefined ? "the server has no pgvector" : "pgvector makes none on a column of real[]");
  }
  if (dim === undefined) throw wrong(`pgvector makes none on a column of ${type} without its dimensions`);
  if (dim > MAX_INDEXED[type]) {
    throw wrong(`pgvector makes one on at most ${MAX_INDEXED[type]} dimensions of ${type}, and here are ${dim}`);
  }
  if (index === "hnsw" && !isAtLeast(version!, 0, 5)) throw wrong(`pgvector ${version} has none, expected 0.5`);
}

function isAtLeast(version: string, major: number, minor: number): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split(".").map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

export interface IndexOptions {
  readonly index: Exclude<Index, "none">;
  readonly metric: Metric;
  readonly type: Exclude<EmbeddingType, "real[]">;
  readonly name: string;
  /** In SQL. */
  readonly table: string;
  /** Where pgvector lives, in SQL. */
  readonly schema: string;
  readonly rows: number;
}

/** The statement that makes the index, unless it is there. */
export function indexSql({ index, metric, type, name, table, schema, rows }: IndexOptions): string {
  const whole = `${name}_${EMBEDDING}_${index}_${metric}`;
  const indexName = byteLength(whole) > MAX_NAME_BYTES ? shortened(whole, whole) : whole;
  const settings = index === "ivfflat" ? ` WITH (lists = ${lists(rows)})` : "";
  const operators = `${schema}.${type}_${OPERATORS[metric]}`;
  return `CREATE INDEX IF NOT EXISTS ${quoted(indexName)} ON ${table} USING ${index} (${quoted(EMBEDDING)} ${operators})${settings}`;
}

const MAX_LISTS = 32_768;

/** What pgvector's documentation advises to begin with. */
function lists(rows: number): number {
  const advised = rows <= 1_000_000 ? rows / 1000 : Math.sqrt(rows);
  return Math.min(MAX_LISTS, Math.max(1, Math.round(advised)));
}
