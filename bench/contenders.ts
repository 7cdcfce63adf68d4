import process from "node:process";
import type { Tools } from "./tools.ts";

/** One way to write the dataset, from the start of a process to its end. */
export interface Job {
  readonly name: string;
  readonly isPeer: boolean;
  /** Sizes at which it is of interest, or feasible. */
  readonly minRows: number;
  readonly maxRows: number;
  command(rows: number, folder: string): string[];
}

const LARGE = 100_000; // below, all that counts is how fast a process starts
const HUGE = 1_000_000; // above, how it starts no longer counts, and the first program needs more memory than most have

export const DIM = 100;

/** The ways that are worth a look at that size, ours first, as far as the tools of this machine allow. */
export function jobsAt(rows: number, tools: Tools, oursAlone: boolean): Job[] {
  if (oursAlone) return [builtBin];
  return [...ourJobs(tools), ...peerJobs(tools)].filter((job) => job.minRows <= rows && rows <= job.maxRows);
}

const node = process.execPath;
const builtBin = our("built bin", [node, "dist/gen.js"], [], 0);

function ourJobs({ deno }: Tools): Job[] {
  const jobs = [
    builtBin,
    our("built bin, --no-checksum", [node, "dist/gen.js"], ["--no-checksum"]),
    our("node --import tsx", [node, "--import", "tsx", "src/gen.ts"]),
    our("tsx", ["node_modules/.bin/tsx", "src/gen.ts"], [], LARGE, HUGE),
    our("npx tsx", ["npx", "tsx", "src/gen.ts"], [], LARGE, HUGE),
  ];
  // All permissions, because Deno writes nothing below /dev with fewer; elsewhere those that the README names are enough.
  return deno ? [...jobs, our("deno run", [deno, "run", "-A", "src/gen.ts"])] : jobs;
}

function peerJobs({ python }: Tools): Job[] {
  if (!python) return [];
  return [
    peer(python, "NumPy, bulk", "vectors_bulk.py", 0),
    peer(python, "NumPy, one buffer", "vectors_buffered.py"),
    peer(python, "NumPy, threads", "vectors_threads.py"),
    peer(python, "NumPy, first program", "vectors_first.py", LARGE, HUGE),
  ];
}

function our(name: string, launcher: string[], flags: string[] = [], minRows = LARGE, maxRows = Infinity): Job {
  const command = (rows: number, folder: string) => [...launcher, ...vectors(rows, folder), ...flags];
  return { name, isPeer: false, minRows, maxRows, command };
}

function peer(python: string, name: string, script: string, minRows = LARGE, maxRows = Infinity): Job {
  const command = (rows: number, folder: string) => [python, `bench/peers/${script}`, `${rows}`, `${DIM}`, folder];
  return { name, isPeer: true, minRows, maxRows, command };
}

function vectors(rows: number, folder: string): string[] {
  return ["vectors", "--size", `${rows}`, "--dim", `${DIM}`, "--out", folder, "--quiet"];
}
