import process from "node:process";
import { parseArgs } from "node:util";
import { parseCount, parseCounts } from "../src/commands/parse.ts";

const DATA = ["vectors", "images", "memories", "centroids", "ingest", "embed"] as const;

const USAGE = `Usage: npm run bench -- [--quick] [--only kernels|jobs] [--data ${DATA.join("|")}]
                        [--sizes 10k,500k,5m] [--rounds n] [--memory]
  --quick   fewer rounds, and no jobs above 500k vectors, 100k images or 20k memories,
            or for ingest 2k memories and 10k vectors, for embed 2k texts and a file of 20 MB
  --only    one of the two parts: work on one thread in memory, or whole commands
  --data    one of the families of datasets; centroids are k-means in memory, a kernel; ingest loads memories into a
            stand-in for Engram and vectors into the stores that are on this machine; embed embeds texts by a stand-in
            for OpenAI and offline, and downloads a file
  --sizes   rows of the jobs; usual are 10k,500k,5m vectors, 10k,100k,1m images and 20k,100k memories; 10k,100k vectors
            for ingest, whose memories are always 20k (2k if quick); 100k texts for embed
  --memory  only the built bin, for its peak memory, at 500k and 10m vectors (writes 4 GB), 100k and 10m images (minutes),
            100k and 950k memories (writes 9 GB); for ingest at 20k and 100k memories and 10k and 100k vectors; for embed
            at 100k texts and 500 MB`;

/** How much is measured where nothing more is said. */
export type Scope = "full" | "quick" | "memory";

export interface Options {
  readonly scope: Scope;
  readonly parts: { readonly kernels: boolean; readonly jobs: boolean };
  readonly data: Readonly<Record<(typeof DATA)[number], boolean>>;
  readonly rounds: number;
  /** How long a kernel is measured in a round. */
  readonly kernelSeconds: number;
  /** Rows of the jobs, where others than the family's own are asked for. */
  readonly sizes: readonly number[] | undefined;
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
      data: { type: "string" },
      sizes: { type: "string" },
      rounds: { type: "string" },
    },
  });
  const { quick, memory, only, data, sizes, rounds } = values;
  const parts = oneOrAll("Part", only, ["kernels", "jobs"]);
  return {
    scope: memory ? "memory" : quick ? "quick" : "full",
    parts: { ...parts, kernels: parts.kernels && !memory },
    data: oneOrAll("Data", data, DATA),
    rounds: rounds ? parseCount(rounds, { what: "Rounds", min: 1, max: 1000 }) : quick || memory ? 3 : 7,
    kernelSeconds: quick ? 0.1 : 0.2,
    sizes: sizes === undefined ? undefined : parseCounts(sizes, { what: "Size", min: 1, max: 1e9 }),
  };
}

/** Which of several are asked for: all, unless one is named. */
function oneOrAll<Name extends string>(what: string, given: string | undefined, names: readonly Name[]) {
  if (given !== undefined && !names.some((name) => name === given)) {
    throw new Error(`${what} "${given}" is not allowed: give ${names.join(" or ")}`);
  }
  return Object.fromEntries(names.map((name) => [name, given === undefined || given === name])) as Record<
    Name,
    boolean
  >;
}
