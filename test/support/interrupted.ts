import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { spawnQuietly } from "./cli.ts";

const isDeno = "deno" in process.versions;

export interface Ended {
  readonly code: number | null;
  readonly wasKilled: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts `entry <args>`, sends it the signal as soon as `isTime`, and tells how it ended. */
export async function interrupted(
  entry: string,
  args: readonly string[],
  signal: NodeJS.Signals,
  isTime: () => boolean,
): Promise<Ended> {
  const child = spawnQuietly(process.execPath, [...(isDeno ? ["run", "-A", "--no-prompt"] : []), entry, ...args]);
  let [stdout, stderr] = ["", ""];
  child.stdout!.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, by) => {
      // Deno calls exit code 130 a signal, the one it sent if it sent one.
      const isStopped = isDeno && signal === "SIGINT" && by === "SIGINT";
      resolve({ code: isStopped ? 130 : code, wasKilled: by === "SIGKILL", stdout, stderr });
    });
  });
  while (child.exitCode === null && child.signalCode === null && !isTime()) await sleep(5);
  child.kill(signal);
  return ended;
}
