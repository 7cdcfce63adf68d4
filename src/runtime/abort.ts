const listening = new WeakMap<AbortSignal, Set<(reason: unknown) => void>>();

/**
 * Calls `run` with the reason when the signal is aborted, unless the returned function was called before. However many
 * wait, the signal gets one listener: Node warns of a leak from the eleventh on.
 */
export function onAbort(signal: AbortSignal | undefined, run: (reason: unknown) => void): () => void {
  if (!signal) return () => {};
  let waiting = listening.get(signal);
  if (!waiting) {
    const all = (waiting = new Set());
    listening.set(signal, all);
    const abort = (): void => {
      for (const each of all) each(signal.reason);
    };
    signal.addEventListener("abort", abort, { once: true });
  }
  const own = waiting.add(run);
  return () => void own.delete(run);
}

/** The promise, unless the signal comes first. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const forget = onAbort(signal, reject);
    promise.then(resolve, reject).finally(forget);
  });
}
