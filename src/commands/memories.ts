import { Command, Option } from "commander";
import { InputError } from "../data/errors.ts";
import { impliedCosines, squaresOf, type ImpliedCosines } from "../datasets/centroids.ts";
import {
  centroidsOf,
  DEFAULT_COUNT,
  resolveMemories,
  type MemoriesRecipe,
  type MemoryFormat,
} from "../datasets/memories.ts";
import { memoryFiles, planMemories } from "../datasets/memoryplan.ts";
import { wholeNumber } from "../datasets/options.ts";
import { MAX_DIM, MAX_ROWS } from "../datasets/vectors.ts";
import { inputRecord, readInputVectors, type InputVectors } from "../pipeline/inputs.ts";
import { isPlainName, manifestNameFor } from "../pipeline/manifest.ts";
import { pathFrom, splitPath } from "../runtime/files.ts";
import { generateDatasets, type GenerateOptions } from "./generate.ts";
import { addOutputOptions } from "./output.ts";
import { parseCount, parseDecimal, parseNumber, parseRange, parseWorkers } from "./parse.ts";

interface Flags extends GenerateOptions {
  readonly centroids: string;
  readonly dim?: number;
  readonly count: number;
  readonly stdDev?: number;
  readonly cosine?: number;
  readonly confidence: number;
  readonly normalize: boolean;
  readonly seed: string;
  readonly rows?: [number, number];
  readonly digits?: number;
  readonly format: MemoryFormat;
  readonly output?: string;
}

/** `memories`: synthetic memories around centroids, one a line, with a manifest beside the file. */
export function createCommand(): Command {
  const command = new Command("memories")
    .description(
      "Generate memories for Engram: embeddings around centroids, each with a text, a confidence and an id.\n" +
        "Writes one JSON object a line, or rows of Parquet, in no order of clusters, and beside them a manifest.",
    )
    .addOption(
      new Option(
        "--centroids <file|n>",
        "centroids as `seedbed centroids` writes them (npy, npz, fvecs, bvecs, fbin, jsonl, parquet), a folder of shards, or that many random ones",
      ).makeOptionMandatory(),
    )
    .option("--dim <n>", "values in an embedding of random centroids (default: 768)", (text) =>
      parseCount(text, { what: "Dim", min: 1, max: MAX_DIM }),
    )
    .addOption(
      new Option("--count <n>", "memories: 1000, 10k, 1e6")
        .argParser((text) => parseCount(text, { what: "Count", min: 1, max: MAX_ROWS }))
        .default(DEFAULT_COUNT, "950000"),
    )
    .option("--std-dev <s>", "of the noise in each coordinate (default: 0.1)", (text) =>
      parseDecimal(text, "Standard deviation"),
    )
    .option("--cosine <c>", "instead: the cosine between memories of a cluster, above 0, at most 1", (text) =>
      parseDecimal(text, "Cosine"),
    )
    .option(
      "--confidence <c>",
      "of each memory: this plus or minus up to 0.1, within 0.5 to 1",
      (text) => parseDecimal(text, "Confidence"),
      0.7,
    )
    .option("--no-normalize", "do not bring embeddings to unit length")
    .addOption(new Option("--seed <seed>", "an integer from 0 to 2^64 - 1, or a word").default("42", "42"))
    .option("--rows <a:b>", "only memories a to b, b excluded: the same as in the whole", parseRange)
    .option(
      "--digits <n>",
      "significant digits of the embeddings, 1 to 9 (default: as many as read back to the same float32)",
      parseDigits,
    )
    .addOption(
      new Option("--format <name>", "jsonl, parquet, or npy (embeddings, and a .metadata.jsonl)").default(
        "jsonl",
        "jsonl",
      ),
    )
    .option("--output <file>", "where the memories go (default: synthetic_memories.jsonl, .npy or .parquet)")
    .addOption(
      new Option("--workers <n>", "threads beside the main one, or auto")
        .argParser(parseWorkers)
        .default("auto", "auto"),
    )
    .option("--no-checksum", "skip SHA-256")
    .option("--force", "replace what has the name")
    .option("--dry-run", "show the plan and write nothing")
    .addHelpText(
      "after",
      `
Examples:
  $ seedbed memories --centroids centroids.npy                     950,000 memories around real centroids
  $ seedbed memories --centroids 100 --count 10k                   around 100 random unit vectors, no server needed
  $ seedbed memories --centroids centroids.npy --cosine 0.8        tight clusters: members have cosine 0.8
  $ seedbed memories --centroids 100 --format npy --output m.npy   embeddings for NumPy, and m.metadata.jsonl
  $ seedbed memories --centroids 100 --format parquet              synthetic_memories.parquet: ids, texts and embeddings
  $ seedbed memories --centroids 100 --dry-run                     file size and cosines to expect`,
    )
    .action(() => run(command.opts<Flags>()));
  return addOutputOptions(command);
}

async function run(flags: Flags): Promise<void> {
  const given = await centroidsAsked(flags.centroids);
  const recipe = resolveMemories({ ...flags, centroids: given, digits: flags.digits, range: flags.rows });
  const values = centroidsOf(recipe, typeof given === "number" ? undefined : given.values);
  const cosines = impliedCosines(recipe.std_dev, recipe.dim, squaresOf(values, recipe.dim));
  const { folder, name } = splitPath(outputFile(flags));
  const stem = name.slice(0, name.lastIndexOf("."));
  const names = memoryFiles(recipe, stem);
  if (typeof given !== "number" && names.includes(pathFrom(folder, flags.centroids)))
    throw new InputError(`${flags.centroids} would be overwritten: give another --output than --centroids`);
  const plan = {
    name: `${folder === "." ? "" : `${folder}/`}${name}`,
    recipe,
    passes: planMemories(recipe, values, names),
    inputs: typeof given === "number" ? undefined : [inputRecord("centroids", flags.centroids, given.sha256, folder)],
    folder,
    manifestName: manifestNameFor(name),
    remark: describeClusters(recipe, cosines),
    details: { expected_cosine: { to_centroid: cosines.toCentroid, between_members: cosines.betweenMembers } },
  };
  await generateDatasets([plan], folder, { place: "--output", fewer: "--count" }, flags);
}

/** Both measures of how tight the clusters are: whichever was asked for, the other follows. */
function describeClusters(
  { dim, std_dev: stdDev, centroids }: MemoriesRecipe,
  { toCentroid, betweenMembers }: ImpliedCosines,
): string {
  return (
    `${centroids.count} clusters of ${dim} dimensions, standard deviation ${Number(stdDev.toPrecision(4))}: ` +
    `expected cosine ${toCentroid.toFixed(3)} to the centroid, ${betweenMembers.toFixed(3)} between members`
  );
}

/** A number of random centroids, or those of a file. */
async function centroidsAsked(text: string): Promise<number | InputVectors> {
  if (text.trim() === "") throw new InputError("Empty --centroids are not allowed: give a file or a number");
  if (/^\d+(\.\d+)?([kmg]|e\d+)?$/i.test(text)) {
    return parseCount(text, { what: "Number of centroids", min: 1, max: MAX_ROWS });
  }
  return readInputVectors(text);
}

function parseDigits(text: string): number {
  const digits = { what: "Digits", min: 1, max: 9 };
  return wholeNumber(digits.what, parseNumber(text, digits), digits.min, digits.max);
}

function outputFile({ output, format }: Flags): string {
  const path = output ?? `synthetic_memories.${format}`;
  const { name } = splitPath(path);
  if (!path.endsWith(`.${format}`) || name === `.${format}` || !isPlainName(name)) {
    throw new InputError(`Output "${path}" is not allowed: give a name that ends with .${format}, or another --format`);
  }
  return path;
}
