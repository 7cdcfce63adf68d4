import process from "node:process";
import { parseArgs } from "node:util";
import { parseCount, parseCounts } from "../src/commands/parse.ts";

const USAGE = `Usage: npm run bench -- [--quick] [--only kernels|jobs] [--sizes 10k,500k,5m] [--rounds n] [--memory]
  --quick   fewer rounds, and no jobs above 500k rows
  --memory  only the built bin at 500k and 10m rows, for its peak memory: the latter writes 4 GB`;

export interface Options {
  readonly parts: { readonly kernels: boolean; readonly jobs: boolean };
  readonly rounds: number;
  /** How long a kernel is measured in a round. */
  readonly kernelSeconds: number;
  /** Rows of the jobs. */
  readonly sizes: readonly number[];
  /** Only what the peak memory is asked of. */
  readonly memoryOnly: boolean;
}

/** The options; ends the process where they cannot be understood. */
export function readOptions(args: string[]): Options {
  try {
    return parse(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    process.exit(2);
  }
}

function parse(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: "boolean", default: false },
      memory: { type: "boolean", default: false },
      only: { type: "string" },
      sizes: { type: "string" },
      rounds: { type: "string" },
    },
  });
  const { quick, memory, only, sizes, rounds } = values;
  if (only !== undefined && only !== "kernels" && only !== "jobs") {
    throw new Error(`Part "${only}" is not allowed: give kernels or jobs`);
  }
  const usualSizes = memory ? "500k,10m" : quick ? "10k,500k" : "10k,500k,5m";
  return {
    parts: { kernels: !memory && only !== "jobs", jobs: only !== "kernels" },
    rounds: rounds ? parseCount(rounds, { what: "Rounds", min: 1, max: 1000 }) : quick || memory ? 3 : 7,
    kernelSeconds: quick ? 0.1 : 0.2,
    sizes: parseCounts(sizes ?? usualSizes, { what: "Size", min: 1, max: 1e9 }),
    memoryOnly: memory,
  };
}
