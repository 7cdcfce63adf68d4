import { setTimeout as sleep } from "node:timers/promises";

/** Waits until something is so; an error instead of a test that hangs. */
export async function until(isSo: () => boolean, ms = 20_000): Promise<void> {
  for (const end = performance.now() + ms; !isSo();) {
    if (performance.now() > end) throw new Error(`not so within ${ms} ms: ${String(isSo)}`);
    await sleep(2);
  }
}
