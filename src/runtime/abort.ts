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
