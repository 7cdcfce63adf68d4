import type { RateState } from "./rateheaders.ts";

/** A picture of a server's bucket that holds `limit` units and is refilled all the time; without limit until one is told. */
export interface Rate {
  readonly limit: number | undefined;
  /** Milliseconds until that many are there. */
  delayMs(count: number, now: number): number;
  take(count: number, now: number): Taken;
}

interface Taken {
  /** What the answer says; undefined where it says nothing, or there is none. */
  settle(told: RateState | undefined, now: number): void;
}

const MINUTE_MS = 60_000;
const SLACK_MS = 1; // headers and timers are no finer

/**
 * The picture lowers its level when a request is sent, and the server later, so that it never promises more than is there.
 * Each answer corrects it, for others may use the same key, and requests may get lost. What remained when the server
 * counted that request bounds what is there now: from above with all that flowed in since it was sent, from below without
 * whatever the server may not have counted then.
 */
export function createRate(): Rate {
  let limit: number | undefined;
  let perMs = Infinity;
  let level = Infinity;
  let at = 0;
  let takenTotal = 0;
  let unsettled = 0;

  const refill = (now: number): void => {
    if (limit === undefined) return;
    level = Math.min(limit, level + Math.max(0, now - at) * perMs);
    at = now;
  };
  return {
    get limit() {
      return limit;
    },
    delayMs(count, now) {
      refill(now);
      const missing = Math.min(count, limit ?? Infinity) - level;
      return missing > 0 ? missing / perMs + SLACK_MS : 0;
    },
    take(count, now) {
      refill(now);
      level -= count;
      const before = unsettled;
      unsettled += count;
      takenTotal += count;
      const [sentAt, sentTotal] = [now, takenTotal];
      return {
        settle(told, time) {
          unsettled -= count;
          if (!told) return;
          refill(time);
          const uncounted = before + (takenTotal - sentTotal);
          const lower = (told.remaining ?? told.limit) - uncounted;
          if (limit === undefined) level = lower;
          [limit, perMs, at] = [told.limit, perMsOf(told), time];
          const upper = told.remaining === undefined ? limit : told.remaining + (time - sentAt) * perMs;
          if (told.remaining !== undefined) level = Math.max(lower, level);
          level = Math.min(limit, upper, level);
        },
      };
    },
  };
}

/** A bucket of a minute is full after a minute: one that takes longer holds what flows in within a longer time, such as a day. */
function perMsOf({ limit, remaining, resetMs }: RateState): number {
  const used = limit - (remaining ?? limit);
  return resetMs !== undefined && resetMs > MINUTE_MS + 1000 && used > 0 ? used / resetMs : limit / MINUTE_MS;
}
