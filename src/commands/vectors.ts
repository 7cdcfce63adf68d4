import { Command } from "commander";
import { planVectors, resolveVectors, type Distribution } from "../datasets/vectors.ts";
import { parseChoice, parseCount, parseCounts, parseRange, parseShares, parseWorkers } from "./parse.ts";
import { generateDatasets, type GenerateOptions } from "./generate.ts";
import { showSize } from "./show.ts";

interface Flags extends GenerateOptions {
  readonly size: number[];
  readonly dim: number;
  readonly seed: string;
  readonly distribution: Distribution;
  readonly classes: [string, number][];
  readonly rows?: [number, number];
  readonly out: string;
  readonly format: "npy" | "npz";
  readonly compress: boolean;
}

/** `vectors`: one folder a size, each with the vectors, their classes and a manifest. */
export function createCommand(): Command {
  return new Command("vectors")
    .description(
      "Generate float32 vectors and one class a vector (field `cls`).\n" +
        "Each size becomes a folder: vectors.npy, metadata.jsonl (line i belongs to row i), dataset.json.",
    )
    .option("--size <list>", "vectors in each dataset: 1000, 10k, 2m, 1e6, or several", (text) => parseCounts(text, "Size"), [10_000, 100_000, 500_000])
    .option("--dim <n>", "values in a vector, 1 to 65536", (text) => parseCount(text, "Dim"), 100)
    .option("--seed <seed>", "an integer from 0 to 2^64 - 1, or a word", "42")
    .option("--distribution <name>", "gaussian (standard normal) or uniform (0 to 1, both excluded)", (text) => parseChoice(text, "Distribution", ["gaussian", "uniform"]), "gaussian")
    .option("--classes <shares>", "share of each class", parseShares, parseShares("A=0.1,B=0.3,C=0.6"))
    .option("--out <folder>", "where the folders go", "data")
    .option("--format <name>", "npy or npz", (text) => parseChoice(text, "Format", ["npy", "npz"]), "npy")
    .option("--compress", "deflate the npz", false)
    .option("--rows <a:b>", "only rows a to b, b excluded: the same values as in the whole", parseRange)
    .option("--workers <n>", "threads beside the main one, or auto", parseWorkers)
    .option("--no-checksum", "skip SHA-256")
    .option("--force", "replace what is in the folders", false)
    .option("--dry-run", "show the plan and write nothing", false)
    .option("--json", "print one JSON object; everything else goes to standard error", false)
    .option("--quiet", "print errors only", false)
    .option("--debug", "print the stack of an error", false)
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
    .action((_options, command: Command) => run(command.opts<Flags>()));
}

async function run(flags: Flags): Promise<void> {
  const plans = flags.size.map((rows) => {
    const recipe = resolveVectors({ ...flags, rows, range: flags.rows });
    const [from, to] = recipe.range;
    const part = flags.rows ? `-rows-${from}-${to}` : "";
    return { recipe, pass: planVectors(recipe), folder: `${flags.out}/${showSize(rows)}${part}` };
  });
  await generateDatasets(plans, flags);
}
