import { InputError } from "../data/errors.ts";
import type { ByteSource } from "../data/format.ts";
import type { BadRecord, RecordInput, RunningHash, StoreRecord } from "../data/records.ts";
import type { EmbeddingRow } from "../data/embeddings.ts";
import { openShard, type EmbeddingShard } from "./embeddingshard.ts";
import { faultOfVector } from "./recordjson.ts";
import { PIECE_ROWS } from "./recordlines.ts";

/** Records of shards, and how many there are. */
export interface ShardRecords {
  readonly input: RecordInput;
  readonly rows: number;
}

/**
 * The rows of shards of embeddings, one shard after the other, with their ids; the text is the content, and the metadata are
 * fields. Throws `InputError` where one is damaged, or they differ in dimension.
 */
export async function openRecordShards(
  sources: readonly ByteSource[],
  createHash: () => RunningHash,
): Promise<ShardRecords> {
  const shards: EmbeddingShard[] = [];
  for (const source of sources) shards.push(await openShard(source));
  const dim = await commonDim(shards);
  const input: RecordInput = {
    dim,
    read({ rowEnd, wants }) {
      const hash = createHash();
      let row = 0;
      async function* pieces() {
        if (rowEnd <= 0) return;
        for (const shard of shards) {
          for await (const block of shard.blocks()) {
            for (let first = 0; first < block.rows.length; first += PIECE_ROWS) {
              const rows = block.rows.slice(first, Math.min(first + PIECE_ROWS, first + rowEnd - row));
              const values = block.embeddings.subarray(first * dim, (first + rows.length) * dim);
              const bytes = addToHash(hash, rows, values);
              const records: StoreRecord[] = [];
              const bad: BadRecord[] = [];
              for (const [i, each] of rows.entries()) {
                const found = recordOf(each, row, values.subarray(i * dim, (i + 1) * dim));
                if (!wants(row++)) continue;
                if ("reason" in found) bad.push(found);
                else records.push(found);
              }
              yield { records, bad, bytes, rowEnd: row };
              if (row === rowEnd) return;
            }
          }
        }
      }
      return { pieces: pieces(), mark: () => ({ rows: row, sums: [hash.digest()] }) };
    },
  };
  return { input, rows: shards.reduce((sum, { rows }) => sum + rows, 0) };
}

async function commonDim(shards: readonly EmbeddingShard[]): Promise<number> {
  const dims = new Set<number>();
  for (const shard of shards) dims.add(await shard.dim());
  const [dim, ...others] = [...dims].filter((each) => each > 0);
  if (dim === undefined) throw new InputError("It has no rows");
  if (others.length > 0) throw new InputError(`Its shards have vectors of ${[dim, ...others].join(" and ")} values`);
  return dim;
}

const utf8 = new TextEncoder();

/** Row by row, so that nothing depends on where pieces end. Returns how many bytes there were. */
function addToHash(hash: RunningHash, rows: readonly EmbeddingRow[], values: Float32Array): number {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const rowBytes = bytes.length / rows.length;
  let total = bytes.length;
  for (const [i, row] of rows.entries()) {
    const text = utf8.encode(`${JSON.stringify(row)}\n`);
    hash.update(text);
    hash.update(bytes.subarray(i * rowBytes, (i + 1) * rowBytes));
    total += text.length;
  }
  return total;
}

function recordOf(
  { id, text, metadata, ...others }: EmbeddingRow,
  row: number,
  embedding: Float32Array,
): StoreRecord | BadRecord {
  const reason = faultOfVector(embedding);
  if (reason !== undefined) return { row, id, reason };
  return { row, id, embedding, fields: { content: text, ...others, metadata: jsonOr(metadata) }, json: undefined };
}

/** Metadata of other programs may be no JSON. */
function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
