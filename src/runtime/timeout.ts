import { onAbort } from "./abort.ts";
import { sleep } from "./sleep.ts";

/** It took longer than it may. */
export class TimedOut extends Error {
  override readonly name = "TimedOut";
}

/**
 * Runs it with a signal that fires after that time, or with the outer one. Ends then even if what runs does not; throws
 * `TimedOut`, or the outer signal's reason.
 */
export async function within<T>(
  ms: number,
  signal: AbortSignal | undefined,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const inner = new AbortController();
  const done = new AbortController();
  const release = onAbort(signal, (reason) => inner.abort(reason));
  const ended = new Promise<never>((_resolve, reject) => onAbort(inner.signal, reject));
  sleep(ms, done.signal).then(
    () => inner.abort(new TimedOut(`no answer within ${ms / 1000} s`)),
    () => {},
  );
  try {
    return await Promise.race([run(inner.signal), ended]);
  } catch (error) {
    inner.signal.throwIfAborted(); // whatever it made of that
    throw error;
  } finally {
    release();
    done.abort();
  }
}
