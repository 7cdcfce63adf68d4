import { spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";

/** A server for measurements in a process of its own. */
export interface DoubleProcess {
  /** The line in which it says where it listens. */
  readonly line: string;
  stop(): Promise<void>;
}

/** Starts a module of TypeScript that prints such a line, and waits for it. */
export async function startDoubleProcess(module: string, args: readonly string[]): Promise<DoubleProcess> {
  const child = spawn(process.execPath, ["--import", "tsx", module, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const stopAtExit = (): void => void child.kill();
  process.on("exit", stopAtExit);
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const lines = createInterface({ input: child.stdout });
  const line = await new Promise<string>((resolve, reject) => {
    lines.once("line", resolve);
    lines.once("close", () => reject(new Error(`Cannot measure: ${module} ended early`)));
  });
  return {
    line,
    async stop() {
      child.kill();
      await ended;
      process.off("exit", stopAtExit);
    },
  };
}
