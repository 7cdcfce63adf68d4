import { InputError } from "../../data/errors.ts";
import { isThere, removeFile } from "../../runtime/files.ts";
import { openJournal, readJournal } from "../../runtime/journal.ts";
import { takeLock } from "../../runtime/lock.ts";
import { fieldsIn, type Fields } from "../../data/fields.ts";
import { fileRecordOf, type DatasetIdentity } from "./record.ts";
import type { FileRecord, Revision } from "./remote.ts";
import { RECORD_NAME } from "./safepath.ts";

const LEDGER_NAME = "dataset.part.jsonl";

/** What an unfinished run is about: the first line of its ledger. */
export interface LedgerHead extends DatasetIdentity {
  readonly revision: Revision | null;
}

/** Notes of what a run has done, which another one goes on from. */
export interface Ledger {
  note(files: readonly FileRecord[]): void;
  /** Leaves it for another run. */
  close(): void;
  /** Everything is done, or nothing. */
  remove(): void;
}

/** What an unfinished run has left in a folder; undefined where there was none. */
export async function readLedger(folder: string): Promise<{ head: LedgerHead; files: FileRecord[] } | undefined> {
  const files = new Map<string, FileRecord>();
  let head: LedgerHead | undefined;
  await readJournal(`${folder}/${LEDGER_NAME}`, (line, number) => {
    const entry = fieldsIn(line);
    if (number === 1) return void (head = headOf(entry));
    const file = fileRecordOf(entry);
    if (file) files.set(file.path, file);
  });
  return head && { head, files: [...files.values()] };
}

/** Takes the folder for this process. Throws `InputError` while another one has it, or where it did so since the plan was made. */
export async function openLedger(
  folder: string,
  head: LedgerHead,
  { kept, isNew, hadRecord }: { kept: readonly FileRecord[]; isNew: boolean; hadRecord: boolean },
): Promise<Ledger> {
  const path = `${folder}/${LEDGER_NAME}`;
  const lock = takeLock(path);
  try {
    if (isNew) removeFile(path);
    const there = await readLedger(folder);
    const isOther = there && JSON.stringify(there.head) !== JSON.stringify(head);
    if (isOther || (!hadRecord && !isNew && isThere(`${folder}/${RECORD_NAME}`)))
      throw new InputError(`${folder} was written to by another run meanwhile: run again`);
    const journal = openJournal(path);
    const noted = new Set(there?.files.map((file) => file.path));
    const note = (entries: readonly object[]): void => journal.append(entries.map((entry) => JSON.stringify(entry)));
    if (!there) note([head]);
    note(kept.filter((file) => !noted.has(file.path)));
    journal.sync();
    removeFile(`${folder}/${RECORD_NAME}`); // what it says is not so any more, or not yet
    const close = (): void => {
      journal.close();
      lock.release();
    };
    return {
      note,
      close,
      remove() {
        removeFile(path);
        close();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function headOf(entry: Fields | undefined): LedgerHead | undefined {
  return typeof entry?.["source"] === "string" && typeof entry["name"] === "string"
    ? (entry as unknown as LedgerHead)
    : undefined;
}
