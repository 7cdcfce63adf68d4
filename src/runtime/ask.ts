import process from "node:process";
import { createInterface } from "node:readline/promises";

/** Whether there is somebody to see a question and to answer it. */
export function hasTerminal(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Puts a question on standard error and returns the line that is typed, or undefined at the end of the input. */
export async function ask(question: string, signal: AbortSignal): Promise<string | undefined> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // The terminal passes Ctrl-C to whoever reads from it; the process is to get it as at any other time.
  terminal.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  const ended = new Promise<undefined>((resolve) => terminal.once("close", () => resolve(undefined)));
  try {
    return await Promise.race([terminal.question(question, { signal }), ended]);
  } catch (error) {
    signal.throwIfAborted(); // with its reason, not with readline's
    throw error;
  } finally {
    terminal.close();
  }
}
