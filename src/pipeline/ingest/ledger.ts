import { InputError } from "../../data/errors.ts";
import type { BadRecord, ReadMark } from "../../data/records.ts";
import { isThere, makeFolder, removeEmptyFolders, removeFile, sha256 } from "../../runtime/files.ts";
import { openJournal, type Journal } from "../../runtime/journal.ts";
import { isCount } from "../../data/fields.ts";
import { openCheckpoint } from "../checkpoint.ts";
import { createRowStates, rangesOf, type RowStates } from "./rowstates.ts";

/** What was loaded where: the record of a run, from which another one goes on. */
export interface Ledger {
  /** The file that holds it, and the one with a line for each row that this run could not store. */
  readonly path: string;
  readonly failuresPath: string;
  /** Whether it is of an earlier run. */
  readonly isResumed: boolean;
  /** Whether rows may have been sent, in this run or an earlier one. */
  readonly isBegun: boolean;
  readonly states: RowStates;
  /** How many records the store held before the first run; undefined until that is noted. */
  readonly heldBefore: number | undefined;
  /** How far the input was read by earlier runs: all rows whose state is known lie before. */
  readonly mark: ReadMark | undefined;
  noteHeldBefore(count: number): void;
  /** Notes the table or collection that has the rows; throws `InputError` where earlier runs had another one. */
  notePart(part: string | undefined): void;
  /** Notes that rows are about to be sent: the store may have them even where no outcome becomes known, so it is kept. */
  begin(): void;
  stored(row: number): void;
  failed(record: BadRecord): void;
  /** Puts what came since the last time on the disk, where it outlives a crash; `mark` must lie behind all of it. */
  flush(mark: ReadMark): void;
  /** Notes that every row has its outcome. */
  finish(): void;
  /** What was not flushed is not kept. Removes what says nothing. */
  close(): void;
}

/** What tells one load from another. */
export interface LedgerIdentity {
  readonly target: string;
  /** Of the store: where, and what there. */
  readonly place: string;
  readonly dim: number;
}

export const LEDGER_NAME = "ledger.jsonl";
export const FAILURES_NAME = "failures.jsonl";

const PROGRAM = "seedbed ingest 1"; // the number of this form of ledger
const MAX_ROWS = 2 ** 34;

const LEDGERS = ".ingest"; // behind the name of the input

/** The folder of a load's ledger: `<input>.ingest/<target>-<hash of the place>`. */
export function ledgerFolder(input: string, target: string, place: string): string {
  return `${input}${LEDGERS}/${target}-${sha256(place).slice(0, 8)}`;
}

/** Whether a folder, by its name or path, is that of the ledgers of an input beside it. */
export function holdsLedgers(folder: string): boolean {
  return folder.endsWith(LEDGERS);
}

/**
 * Opens the ledger of a load in a folder, which is made where it is not there. A finished one is gone on with, an unfinished
 * one with `resume` only: throws `InputError` without it, and while another process has it open.
 */
export async function openLedger(folder: string, identity: LedgerIdentity, resume: boolean): Promise<Ledger> {
  const topmost = makeFolder(folder);
  const path = `${folder}/${LEDGER_NAME}`;
  const states = createRowStates();
  let heldBefore: number | undefined;
  let mark: ReadMark | undefined;
  let part: string | undefined;
  const setRanges = (ranges: LedgerLine["stored"], isStored: boolean): void => {
    for (const [from, to] of ranges) for (let row = from; row < to; row++) states.set(row, isStored);
  };
  const checkpoint = await openCheckpoint(path, {
    identity: {
      program: PROGRAM,
      target: identity.target,
      place: identity.place,
      dim: String(identity.dim),
    },
    resume,
    keepsFinished: true,
    onEarlier(entry) {
      if (!isLedgerLine(entry)) throw new InputError(`${path} is damaged: ${JSON.stringify(entry).slice(0, 80)}`);
      const { held_before: held, part: noted, stored = [], failed = [], read } = entry;
      heldBefore ??= held;
      part ??= noted;
      setRanges(stored, true);
      setRanges(failed, false);
      if (read && read.rows >= (mark?.rows ?? 0)) mark = read; // a run that goes on reads from the first row
    },
  });
  const failuresPath = `${folder}/${FAILURES_NAME}`;
  if (!checkpoint.isResumed && isThere(failuresPath)) {
    checkpoint.remove();
    throw new InputError(`${failuresPath} is there without a ledger: move it away, or give another --ledger`);
  }
  let failures: Journal | undefined;
  let storedRows: number[] = [];
  let failedRows: BadRecord[] = [];
  let isBegun = checkpoint.isResumed;
  let hasOutcomes = false;
  return {
    path,
    failuresPath,
    isResumed: checkpoint.isResumed,
    get isBegun() {
      return isBegun;
    },
    states,
    get heldBefore() {
      return heldBefore;
    },
    mark,
    noteHeldBefore(count) {
      heldBefore = count;
      checkpoint.note([{ held_before: count } satisfies Partial<LedgerLine>]);
      checkpoint.sync();
    },
    notePart(now) {
      if (part === undefined && now !== undefined)
        checkpoint.note([{ part: (part = now) } satisfies Partial<LedgerLine>]);
      if (part === now) return;
      throw new InputError(`${path} is of another table or collection of that name: delete it to load the input anew`);
    },
    begin() {
      isBegun = true;
    },
    stored(row) {
      states.set(row, true);
      storedRows.push(row);
    },
    failed(record) {
      states.set(record.row, false);
      failedRows.push(record);
    },
    flush(read) {
      if (storedRows.length === 0 && failedRows.length === 0) return;
      if (!hasOutcomes) removeFile(failuresPath); // rows that failed before are tried again
      hasOutcomes = true;
      if (failedRows.length > 0) {
        failures ??= openJournal(failuresPath);
        failures.append(failedRows.map(({ row, line, id, reason }) => JSON.stringify({ row, line, id, reason })));
        failures.sync();
      }
      const failed = rangesOf(failedRows.map(({ row }) => row));
      const line: Partial<LedgerLine> = {
        ...(storedRows.length > 0 ? { stored: rangesOf(storedRows) } : {}),
        ...(failed.length > 0 ? { failed } : {}),
        read,
      };
      [storedRows, failedRows] = [[], []];
      checkpoint.note([line]);
      checkpoint.sync();
    },
    finish() {
      checkpoint.finish();
      checkpoint.sync();
    },
    close() {
      failures?.close();
      if (isBegun || states.stored + states.failed > 0) return checkpoint.close();
      checkpoint.remove();
      if (topmost !== undefined) removeEmptyFolders(folder, topmost);
    },
  };
}

interface LedgerLine {
  readonly held_before: number;
  readonly part: string;
  /** Rows, as ranges from a to b, b excluded. */
  readonly stored: readonly (readonly [number, number])[];
  readonly failed: readonly (readonly [number, number])[];
  readonly read: ReadMark;
}

function isLedgerLine(entry: object): entry is Partial<LedgerLine> {
  const {
    held_before: held = 0,
    stored = [],
    failed = [],
    read = { rows: 0, sums: [] },
  } = entry as Partial<LedgerLine>;
  const isRange = (range: unknown) =>
    Array.isArray(range) && range.every(isCount) && range[0]! < range[1]! && range[1]! <= read.rows;
  const { rows, sums } = read ?? {};
  return (
    [held, rows].every(isCount) &&
    rows <= MAX_ROWS &&
    [stored, failed].every((ranges) => Array.isArray(ranges) && ranges.every(isRange)) &&
    Array.isArray(sums) &&
    sums.every((sum) => typeof sum === "string")
  );
}
