import { statSync } from "node:fs";
import { showSize } from "../src/commands/show.ts";
import { builtBin, datasetFolder, fromSource, HUGE, LARGE, underDeno, type Family, type Job } from "./job.ts";
import { countLines } from "./lines.ts";

const DIM = 100;

/** Vectors with one line of metadata each. */
export const vectorFamily: Family = {
  name: "vectors",
  sizes: { quick: [10_000, 500_000], full: [10_000, 500_000, 5_000_000], memory: [500_000, 10_000_000] },
  title: (rows) => `${showSize(rows)} x ${DIM}`,
  rowBytes: 4 * DIM + 16,
  jobs: ({ deno, python }) => [
    our("built bin", builtBin(), [], 0),
    our("built bin, --no-checksum", builtBin(), ["--no-checksum"]),
    our("node --import tsx", fromSource),
    our("tsx", ["node_modules/.bin/tsx", "src/gen.ts"], [], LARGE, HUGE),
    our("npx tsx", ["npx", "tsx", "src/gen.ts"], [], LARGE, HUGE),
    ...(deno ? [our("deno run", underDeno(deno))] : []),
    ...(python ? peers(python) : []),
  ],
  async extent(folder) {
    return {
      "bytes of vectors.npy": statSync(`${folder}/vectors.npy`).size,
      "lines of metadata.jsonl": await countLines(`${folder}/metadata.jsonl`),
    };
  },
  files: ["vectors.npy", "metadata.jsonl"],
};

function peers(python: string): Job[] {
  return [
    peer(python, "NumPy, bulk", "vectors_bulk.py", 0),
    peer(python, "NumPy, one buffer", "vectors_buffered.py"),
    peer(python, "NumPy, threads", "vectors_threads.py"),
    peer(python, "NumPy, first program", "vectors_first.py", LARGE, HUGE), // above, it needs more memory than most have
  ];
}

function our(
  name: string,
  launcher: readonly string[],
  flags: string[] = [],
  minRows = LARGE,
  maxRows = Infinity,
): Job {
  const command = (rows: number, scratch: string) => [
    ...[...launcher, "vectors", "--size", `${rows}`, "--dim", `${DIM}`, "--out", scratch, "--quiet"],
    ...flags,
  ];
  return { name, isPeer: false, minRows, maxRows, command };
}

function peer(python: string, name: string, script: string, minRows = LARGE, maxRows = Infinity): Job {
  const command = (rows: number, scratch: string) => [
    ...[python, `bench/peers/${script}`, `${rows}`, `${DIM}`, datasetFolder(scratch, rows)],
  ];
  return { name, isPeer: true, minRows, maxRows, command };
}
