import { availableParallelism, cpus } from "node:os";
import process from "node:process";

/** The clock, for manifests and progress only: no data may depend on it. */
export function now(): Date {
  return new Date();
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

/** The number of this process. */
export function processId(): number {
  return process.pid;
}

/** Whether another process of that number runs; false where the system does not tell (Deno without `--allow-run`). */
export function isOtherProcess(pid: number): boolean {
  try {
    return pid !== process.pid && process.kill(pid, 0);
  } catch (error) {
    return (error as { code?: unknown }).code === "EPERM"; // it runs, and is somebody else's
  }
}

/** Ends the process when what is under way has ended. */
export function setExitCode(code: number): void {
  process.exitCode = code;
}

/** Writes to standard output, for results. A reader that goes away early, such as `head`, is no error. */
export function print(text: string): void {
  write(process.stdout, text);
}

/** Writes to standard error, for everything that is not the result. */
export function printAside(text: string): void {
  write(process.stderr, text);
}

const watched = new Set<NodeJS.WriteStream>();

function write(stream: NodeJS.WriteStream, text: string): void {
  if (!watched.has(stream)) stream.on("error", () => {}); // without a listener the process would end
  watched.add(stream);
  stream.write(`${text}\n`);
}

/** A signal that fires at Ctrl-C or a termination; a second one ends the process at once. */
export function interruption(): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const interrupt = () => {
    controller.abort(new Interrupted());
    release();
  };
  const release = () => {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  return { signal: controller.signal, release };
}

/** The user, or whoever manages the process, asked it to end. Exit code 130. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  constructor() {
    super("Interrupted: nothing was left half-written");
  }
}
