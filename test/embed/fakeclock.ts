import { setImmediate } from "node:timers/promises";

/** Time that passes only when all are waiting for it. */
export interface FakeClock {
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Lets time pass until the promise is settled. */
  run<T>(promise: Promise<T>): Promise<T>;
}

interface Timer {
  readonly at: number;
  readonly ring: () => void;
}

export function createFakeClock(): FakeClock {
  let time = 0;
  const timers = new Set<Timer>();
  return {
    now: () => time,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error);
        const timer = { at: time + ms, ring: resolve };
        timers.add(timer);
        signal?.addEventListener("abort", () => {
          timers.delete(timer);
          reject(signal.reason as Error);
        });
      }),
    async run(promise) {
      let isSettled = false;
      const settled = () => void (isSettled = true);
      promise.then(settled, settled);
      for (;;) {
        await setImmediate(); // whatever can go on goes on
        if (isSettled) return promise;
        const next = [...timers].reduce<Timer | undefined>((a, b) => (a && a.at <= b.at ? a : b), undefined);
        if (!next) throw new Error("nothing will ever happen");
        timers.delete(next);
        time = Math.max(time, next.at);
        next.ring();
      }
    },
  };
}
