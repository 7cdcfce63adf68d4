import { writeSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import process from "node:process";
import { isDenied } from "./failure.ts";

/** The clock, for manifests and progress only: no data may depend on it. */
export function now(): Date {
  return new Date();
}

/** The date in the user's time zone, as `2026-11-20`: for names of folders only. */
export function today(): string {
  const date = now();
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()]
    .map((part) => String(part).padStart(2, "0"))
    .join("-");
}

/** Milliseconds since some fixed moment. */
export function elapsedMs(): number {
  return performance.now();
}

/** Processors that this process may use. */
export function processorCount(): number {
  const browserCount = globalThis.navigator?.hardwareConcurrency; // Deno asks for no permission here
  return browserCount ?? (availableParallelism?.() || cpus().length || 1);
}

export function commandLine(): string[] {
  return process.argv.slice(2);
}

const LATER_V8 = 12; // Node 22, Deno 2

/** Whether the engine is one that takes more memory at the start, and lets more garbage pile up, than that of Node 20. */
export function hasLaterEngine(): boolean {
  return Number.parseInt(process.versions.v8, 10) >= LATER_V8;
}

/** The number of this process. */
export function processId(): number {
  return process.pid;
}

/** Whether another process of that number runs; `untold` where the system does not tell (Deno without `--allow-run`). */
export function isOtherProcess(pid: number, untold = false): boolean {
  try {
    return pid !== process.pid && process.kill(pid, 0);
  } catch (error) {
    if (isDenied(error)) return untold;
    return (error as { code?: unknown }).code === "EPERM"; // it runs, and is somebody else's
  }
}

/** Ends the process when what is under way has ended. */
export function setExitCode(code: number): void {
  process.exitCode ||= code; // the first failure stays
}

/** Ends the process shortly, where what is under way does not end by itself: Deno keeps a connection that was given up. */
export function exitSoon(code: number): void {
  setTimeout(() => process.exit(code), EXIT_MS).unref();
}

const EXIT_MS = 500;

/** Ends the process at once, with a last line: for what runs in it and cannot be ended otherwise. */
export function endWith(message: string): never {
  writeSync(2, `${message}\n`);
  process.exit(1);
}

/** Writes to standard output, for results. A reader that goes away early, such as `head`, is no error. */
export function print(text: string): void {
  write(process.stdout, text);
}

/** Writes to standard error, for everything that is not the result. */
export function printAside(text: string): void {
  write(process.stderr, text);
}

/** Characters in a line of the terminal, or of a usual one where output goes elsewhere. */
export function terminalColumns(): number {
  return process.stdout.columns || 80;
}

/** Whether output goes to a terminal that shows colours. */
export function hasColours(): boolean {
  return process.stdout.isTTY === true && process.stdout.hasColors?.(2 ** 24) === true;
}

const watched = new Set<NodeJS.WriteStream>();

/** A reader that went away wants no more; anything else that swallows output is a failure. */
function noticeLoss(error: { code?: unknown }): void {
  if (error.code !== "EPIPE") setExitCode(1);
}

function write(stream: NodeJS.WriteStream, text: string): void {
  if (!watched.has(stream)) stream.on("error", noticeLoss);
  watched.add(stream);
  stream.write(`${text}\n`);
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const REPEATED_MS = 1000; // a terminal and a launcher may both send the same Ctrl-C

export interface Interruption {
  readonly signal: AbortSignal;
  /** Leaves signals to the system again. */
  release(): void;
}

/** A signal that fires at Ctrl-C, a termination or a closed terminal; another one a second later ends the process at once. */
export function interruption(): Interruption {
  const controller = new AbortController();
  let interruptedAt: number | undefined;
  const interrupt = () => {
    if (interruptedAt !== undefined && elapsedMs() - interruptedAt > REPEATED_MS) process.exit(INTERRUPTED);
    interruptedAt ??= elapsedMs();
    controller.abort(new Interrupted());
  };
  for (const name of SIGNALS) process.on(name, interrupt);
  return {
    signal: controller.signal,
    release() {
      if (interruptedAt !== undefined) return; // the process is about to end, and a repeated signal must not be faster
      for (const name of SIGNALS) process.off(name, interrupt);
    },
  };
}

/** The exit code of a process that was interrupted. */
export const INTERRUPTED = 130;

/** The user, or whoever manages the process, asked it to end. Exit code 130. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  constructor(left = "nothing was left half-written") {
    super(`Interrupted: ${left}`);
  }
}
