import { InputError } from "../../data/errors.ts";
import { PACKAGE_NAME } from "../../data/version.ts";
import { reasonOf } from "../../runtime/failure.ts";
import {
  createText,
  listFolder,
  makeFolder,
  pathFrom,
  readTextIfThere,
  removeFile,
  removeTree,
  splitPath,
} from "../../runtime/files.ts";
import { takeLock } from "../../runtime/lock.ts";
import { endWith } from "../../runtime/system.ts";
import type { PgServer, PgSession } from "./session.ts";

const openHere = new Set<string>(); // a lock tells processes apart, not the stores of one

/** A PostgreSQL that runs in this process and keeps its data in a folder. Throws `InputError` for a folder of another purpose. */
export async function pgliteServer(folder: string, signal: AbortSignal | undefined): Promise<PgServer> {
  const path = folder.replace(/(?<=.)[/\\]+$/, "");
  const key = pathFrom(".", path);
  if (openHere.has(key)) throw new InputError(`${path} is in use by this process: one store at a time`);
  makeFolder(splitPath(path).folder);
  const lock = takeLock(path, true); // two at a time would destroy it
  openHere.add(key);
  const release = (): void => {
    openHere.delete(key);
    lock.release();
  };
  try {
    const isNew = isEmpty(path);
    if (!isNew) checkFolder(path);
    const db = await openFolder(path, isNew);
    const session = sessionOf(db, signal);
    return {
      place: path,
      isNew,
      isEmbedded: true,
      maxSessions: 1,
      open: async () => session,
      async close() {
        await session.close();
        release();
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

const MARK_TEXT = "Seedbed makes a PGlite store in the folder of this name; where it was killed, it begins anew.\n";
const MARK = ".beginning"; // beside the folder while its database is made, which takes seconds

const OF_POSTGRES = /^(?:PG_VERSION|base|global|pg_\w+|\.s\.PGSQL\S*|postgresql\S*\.conf|postmaster\.\w+)$/;

/** Whether nothing of use is there. */
function isEmpty(path: string): boolean {
  if (readTextIfThere(path + MARK) === MARK_TEXT) {
    const foreign = listFolder(path).find((name) => !OF_POSTGRES.test(name));
    if (foreign !== undefined) throw new InputError(`${path} holds ${foreign}, which is not of PGlite: move it away`);
    removeTree(path); // of a run that was killed before it stored anything
    removeFile(path + MARK);
  }
  makeFolder(path);
  return listFolder(path).length === 0;
}

function checkFolder(path: string): void {
  const names = listFolder(path);
  if (!["PG_VERSION", "base", "global"].every((name) => names.includes(name))) {
    throw new InputError(`${path} is no store of PGlite, and not empty: choose another folder`);
  }
  if (names.includes("postmaster.opts")) {
    throw new InputError(`${path} belongs to a server of PostgreSQL: give its URL, or choose another folder`);
  }
}

async function openFolder(path: string, isNew: boolean): Promise<Database> {
  const { PGlite } = await import("@electric-sql/pglite");
  const { vector } = await import("@electric-sql/pglite-pgvector");
  let fault: string | undefined;
  let isOpen = false;
  const onStderr = (line: string): boolean => {
    fault ??= /(?:FATAL|PANIC): +(.*)/.exec(line)?.[1];
    // It would go on for ever: after a panic, as on a full disk, its query never returns, and nothing else here has a turn.
    if (isOpen && line.includes("PANIC:"))
      endWith(`${PACKAGE_NAME}: The PGlite store in ${path} broke down: ${fault}; go on with --resume`);
    return true;
  };
  if (isNew) createText(path + MARK, MARK_TEXT);
  try {
    const db = await PGlite.create({ dataDir: path, extensions: { vector }, onStderr });
    if (isNew) removeFile(path + MARK);
    isOpen = true;
    return db;
  } catch (error) {
    const reason = fault ?? (error instanceof Error ? reasonOf(error) : "its files cannot be read or written"); // the error knows less than what was logged before
    throw new InputError(`Cannot open the PGlite store in ${path}: ${reason}`, { cause: error });
  }
}

/** What of PGlite is used here. */
interface Database {
  query(
    sql: string,
    params?: unknown[],
    options?: { blob?: Blob },
  ): Promise<{ rows: unknown[]; affectedRows?: number }>;
  close(): Promise<void>;
}

function sessionOf(db: Database, signal: AbortSignal | undefined): PgSession {
  let closing: Promise<void> | undefined;
  const run = async (sql: string, params: unknown[], blob?: Blob) => {
    signal?.throwIfAborted();
    return db.query(sql, params, blob ? { blob } : {});
  };
  return {
    isBroken: false,
    async query(sql, params = []) {
      const { rows, affectedRows = 0 } = await run(sql, [...params]);
      return { rows: rows as Readonly<Record<string, unknown>>[], count: affectedRows };
    },
    async copy(target, pieces) {
      const blob = new Blob([...pieces] as Uint8Array<ArrayBuffer>[]);
      await run(`COPY ${target} FROM '/dev/blob' WITH (FORMAT binary)`, [], blob);
    },
    close: () => (closing ??= db.close()),
  };
}
