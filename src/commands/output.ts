import type { Command } from "commander";
import { startProgress, type Progress } from "../runtime/progress.ts";
import { shown } from "../data/fields.ts";
import { elapsedMs, print, printAside } from "../runtime/system.ts";

export interface OutputOptions {
  readonly json?: boolean | undefined;
  readonly quiet?: boolean | undefined;
}

/** Adds the flags that every command has. */
export function addOutputOptions(command: Command): Command {
  return command
    .option("--json", "print one JSON object; everything else goes to standard error")
    .option("--quiet", "print errors only")
    .option("--debug", "print the stack of an error");
}

/** Where a command says what: with `--json` one object is all of standard output, and people read standard error. */
export interface Output {
  /** Something for people. */
  say(text: string): void;
  /** The result for programs; nothing without `--json`. */
  result(value: unknown): void;
  readonly showsProgress: boolean;
  /** Notes the bar that is on the screen, if there is one: what is said meanwhile makes it step aside. */
  showing(bar: Progress | undefined): void;
}

export function createOutput({
  json = false,
  quiet = false,
  aside = json,
}: OutputOptions & { aside?: boolean }): Output {
  let bar: Progress | undefined;
  return {
    say(text) {
      if (quiet) return;
      bar?.clear();
      (aside ? printAside : print)(text);
    },
    result(value) {
      if (json) print(JSON.stringify(value, null, 2));
    },
    showsProgress: !quiet,
    showing: (now) => void (bar = now),
  };
}

/** Says what is tried again, but not more often than anybody reads. */
export function retryTeller(output: Output): (what: string, waitMs: number) => void {
  let saidAt = -Infinity;
  return (what, waitMs) => {
    if (elapsedMs() - saidAt < RETRIES_SAID_MS) return;
    saidAt = elapsedMs();
    output.say(`Trying again in ${(waitMs / 1000).toFixed(1)} s: ${shown(what)}`);
  };
}

const RETRIES_SAID_MS = 5000;

/** Shows a bar while the work is done; `from` is what of the total was done before. */
export async function withProgress<T>(
  output: Output,
  label: string,
  total: number | undefined,
  unit: string,
  work: (progress: Progress) => Promise<T>,
  from = 0,
): Promise<T> {
  const progress = await startProgress(label, total, unit, { shown: output.showsProgress, from });
  output.showing(progress);
  try {
    return await work(progress);
  } finally {
    output.showing(undefined);
    progress.stop();
  }
}
