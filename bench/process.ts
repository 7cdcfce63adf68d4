import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { busyMs } from "./machine.ts";

/** What a process took from start to exit; null where GNU time is not there to tell. */
export interface Usage {
  readonly wallSeconds: number;
  /** Of all its threads, in user and system mode. */
  readonly cpuSeconds: number | null;
  /** Resident, at the peak. */
  readonly peakBytes: number | null;
  /** Processors that other programs kept busy meanwhile. */
  readonly others: number | null;
}

/** The same, with what it printed. */
export interface Run extends Usage {
  readonly stdout: string;
}

/** Runs a command to its end; `scratch` is a folder for the measurer's own file, `variables` go into its environment. Throws with what it said when it fails. */
export function runMeasured(
  command: readonly string[],
  scratch: string,
  time: string | null,
  variables: Readonly<Record<string, string>> = {},
): Run {
  const report = join(scratch, "usage");
  const [program, ...args] = time ? [time, "-f", "%U %S %M", "-o", report, ...command] : command;
  const [began, busyBefore] = [performance.now(), busyMs()];
  const { status, stdout, stderr, error } = spawnSync(program!, args, {
    encoding: "utf8",
    env: { ...process.env, ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const wallSeconds = (performance.now() - began) / 1000;
  if (status !== 0) throw new Error(`Cannot measure ${command.join(" ")}: ${error?.message ?? stderr.trim()}`);
  if (!time) return { wallSeconds, cpuSeconds: null, peakBytes: null, others: null, stdout };
  const busySeconds = (busyMs() - busyBefore) / 1000;
  const [user, system, kibibytes] = readFileSync(report, "utf8").trim().split(" ").map(Number) as [
    number,
    number,
    number,
  ];
  const cpuSeconds = user + system;
  const others = Math.max(0, busySeconds - cpuSeconds) / wallSeconds;
  return { wallSeconds, cpuSeconds, peakBytes: kibibytes * 1024, others, stdout };
}
