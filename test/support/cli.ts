import { spawn, type ChildProcess } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

const entry = fileURLToPath(new URL("../../src/gen.ts", import.meta.url));

/** The runtime that runs the tests, and the arguments with which it runs the command line from its sources. */
export const launcher = "deno" in process.versions ? ["run", "-A", "--no-prompt", entry] : ["--import", "tsx", entry];

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts `seedbed <args>` in the runtime under test, without a terminal. */
export function startCli(args: readonly string[]): ChildProcess {
  return spawnQuietly(process.execPath, [...launcher, ...args]);
}

/** Runs `seedbed <args>` to its end. */
export function runCli(...args: string[]): Promise<CliResult> {
  return runToEnd(startCli(args));
}

/** Starts a program without a terminal or input, whose output is piped here. */
export function spawnQuietly(program: string, args: readonly string[]): ChildProcess {
  return spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
}

/** Collects what a program prints until it ends. */
export function runToEnd(child: ChildProcess): Promise<CliResult> {
  let stdout = "";
  let stderr = "";
  child.stdout!.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}
