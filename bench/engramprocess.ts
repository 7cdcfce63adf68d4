import { startDoubleProcess } from "./doubleprocess.ts";

/** The stand-in for an Engram server in a process of its own, empty at the start. */
export interface EngramProcess {
  readonly url: string;
  /** How many memories it holds. */
  count(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts one that answers so many milliseconds late. It looks for no near copies, which would cost more than all else. */
export async function startEngramProcess(capacity: number, delayMs: number): Promise<EngramProcess> {
  const args = ["--port", "0", "--no-dedup", "--capacity", `${capacity}`, "--delay", `${delayMs}`];
  const { line: url, stop } = await startDoubleProcess("test/doubles/engram.ts", args);
  return {
    url,
    async count() {
      const answer = await fetch(`${url}/api/v1/memories?tier=all&limit=1`);
      const { tier_counts: counts } = (await answer.json()) as { tier_counts: { total: number } };
      return counts.total;
    },
    stop,
  };
}
