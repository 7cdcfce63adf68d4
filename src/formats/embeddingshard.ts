import { tableFromIPC } from "@uwdata/flechette";
import type { EmbeddingRow } from "../data/embeddings.ts";
import { InputError } from "../data/errors.ts";
import type { ByteSource } from "../data/format.ts";
import { lengthOfAll } from "./bytes.ts";
import { loadParquet } from "./parquet.ts";
import { openParquetParts } from "./parquetparts.ts";
import { createParquetFooter, MAGIC } from "./parquetfooter.ts";
import { encodeRowGroup } from "./parquetrowgroup.ts";
import type { WrittenColumn } from "./parquetschema.ts";
import { openListColumn } from "./parquetvectors.ts";

/** Rows that are written, and read, together: of 1536 values they take 6 MB. */
export const SHARD_BLOCK_ROWS = 1024;

/** Consecutive rows of a shard. */
export interface EmbeddingBlock {
  readonly rows: readonly EmbeddingRow[];
  /** Shape (rows, dim). */
  readonly embeddings: Float32Array;
}

const TEXTS = ["id", "source", "dataset", "split", "text", "metadata"] as const;
const LATER_TEXTS = ["model", "created_at"] as const;
const ALL_TEXTS = [...TEXTS, ...LATER_TEXTS];

/**
 * The bytes of a Parquet file of blocks, each a row group: the same on every machine. A block, and what was given, is no longer
 * needed when more is asked for.
 */
export async function* encodeShard(blocks: AsyncIterable<EmbeddingBlock>, dim: number): AsyncGenerator<Uint8Array> {
  const { add, end } = createParquetFooter();
  yield MAGIC;
  for await (const block of blocks) {
    const { pieces, footer } = encodeRowGroup(columnsOf(block, dim));
    add(lengthOfAll(pieces), footer);
    yield* pieces;
  }
  yield end();
}

function columnsOf({ rows, embeddings }: EmbeddingBlock, dim: number): WrittenColumn[] {
  const texts = (name: keyof EmbeddingRow): WrittenColumn => ({
    name,
    type: "string",
    values: rows.map((row) => row[name]),
  });
  return [
    ...TEXTS.map(texts),
    { name: "embedding", type: "float32[]", length: dim, values: embeddings },
    ...LATER_TEXTS.map(texts),
  ];
}

/** A shard that is read in bounded memory. */
export interface EmbeddingShard {
  readonly rows: number;
  /** How many values the first vector has; 0 where there is none. */
  dim(): Promise<number>;
  /** Its blocks in their order. Throws `InputError` where it is damaged, or its columns are others. */
  blocks(): AsyncGenerator<EmbeddingBlock>;
}

/** Whether a Parquet file has the columns of a shard. Throws `InputError` where it is damaged, or none. */
export async function isShard(source: ByteSource): Promise<boolean> {
  const [parquet, parts] = await Promise.all([loadParquet(), openParquetParts(source)]);
  const names = tableFromIPC(parquet.schema(parts.empty)).schema.fields.map(({ name }) => name);
  return [...ALL_TEXTS, "embedding"].every((name) => names.includes(name));
}

/** Reads the footer of a shard. Throws `InputError` where it is none, or damaged. */
export async function openShard(source: ByteSource): Promise<EmbeddingShard> {
  const [parquet, parts] = await Promise.all([loadParquet(), openParquetParts(source)]);
  const vectors = openListColumn(parquet, parts, "embedding");
  const textsIn = async (group: number, name: string): Promise<readonly string[]> => {
    const [column] = parquet.decode(await parts.read(group, name), 0, parts.rows[group]!);
    if (column?.type !== "string") throw new InputError(`Column "${name}" has another type, expected strings`);
    return column.values;
  };
  return {
    rows: parts.rows.reduce((sum, count) => sum + count, 0),
    dim: vectors.dim,
    async *blocks() {
      for (const [group, count] of parts.rows.entries()) {
        const texts = new Map<string, readonly string[]>();
        for (const name of ALL_TEXTS) {
          texts.set(name, await textsIn(group, name));
        }
        const rows = Array.from({ length: count }, (_, row) =>
          Object.fromEntries(ALL_TEXTS.map((name) => [name, texts.get(name)![row]!])),
        );
        yield { rows: rows as unknown as EmbeddingRow[], embeddings: await vectors.read(group) };
      }
    },
  };
}
