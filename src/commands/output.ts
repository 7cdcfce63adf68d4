import type { Command } from "commander";
import { print, printAside } from "../runtime/system.ts";

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
}

export function createOutput({ json = false, quiet = false }: OutputOptions): Output {
  return {
    say(text) {
      if (!quiet) (json ? printAside : print)(text);
    },
    result(value) {
      if (json) print(JSON.stringify(value, null, 2));
    },
    showsProgress: !quiet,
  };
}
