import { createCore } from "../core/instance.ts";
import { createEndOfNumbers } from "../core/plainnumbers.ts";
import { InputError } from "../data/errors.ts";
import type { ByteSource } from "../data/format.ts";
import type { BadRecord, RecordInput, RunningHash, StoreRecord } from "../data/records.ts";
import { readLineBytes, type LineBytes } from "./linebytes.ts";
import { isBlankLine, lengthOfVector, parseLine, recordOf } from "./recordjson.ts";
import { checkShape } from "./vectorrows.ts";

/** Rows in a piece: few, so that whoever reads them has time for other things in between. */
export const PIECE_ROWS = 16;

const PIECE_BYTES = 1 << 20;
const SAMPLED_LINES = 100;

/**
 * The rows of a JSONL text, one a line, each with its vector. Lines that cannot be stored are given out as such; blank ones
 * are no rows. Throws `InputError` where no line at the beginning has a vector.
 */
export async function openRecordLines(source: ByteSource, createHash: () => RunningHash): Promise<RecordInput> {
  const dim = await commonLength(source);
  const endOfNumbers = createEndOfNumbers(createCore());
  return {
    dim,
    read({ rowEnd, wants, keepsText = false }) {
      const hash = createHash();
      let row = 0;
      async function* pieces() {
        let records: StoreRecord[] = [];
        let bad: BadRecord[] = [];
        let bytes = 0;
        if (rowEnd <= 0) return;
        for await (const line of readLineBytes(source)) {
          bytes += line.byteLength;
          if (isBlankLine(line)) continue;
          sumLine(hash, line);
          if (wants(row)) {
            const found = recordOf(line, row, dim, keepsText ? endOfNumbers : undefined);
            if ("reason" in found) bad.push(found);
            else records.push(found);
          }
          row++;
          if (row % PIECE_ROWS !== 0 && bytes < PIECE_BYTES && row !== rowEnd) continue;
          yield { records, bad, bytes, rowEnd: row };
          if (row === rowEnd) return;
          [records, bad, bytes] = [[], [], 0];
        }
        yield { records, bad, bytes, rowEnd: row };
      }
      return { pieces: pieces(), mark: () => ({ rows: row, sums: [hash.digest()] }) };
    },
  };
}

const NEWLINE = Uint8Array.of(10);

/**
 * Adds a row's line to the sum: as if it ended in a newline, for one may come when the file grows, and a line that is too
 * long as if it were empty, for none of it can be stored.
 */
export function sumLine(hash: RunningHash, { bytes }: LineBytes): void {
  if (bytes) hash.update(bytes);
  hash.update(NEWLINE);
}

/** How long most of the first vectors are. */
async function commonLength(source: ByteSource): Promise<number> {
  const counts = new Map<number, number>();
  let seen = 0;
  for await (const line of readLineBytes(source)) {
    if (isBlankLine(line)) continue;
    const parsed = parseLine(line);
    const length = typeof parsed === "string" ? undefined : lengthOfVector(parsed.value);
    if (length !== undefined) counts.set(length, (counts.get(length) ?? 0) + 1);
    if (++seen >= SAMPLED_LINES) break;
  }
  const [common] = [...counts].sort(([, a], [, b]) => b - a);
  if (!common) {
    const where = seen === SAMPLED_LINES ? `its first ${seen} lines` : "it";
    throw new InputError(`Cannot find vectors: none is in ${where}; expected JSON lines with an array under embedding`);
  }
  checkShape(1, common[0]);
  return common[0];
}
