import type { BadRecord, ReadMark, RecordInput, StoreRecord } from "../../src/data/records.ts";

export interface ReadRecords {
  readonly records: readonly StoreRecord[];
  readonly bad: readonly BadRecord[];
  readonly bytes: number;
  readonly mark: ReadMark;
}

/** All that an input has, up to a row; asserts that pieces come in order and each row that is wanted once. */
export async function readRecords(
  input: RecordInput,
  rowEnd = Infinity,
  wants: (row: number) => boolean = () => true,
  keepsText = false,
): Promise<ReadRecords> {
  const reading = input.read({ rowEnd, wants, keepsText });
  const records: StoreRecord[] = [];
  const bad: BadRecord[] = [];
  let bytes = 0;
  let end = 0;
  for await (const piece of reading.pieces) {
    const rows = [...piece.records, ...piece.bad].map(({ row }) => row).sort((a, b) => a - b);
    const expected = Array.from({ length: piece.rowEnd - end }, (_, at) => end + at).filter(wants);
    if (rows.join() !== expected.join()) throw new Error(`A piece has the rows ${rows}, expected ${expected}`);
    if (reading.mark().rows !== piece.rowEnd) throw new Error(`The mark is not at row ${piece.rowEnd}`);
    for (const record of piece.records) records.push({ ...record });
    bad.push(...piece.bad);
    bytes += piece.bytes;
    end = piece.rowEnd;
  }
  return { records, bad, bytes, mark: reading.mark() };
}
