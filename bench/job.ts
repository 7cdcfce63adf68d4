import { existsSync } from "node:fs";
import process from "node:process";
import { showSize } from "../src/commands/show.ts";
import type { Options, Scope } from "./options.ts";
import type { Tools } from "./tools.ts";

/** One way to write a dataset, from the start of a process to its end. */
export interface Job {
  readonly name: string;
  readonly isPeer: boolean;
  /** Sizes at which it is of interest, or feasible. */
  readonly minRows: number;
  readonly maxRows: number;
  /** Writes so many rows to `datasetFolder(scratch, rows)`, which is not there yet. */
  command(rows: number, scratch: string): string[];
}

/** A family of datasets: the ways to write one, and how what they wrote is compared. */
export interface Family {
  readonly name: keyof Options["data"];
  /** Rows that are measured where none are asked for. */
  readonly sizes: Readonly<Record<Scope, readonly number[]>>;
  /** What so many rows are, such as `500k x 100`. */
  title(rows: number): string;
  /** What a row takes on the disk at most. */
  readonly rowBytes: number;
  /** As far as the tools of this machine allow: ours first, before all the built bin. */
  jobs(tools: Tools): Job[];
  /** How much a job wrote: the same for all, peers as well, which draw other numbers. */
  extent(folder: string): Promise<Readonly<Record<string, number>>>;
  /** Files that are the same bytes however ours made them, where they did. */
  readonly files: readonly string[];
}

export const LARGE = 100_000; // below, all that counts is how fast a process starts
export const HUGE = 1_000_000; // above, how it starts no longer counts

/** Named as `vectors` names its folders. */
export function datasetFolder(scratch: string, rows: number): string {
  return `${scratch}/${showSize(rows)}`;
}

/** The built command line. Throws when it was not built. */
export function builtBin(): string[] {
  if (!existsSync("dist/gen.js")) throw new Error("Cannot measure the built bin: run `npm run build` first");
  return [process.execPath, "dist/gen.js"];
}

/** The command line from its sources. */
export const fromSource: readonly string[] = [process.execPath, "--import", "tsx", "src/gen.ts"];

/** The same under Deno. All permissions: with fewer it writes nothing below /dev; elsewhere those of the README are enough. */
export function underDeno(deno: string): string[] {
  return [deno, "run", "-A", "src/gen.ts"];
}
