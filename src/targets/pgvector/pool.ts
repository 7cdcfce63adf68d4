import { retrying, TryAgain } from "../../runtime/retry.ts";
import { failureOf, isPassing, wordsOf } from "./errors.ts";
import type { PgServer, PgSession } from "./session.ts";

export interface PgPoolOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onRetry?: ((what: string, waitMs: number) => void) | undefined;
  readonly tries?: number | undefined;
  readonly baseMs?: number | undefined;
}

/** Sessions of one server, opened when they are needed. */
export interface PgPool {
  /** Runs `use` on a session of its own, and all of it again on another one where the session was lost. */
  run<T>(what: string, use: (session: PgSession) => Promise<T>): Promise<T>;
  /** Has no more sessions than that at a time from now on. */
  limit(count: number): void;
  close(): Promise<void>;
}

const MAX_WAIT_MS = 10_000;
const PATIENCE_MS = 300_000;

export function pgPool(server: PgServer, { signal, onRetry, tries = 12, baseMs = 250 }: PgPoolOptions): PgPool {
  const open = new Set<PgSession>();
  const idle: PgSession[] = [];
  const waiting: (() => void)[] = [];
  let leased = 0;
  let most = server.maxSessions;

  const take = async (): Promise<PgSession> => {
    for (let session = idle.pop(); session; session = idle.pop()) {
      if (!session.isBroken) return session;
      await discard(session);
    }
    const session = await server.open();
    open.add(session);
    return session;
  };
  const discard = async (session: PgSession): Promise<void> => {
    open.delete(session);
    await session.close();
  };
  const isFull = (): boolean => leased >= most;
  const lend = async <T>(use: (session: PgSession) => Promise<T>): Promise<T> => {
    while (isFull()) await new Promise<void>((resolve) => waiting.push(resolve));
    leased++;
    let session: PgSession | undefined;
    try {
      session = await take();
      const result = await use(session);
      idle.push(session);
      return result;
    } catch (error) {
      if (!session) throw error;
      const isLost = isPassing(error, session.isBroken);
      if (isLost || session.isBroken) await discard(session);
      else idle.push(session);
      throw isLost ? new TryAgain(wordsOf(error), { cause: error }) : error;
    } finally {
      leased--;
      waiting.shift()?.();
    }
  };

  return {
    async run(what, use) {
      const told = (waitMs: number, error: TryAgain): void => onRetry?.(`${what}: ${error.message}`, waitMs);
      const limits = { tries, baseMs, maxMs: MAX_WAIT_MS, patienceMs: PATIENCE_MS, signal, onRetry: told };
      try {
        return await retrying(limits, () => lend(use));
      } catch (error) {
        if (!(error instanceof TryAgain)) throw failureOf(what, server.place, error);
        throw new Error(`Cannot ${what} at ${server.place}: ${error.message} (tries: ${tries})`, { cause: error });
      }
    },
    limit(count) {
      most = Math.min(most, count);
    },
    async close() {
      await Promise.all([...open].map((session) => session.close()));
      await server.close();
    },
  };
}
