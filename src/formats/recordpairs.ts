import { InputError } from "../data/errors.ts";
import type { ByteSource } from "../data/format.ts";
import type { BadRecord, RecordInput, RunningHash, StoreRecord } from "../data/records.ts";
import type { VectorFile } from "../data/vectors.ts";
import { countLines, readLineBytes, type LineBytes } from "./linebytes.ts";
import { faultOfVector, metadataOf, parseLine } from "./recordjson.ts";
import { PIECE_ROWS, sumLine } from "./recordlines.ts";

/**
 * The rows of a file of vectors, with what line i of a JSONL text says of row i, where there is one. Rows that cannot be
 * stored are given out as such. Throws `InputError` where there are not as many lines as vectors.
 */
export async function openRecordPairs(
  vectors: VectorFile,
  metadata: ByteSource | undefined,
  createHash: () => RunningHash,
): Promise<RecordInput> {
  const { dim } = vectors;
  if (metadata) await checkLines(vectors, metadata);
  return {
    dim,
    read({ rowEnd, wants }) {
      const hashes = metadata ? [createHash(), createHash()] : [createHash()];
      let row = 0;
      async function* pieces() {
        if (rowEnd <= 0) return;
        const lines = metadata && readLineBytes(metadata);
        for await (const block of vectors.blocks()) {
          for (let first = 0; first < block.rows; first += PIECE_ROWS) {
            const rows = Math.min(PIECE_ROWS, block.rows - first, rowEnd - row);
            const values = block.data.slice(first * dim, (first + rows) * dim); // the next block may overwrite it
            hashes[0]!.update(new Uint8Array(values.buffer));
            const records: StoreRecord[] = [];
            const bad: BadRecord[] = [];
            let bytes = values.byteLength;
            for (let i = 0; i < rows; i++, row++) {
              const line = lines && ((await lines.next()).value as LineBytes | undefined);
              if (lines && !line)
                throw new InputError(`The metadata end at row ${row}: expected a line for each vector`);
              if (line) sumLine(hashes[1]!, line);
              bytes += line?.byteLength ?? 0;
              if (!wants(row)) continue;
              const found = rowOf(values.subarray(i * dim, (i + 1) * dim), line);
              const place = { row, line: line?.number };
              if ("reason" in found) bad.push({ ...place, ...found });
              else records.push({ ...place, ...found, json: undefined });
            }
            yield { records, bad, bytes, rowEnd: row };
            if (row === rowEnd) return;
          }
        }
      }
      return { pieces: pieces(), mark: () => ({ rows: row, sums: hashes.map((hash) => hash.digest()) }) };
    },
  };
}

function rowOf(embedding: Float32Array, line: LineBytes | undefined) {
  const parsed = line && parseLine(line);
  if (typeof parsed === "string") return { id: undefined, reason: parsed };
  const found = parsed ? metadataOf(parsed) : { id: undefined, fields: {} };
  if ("reason" in found) return found;
  const reason = faultOfVector(embedding);
  return reason === undefined ? { ...found, embedding } : { id: found.id, reason };
}

async function checkLines({ rows }: VectorFile, metadata: ByteSource): Promise<void> {
  const lines = await countLines(metadata);
  if (rows !== undefined && rows !== lines)
    throw new InputError(
      `Cannot pair ${lines} lines of metadata with ${rows} vectors: expected a line for each vector`,
    );
}
