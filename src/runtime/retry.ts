import { sleep } from "./sleep.ts";

/** It failed, and may succeed another time. */
export class TryAgain extends Error {
  override readonly name = "TryAgain";
  /** How long to wait at least, where whoever refused said so. */
  readonly afterMs: number | undefined;
  constructor(message: string, options: { afterMs?: number | undefined; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.afterMs = options.afterMs;
  }
}

export interface RetryOptions {
  /** How often it is tried, the first time included. */
  readonly tries: number;
  /** The first wait is half of that to all of it; each further one twice as long. */
  readonly baseMs: number;
  readonly maxMs: number;
  /** A server that asks for a longer wait is taken at its word, and not waited for. */
  readonly patienceMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly onRetry?: ((waitMs: number, error: TryAgain) => void) | undefined;
}

/** Tries until it succeeds, throws anything but `TryAgain`, or has been tried often enough: then the last `TryAgain`. */
export async function retrying<T>(options: RetryOptions, attempt: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    options.signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof TryAgain) || tried >= options.tries) throw error;
      if ((error.afterMs ?? 0) > options.patienceMs) throw error;
      const backoffMs = Math.min(options.baseMs * 2 ** (tried - 1), options.maxMs) * (0.5 + 0.5 * jitter());
      const waitMs = Math.round(backoffMs + (error.afterMs ?? 0)); // after the server's time, not all at once
      options.onRetry?.(waitMs, error);
      await sleep(waitMs, options.signal);
    }
  }
}

/** Milliseconds that a `Retry-After` asks for, given in seconds or as a date (RFC 9110, 10.2.3); undefined for anything else. */
export function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return 1000 * Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

/** A share of a wait, from the system's generator: no data depends on it, and whoever waits together should not come back together. */
export function jitter(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32;
}
