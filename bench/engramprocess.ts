import { spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";

/** The stand-in for an Engram server in a process of its own, empty at the start. */
export interface EngramProcess {
  readonly url: string;
  /** How many memories it holds. */
  count(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts one that answers so many milliseconds late. It looks for no near copies, which would cost more than all else. */
export async function startEngramProcess(capacity: number, delayMs: number): Promise<EngramProcess> {
  const double = ["--import", "tsx", "test/doubles/engram.ts", "--port", "0", "--no-dedup"];
  const args = [...double, "--capacity", `${capacity}`, "--delay", `${delayMs}`];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const stopAtExit = (): void => void child.kill();
  process.on("exit", stopAtExit);
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const lines = createInterface({ input: child.stdout });
  const url = await new Promise<string>((resolve, reject) => {
    lines.once("line", resolve);
    lines.once("close", () => reject(new Error("Cannot measure a load: the stand-in for Engram ended early")));
  });
  return {
    url,
    async count() {
      const answer = await fetch(`${url}/api/v1/memories?tier=all&limit=1`);
      const { tier_counts: counts } = (await answer.json()) as { tier_counts: { total: number } };
      return counts.total;
    },
    async stop() {
      child.kill();
      await ended;
      process.off("exit", stopAtExit);
    },
  };
}
