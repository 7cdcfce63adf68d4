/** What is left of a rate: a bucket that is full at the start and refilled all the time. */
export interface Bucket {
  readonly limit: number;
  /** What a request can take at most. */
  readonly capacity: number;
  /** Takes that many, unless there are fewer: then the milliseconds until there are as many. */
  take(count: number): number | undefined;
  remaining(): number;
  /** Milliseconds until it is full. */
  untilFull(): number;
}

/** `limit` a minute, of which the bucket holds what flows in within `burstMs`. `now` in milliseconds. */
export function createBucket(limit: number, now: () => number, burstMs = 60_000): Bucket {
  const perMs = limit / 60_000;
  const capacity = perMs * burstMs;
  let level = capacity;
  let at = now();
  const refill = (): void => {
    const time = now();
    level = Math.min(capacity, level + (time - at) * perMs);
    at = time;
  };
  return {
    limit,
    capacity,
    take(count) {
      refill();
      if (level + 1e-6 < count) return (count - level) / perMs;
      level -= count;
      return undefined;
    },
    remaining() {
      refill();
      return Math.max(0, Math.floor(level + 1e-6));
    },
    untilFull() {
      refill();
      return (capacity - level) / perMs;
    },
  };
}
