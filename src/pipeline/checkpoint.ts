import { InputError } from "../data/errors.ts";
import { openJournal, readJournal, type Journal } from "../runtime/journal.ts";
import { removeFile } from "../runtime/files.ts";

/** What a run works on: a checkpoint of another one is of no use to it. */
export type RunIdentity = Readonly<Record<string, string | null>>;

/** A record of what a run has done, from which another one goes on. */
export interface Checkpoint {
  /** What earlier runs noted, oldest first. */
  readonly earlier: readonly unknown[];
  /** Notes what was done; it outlives a crash. */
  note(done: readonly object[]): void;
  close(): void;
  /** Deletes it: everything is done. */
  remove(): void;
}

/**
 * Opens a checkpoint: one JSON object a line, the first one the identity of the run. Throws `InputError` when there is one
 * that is not to be gone on with, or that is of another run, naming what differs.
 */
export function openCheckpoint(path: string, identity: RunIdentity, resume: boolean): Checkpoint {
  const lines = readJournal(path);
  if (lines && lines.length > 0 && !resume) {
    throw new InputError(`${path} is of an unfinished run: go on with --resume, or delete it to begin anew`);
  }
  const [first, ...earlier] = (lines ?? []).map((line, at) => parseLine(path, line, at + 1));
  if (first !== undefined) checkIdentity(path, first as RunIdentity, identity);
  let journal: Journal | undefined = openJournal(path);
  if (first === undefined) journal.append([JSON.stringify(identity)]);
  const close = () => {
    journal?.close();
    journal = undefined;
  };
  return {
    earlier,
    note: (done) => journal!.append(done.map((entry) => JSON.stringify(entry))),
    close,
    remove() {
      close();
      removeFile(path);
    },
  };
}

function parseLine(path: string, line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new InputError(`Line ${number} of ${path} is not JSON: this is no checkpoint, or a damaged one`, { cause });
  }
}

function checkIdentity(path: string, found: RunIdentity, expected: RunIdentity): void {
  for (const [name, value] of Object.entries(expected)) {
    if (found[name] === value) continue;
    throw new InputError(`${path} is of a run with ${name} ${found[name] ?? "none"}, not ${value ?? "none"}`);
  }
}
