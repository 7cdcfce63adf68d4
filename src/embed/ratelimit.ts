import { onAbort } from "../runtime/abort.ts";
import { createRate } from "./rate.ts";
import type { RateTold } from "./rateheaders.ts";

/** One limit of requests and tokens for all that is under way; it learns from answers. */
export interface RateLimiter {
  /** Waits for its turn, first come, first served. Throws the signal's reason. Each permit must be settled. */
  acquire(tokens: number, signal?: AbortSignal): Promise<Permit>;
  /** What the server allows of tokens in its window; undefined where it has not said so. */
  readonly tokenLimit: number | undefined;
}

/** A request that may be sent. Settled once, by one of its functions. */
export interface Permit {
  answered(told?: RateTold): void;
  /** It was refused because too much was asked; `afterMs` is when to come again. */
  refused(told: RateTold, afterMs: number | undefined): void;
  /** No answer, or a failure: nobody knows whether it was counted. */
  failed(): void;
}

export interface RateLimiterOptions {
  /** Milliseconds since some fixed moment. */
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

const PAUSE_MS = 1000; // after a refusal that does not say how long
const LONGEST_MS = 60_000; // then it is looked at again

/**
 * Requests and tokens are taken from a picture of the server's own buckets, see `createRate`. As long as the server says nothing of its
 * limits, how many requests are under way at once starts at one, grows with each answer, and is halved when one is refused,
 * as TCP does with its window; the latter even if it told its limits, which then are not the whole truth.
 */
export function createRateLimiter({ now, sleep }: RateLimiterOptions): RateLimiter {
  const requests = createRate();
  const tokenRate = createRate();
  let [window, threshold, underWay] = [1, Infinity, 0];
  let blockedUntil = -Infinity;
  let shrunkAt = -Infinity;
  let wake = (): void => {};
  let turn: Promise<unknown> = Promise.resolve();

  const delayMs = (tokens: number): number => {
    if (underWay >= Math.floor(window)) return Infinity;
    const time = now();
    return Math.max(blockedUntil - time, requests.delayMs(1, time), tokenRate.delayMs(tokens, time));
  };
  /** Until something changes, or for that long. */
  const rest = async (ms: number, signal: AbortSignal | undefined): Promise<void> => {
    const woken = new AbortController();
    wake = () => woken.abort();
    const release = onAbort(signal, wake);
    await sleep(Math.min(ms, LONGEST_MS), woken.signal).catch(() => {});
    release();
  };
  const permit = (tokens: number): Permit => {
    const sentAt = now();
    const request = requests.take(1, sentAt);
    const token = tokenRate.take(tokens, sentAt);
    underWay++;
    const settle = (told: RateTold): void => {
      underWay--;
      request.settle(told.requests, now());
      token.settle(told.tokens, now());
      wake();
    };
    return {
      answered(told = {}) {
        if (threshold < Infinity) window += window < threshold ? 1 : 1 / window;
        else window = told.requests || told.tokens ? Infinity : window + 1;
        settle(told);
      },
      refused(told, afterMs) {
        if (tokens > (told.tokens?.limit ?? Infinity)) return settle(told); // it would be at any time
        blockedUntil = Math.max(blockedUntil, now() + (afterMs ?? PAUSE_MS));
        // Those that were sent before the last refusal tell nothing new.
        if (sentAt > shrunkAt) {
          shrunkAt = now();
          threshold = window = Math.max(1, Math.min(window, underWay) / 2);
        }
        settle(told);
      },
      failed: () => settle({}),
    };
  };
  const wait = async (tokens: number, signal: AbortSignal | undefined): Promise<Permit> => {
    for (;;) {
      signal?.throwIfAborted();
      const ms = delayMs(tokens);
      if (ms <= 0) return permit(tokens);
      await rest(ms, signal);
    }
  };

  return {
    acquire(tokens, signal) {
      const mine = turn.then(() => wait(tokens, signal));
      turn = mine.catch(() => {});
      return mine;
    },
    get tokenLimit() {
      return tokenRate.limit;
    },
  };
}
