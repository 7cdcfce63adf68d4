import { Command, Option } from "commander";
import { InputError } from "../data/errors.ts";
import {
  DEFAULT_CLASSES,
  MAX_DIM,
  MAX_ROWS,
  planVectors,
  resolveVectors,
  type Distribution,
} from "../datasets/vectors.ts";
import { parseCount, parseCounts, parseRange, parseShares, parseWorkers } from "./parse.ts";
import { generateDatasets, type GenerateOptions } from "./generate.ts";
import { addOutputOptions } from "./output.ts";
import { showShares, showSize } from "./show.ts";

interface Flags extends GenerateOptions {
  readonly size: number[];
  readonly dim: number;
  readonly seed: string;
  readonly distribution: Distribution;
  readonly classes: [string, number][];
  readonly rows?: [number, number];
  readonly out: string;
  readonly format: "npy" | "npz";
  readonly compress?: boolean;
}

/** `vectors`: one folder a size, each with the vectors, their classes and a manifest. */
export function createCommand(): Command {
  const command = new Command("vectors")
    .description(
      "Generate float32 vectors and one class a vector (field `cls`).\n" +
        "Each size becomes a folder: vectors.npy, metadata.jsonl (line i belongs to row i), dataset.json.",
    )
    .addOption(
      new Option("--size <list>", "vectors in each dataset: 1000, 10k, 2m, 1e6, or several")
        .argParser((text) => parseCounts(text, { what: "Size", min: 1, max: MAX_ROWS }))
        .default([10_000, 100_000, 500_000], "10k,100k,500k"),
    )
    .option(
      "--dim <n>",
      "values in a vector, 1 to 65536",
      (text) => parseCount(text, { what: "Dim", min: 1, max: MAX_DIM }),
      100,
    )
    .addOption(new Option("--seed <seed>", "an integer from 0 to 2^64 - 1, or a word").default("42", "42"))
    .addOption(
      new Option("--distribution <name>", "gaussian (standard normal) or uniform (0 to 1, both excluded)").default(
        "gaussian",
        "gaussian",
      ),
    )
    .addOption(
      new Option("--classes <shares>", "share of each class, in this order")
        .argParser(parseShares)
        .default(Object.entries(DEFAULT_CLASSES), showShares(DEFAULT_CLASSES)),
    )
    .addOption(new Option("--out <folder>", "where the folders go").default("data", "data"))
    .addOption(new Option("--format <name>", "npy or npz").default("npy", "npy"))
    .option("--compress", "deflate the npz")
    .option("--rows <a:b>", "only rows a to b, b excluded: the same values as in the whole", parseRange)
    .addOption(
      new Option("--workers <n>", "threads beside the main one, or auto")
        .argParser(parseWorkers)
        .default("auto", "auto"),
    )
    .option("--no-checksum", "skip SHA-256")
    .option("--force", "replace what is in the folders")
    .option("--dry-run", "show the plan and write nothing")
    .addHelpText(
      "after",
      `
Examples:
  $ seedbed vectors                                        10k, 100k and 500k vectors of 100 dimensions
  $ seedbed vectors --size 2m --dim 768 --seed my-paper    a seed may be a word
  $ seedbed vectors --size 1m --rows 5000:6000             these thousand rows alone
  $ seedbed vectors --size 10k --classes yes=0.5,no=0.5 --format npz --compress
  $ seedbed vectors --dry-run                              what would be written`,
    )
    .action(() => run(command.opts<Flags>()));
  return addOutputOptions(command);
}

async function run(flags: Flags): Promise<void> {
  if (flags.out.trim() === "") throw new InputError("An empty --out is not allowed: give a folder, . for this one");
  const plans = flags.size.map((rows) => {
    const recipe = resolveVectors({ ...flags, rows, range: flags.rows });
    const [from, to] = recipe.range;
    const part = flags.rows ? `-rows-${from}-${to}` : "";
    const folder = `${flags.out}/${showSize(rows)}${part}`;
    return { name: folder, recipe, passes: planVectors(recipe), folder };
  });
  await generateDatasets(plans, flags.out, { place: "--out", fewer: "--size" }, flags);
}
