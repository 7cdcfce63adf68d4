import { InputError } from "../data/errors.ts";
import { removeFile } from "../runtime/files.ts";
import { openJournal, readJournal } from "../runtime/journal.ts";
import { takeLock } from "../runtime/lock.ts";

/** What a run works on: a checkpoint of another one is of no use to it. The first property names the program. */
export type RunIdentity = Readonly<Record<string, string | null>>;

/** A record of what a run has done, from which another one goes on. */
export interface Checkpoint {
  /** Whether it is of an earlier run. */
  readonly isResumed: boolean;
  /** Notes that everything is done: another run begins anew, unless it is to go on. */
  finish(): void;
  /** Notes what was done; it outlives a crash of the program. */
  note(done: readonly object[]): void;
  /** Returns when what was noted outlives a crash of the machine too. */
  sync(): void;
  close(): void;
  /** Deletes it: everything is done, or nothing. */
  remove(): void;
}

export interface CheckpointOptions {
  readonly identity: RunIdentity;
  /** Whether to go on with an earlier run, if there is one. */
  readonly resume: boolean;
  /** Whether a run that noted that everything is done is gone on with unasked, and not begun anew. */
  readonly keepsFinished?: boolean | undefined;
  /** Told what earlier runs noted, oldest first. */
  readonly onEarlier?: ((entry: Readonly<Record<string, unknown>>) => void) | undefined;
}

/**
 * Opens a checkpoint: one JSON object a line, the first one the identity of the run. Throws `InputError` when there is one
 * that is not to be gone on with, or that is of another run, naming what differs; or something else of that name; and while
 * another process has it open.
 */
export async function openCheckpoint(path: string, options: CheckpointOptions): Promise<Checkpoint> {
  const lock = takeLock(path);
  try {
    const checkpoint = await openLocked(path, options);
    return {
      ...checkpoint,
      close() {
        checkpoint.close();
        lock.release();
      },
      remove() {
        checkpoint.remove();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function openLocked(path: string, options: CheckpointOptions): Promise<Checkpoint> {
  const { identity, resume, keepsFinished = false, onEarlier } = options;
  const isWanted = resume || keepsFinished;
  let isResumed = false;
  let isFinished = false;
  const rest = await readJournal(path, (line, number) => {
    const entry = parseLine(path, line, number);
    isFinished = FINISHED in entry;
    if (number > 1) return isWanted && !isFinished ? onEarlier?.(entry) : undefined;
    isResumed = true;
    if (Object.keys(entry)[0] !== Object.keys(identity)[0]) throw foreign(path);
    if (isWanted) checkIdentity(path, entry, identity);
  });
  // A crash may have cut the first line; what begins otherwise is somebody's file.
  const begin = `{${JSON.stringify(Object.keys(identity)[0])}:`;
  if (rest && !isResumed && !rest.startsWith(begin) && !begin.startsWith(rest)) throw foreign(path);
  if (isResumed && !resume) {
    if (!isFinished)
      throw new InputError(`${path} is of an unfinished run: go on with --resume, or delete it to begin anew`);
    if (!keepsFinished) removeFile(path);
    isResumed = keepsFinished;
  }
  const journal = openJournal(path);
  if (!isResumed) {
    journal.append([JSON.stringify(identity)]);
    journal.sync();
  }
  return {
    isResumed,
    sync: journal.sync,
    note: (done) => journal.append(done.map((entry) => JSON.stringify(entry))),
    finish: () => journal.append([JSON.stringify({ [FINISHED]: true })]),
    close: journal.close,
    remove() {
      journal.close();
      removeFile(path);
    },
  };
}

const FINISHED = "finished";

function parseLine(path: string, line: string, number: number): Record<string, unknown> {
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    entry = undefined;
  }
  if (typeof entry === "object" && entry !== null) return entry as Record<string, unknown>;
  throw number === 1 ? foreign(path) : new InputError(`Line ${number} of ${path} is damaged: expected a JSON object`);
}

function foreign(path: string): InputError {
  return new InputError(`${path} is no checkpoint of this program: give another name, or move it away`);
}

function checkIdentity(path: string, found: Readonly<Record<string, unknown>>, expected: RunIdentity): void {
  for (const [name, value] of Object.entries(expected)) {
    if (found[name] === value) continue;
    throw new InputError(`${path} is of a run with ${name} ${found[name] ?? "none"}, not ${value ?? "none"}`);
  }
}
