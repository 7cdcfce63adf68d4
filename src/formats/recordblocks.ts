import type { BadRecord, RecordInput, RunningHash, StoreRecord } from "../data/records.ts";
import { faultOfVector } from "./recordjson.ts";
import { PIECE_ROWS } from "./recordlines.ts";

/** Consecutive rows: what a file says of each, as JSON, and their vectors of shape (rows, dim). */
export interface RecordBlock<Row> {
  readonly rows: readonly Row[];
  readonly embeddings: Float32Array;
}

/** What becomes of a row. */
interface RowParts {
  readonly id: string;
  readonly fields: StoreRecord["fields"];
}

/** The rows of blocks as records; those whose vector cannot be stored are given out as such. */
export function recordsOfBlocks<Row extends { readonly id: string }>(
  dim: number,
  blocks: () => AsyncIterable<RecordBlock<Row>>,
  partsOf: (row: Row) => RowParts,
  createHash: () => RunningHash,
): RecordInput {
  return {
    dim,
    read({ rowEnd, wants }) {
      const hash = createHash();
      let row = 0;
      async function* pieces() {
        if (rowEnd <= 0) return;
        for await (const block of blocks()) {
          for (let first = 0; first < block.rows.length; first += PIECE_ROWS) {
            const rows = block.rows.slice(first, Math.min(first + PIECE_ROWS, first + rowEnd - row));
            const values = block.embeddings.subarray(first * dim, (first + rows.length) * dim);
            const bytes = addToHash(hash, rows, values);
            const records: StoreRecord[] = [];
            const bad: BadRecord[] = [];
            for (const [i, each] of rows.entries()) {
              const embedding = values.subarray(i * dim, (i + 1) * dim);
              const number = row++;
              if (!wants(number)) continue;
              const reason = faultOfVector(embedding);
              if (reason !== undefined) bad.push({ row: number, id: each.id, reason });
              else records.push({ row: number, ...partsOf(each), embedding, json: undefined });
            }
            yield { records, bad, bytes, rowEnd: row };
            if (row === rowEnd) return;
          }
        }
      }
      return { pieces: pieces(), mark: () => ({ rows: row, sums: [hash.digest()] }) };
    },
  };
}

const utf8 = new TextEncoder();

/** Row by row, so that nothing depends on where pieces end. Returns how many bytes there were. */
function addToHash(hash: RunningHash, rows: readonly object[], values: Float32Array): number {
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
