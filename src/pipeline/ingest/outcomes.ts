import type { BadRecord, ReadMark, StoreRecord } from "../../data/records.ts";
import { elapsedMs } from "../../runtime/system.ts";
import type { Ledger } from "./ledger.ts";
import type { RowStates } from "./rowstates.ts";

export interface IngestProgress {
  /** Rows whose outcome is known, those of earlier runs included. */
  readonly done: number;
  /** Bytes of the input that were read. */
  readonly bytes: number;
  readonly failed: number;
}

/** What becomes of rows, as it comes: it goes to the ledger and to whoever looks on. */
export interface Outcomes {
  readonly states: RowStates;
  /** The first rows that failed. */
  readonly failures: readonly BadRecord[];
  /** Notes how far the input was read: behind all rows that are settled from now on. */
  read(mark: ReadMark, bytes: number): void;
  settle(record: StoreRecord, refusal?: string): void;
  /** Notes a row that is not stored. */
  fail(record: Omit<BadRecord, "reason">, reason: string): void;
  flush(): void;
  /** Rows that were read. */
  rows(): number;
}

const FAILURES_KEPT = 20;
const FLUSH_MS = 200;
const SHOWN_MS = 50;

/** `rowEnd` is where the rows end that are loaded. */
export function createOutcomes(
  ledger: Ledger,
  rowEnd: number,
  onProgress: (now: IngestProgress) => void = () => {},
): Outcomes {
  const { states } = ledger;
  const failures: BadRecord[] = [];
  let mark: ReadMark = { rows: 0, sums: [] };
  let bytesRead = 0;
  let done = states.storedBefore(rowEnd);
  let failed = 0;
  let flushedAt = elapsedMs();
  let shownAt = -Infinity;

  const flush = (): void => {
    ledger.flush(mark);
    flushedAt = elapsedMs();
  };
  const tick = (): void => {
    const now = elapsedMs();
    if (now - flushedAt > FLUSH_MS) flush();
    if (now - shownAt < SHOWN_MS) return;
    shownAt = now;
    onProgress({ done, bytes: bytesRead, failed });
  };
  const fail = ({ row, line, id }: Omit<BadRecord, "reason">, reason: string): void => {
    const record = { row, line, id, reason };
    ledger.failed(record);
    failed++;
    if (failures.length < FAILURES_KEPT) failures.push(record);
  };
  return {
    states,
    failures,
    read(now, bytes) {
      mark = now;
      bytesRead += bytes;
      tick();
    },
    settle(record, refusal) {
      if (refusal === undefined) ledger.stored(record.row);
      else fail(record, refusal);
      done++;
      tick();
    },
    fail(record, reason) {
      if (!states.isStored(record.row)) done++;
      fail(record, reason);
    },
    flush() {
      flush();
      onProgress({ done, bytes: bytesRead, failed });
    },
    rows: () => mark.rows,
  };
}
