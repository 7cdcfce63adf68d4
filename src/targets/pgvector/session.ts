interface PgResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Rows that the statement stored or gave out. */
  readonly count: number;
}

/** One connection: one statement at a time. Once it is broken or closed, every call fails. */
export interface PgSession {
  readonly isBroken: boolean;
  /** `isPatient`: the server may say nothing for as long as it likes. */
  query(sql: string, params?: readonly unknown[], isPatient?: boolean): Promise<PgResult>;
  /** Runs `COPY target FROM` with the format `binary`. */
  copy(target: string, pieces: Iterable<Uint8Array>): Promise<void>;
  close(): Promise<void>;
}

/** Where sessions come from. */
export interface PgServer {
  /** For messages: without name, password and options. */
  readonly place: string;
  /** Whether it was empty, so that making a table there needs no leave. */
  readonly isNew: boolean;
  /** Whether it runs in this process. */
  readonly isEmbedded: boolean;
  readonly maxSessions: number;
  /** Throws `TryAgain` where another time may be better, `InputError` where the user's choices are to blame. */
  open(): Promise<PgSession>;
  close(): Promise<void>;
}

/** Runs it in one transaction, all or nothing. */
export async function inTransaction<T>(session: PgSession, run: () => Promise<T>): Promise<T> {
  await session.query("BEGIN");
  try {
    const result = await run();
    await session.query("COMMIT");
    return result;
  } catch (error) {
    await session.query("ROLLBACK").catch(() => session.close()); // what failed first is what matters
    throw error;
  }
}

/** A name in SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
