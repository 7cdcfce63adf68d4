import type { StoreRecord } from "../../data/records.ts";
import type { PgColumn } from "./plan.ts";

const PART_CHARACTERS = 1 << 22;

/** The columns of the records as arrays of texts, in parts of a few megabytes: parameters of one statement each. */
export function* textArrays(
  columns: readonly PgColumn[],
  records: readonly StoreRecord[],
): Generator<(string | null)[][]> {
  let part: (string | null)[][] = columns.map(() => []);
  let size = 0;
  for (const record of records) {
    columns.forEach(({ kind, valueOf }, i) => {
      const value = valueOf(record) ?? null;
      const text = value === null ? null : kind.text(value);
      part[i]!.push(text);
      size += text?.length ?? 0;
    });
    if (size < PART_CHARACTERS) continue;
    yield part;
    part = columns.map(() => []);
    size = 0;
  }
  if (size > 0) yield part;
}
