import { Command, Option } from "commander";
import type { LabelKind } from "../core/images.ts";
import { FaultsFound, InputError } from "../data/errors.ts";
import type { Manifest } from "../data/manifest.ts";
import type { PaletteName } from "../data/palettes.ts";
import { imageMetadata } from "../datasets/imagemetadata.ts";
import { planImages } from "../datasets/imageplan.ts";
import {
  IMAGE_FORMATS,
  MAX_GRID,
  MAX_IMAGES,
  MIN_GRID,
  resolveImages,
  splitCounts,
  type ImageFormat,
  type ImagesRecipe,
} from "../datasets/images.ts";
import { redrawMemory } from "../datasets/unique.ts";
import { checkNew, writeDataset, type DatasetPlan } from "../pipeline/dataset.ts";
import { hashRecipe } from "../pipeline/manifest.ts";
import { inspectMemory } from "../report/memory.ts";
import { ask, hasTerminal } from "../runtime/ask.ts";
import { checkWritable, isThere } from "../runtime/files.ts";
import { pause } from "../runtime/pause.ts";
import { elapsedMs, interruption, today } from "../runtime/system.ts";
import { addOutputOptions, createOutput, withProgress, type Output, type OutputOptions } from "./output.ts";
import { parseCount, parseNumber, parseSplits, parseWorkers, type Workers } from "./parse.ts";
import { checkDisk, estimatePlan, type Estimated } from "./plan.ts";
import { inspectFolder } from "./report.ts";
import { showBytes, showCount, showDuration } from "./show.ts";

interface Flags extends OutputOptions {
  readonly numImages: number;
  readonly outputDir?: string;
  readonly seed: string;
  readonly yes?: boolean;
  readonly gridSize: number;
  readonly palette: PaletteName;
  readonly label: LabelKind;
  readonly splits: number[];
  readonly unique?: boolean;
  readonly format: ImageFormat;
  readonly workers: Workers;
  readonly checksum: boolean;
  readonly report: boolean;
  readonly show?: boolean;
  readonly dryRun?: boolean;
}

/** `images`: a corpus of small images in a folder of its own, with labels, factors, metadata and a report. */
export function createCommand(): Command {
  const command = new Command("images")
    .description(
      "Generate a corpus of small uint8 images: 1 to 4 blobs, rectangles, lines and patterns on a 16 x 16 grid.\n" +
        "A folder holds train, val and test (images, labels, factors), metadata.json and a report to look at.",
    )
    .addOption(
      new Option("--num-images <n>", "images in all: 1000, 10k, 1e6")
        .argParser((text) => parseCount(text, { what: "Number of images", min: 1, max: MAX_IMAGES }))
        .makeOptionMandatory(),
    )
    .option(
      "--output-dir <folder>",
      "a folder that is not there yet (default: datasets/YYYY-MM-DD-vN, the first free N)",
    )
    .addOption(new Option("--seed <seed>", "an integer from 0 to 2^64 - 1, or a word").default("42", "42"))
    .option("-y, --yes", "do not ask whether to proceed")
    .option(
      "--grid-size <n>",
      `height and width in pixels, ${MIN_GRID} to ${MAX_GRID}`,
      (text) => parseNumber(text, { what: "Grid size", min: MIN_GRID, max: MAX_GRID }),
      16,
    )
    .addOption(
      new Option("--palette <name>", "gray: values spread over 0 to 255; arc: 0 to 9 in the colours of ARC").default(
        "gray",
        "gray",
      ),
    )
    .addOption(
      new Option("--label <kind>", "composition of types, count of objects, or type of the largest").default(
        "composition",
        "composition",
      ),
    )
    .addOption(
      new Option("--splits <shares>", "shares of train, val and test")
        .argParser(parseSplits)
        .default([0.8, 0.1, 0.1], "0.8,0.1,0.1"),
    )
    .option("--unique", "draw exact duplicates anew until there is none; an image then depends on those before it")
    .addOption(new Option("--format <name>", IMAGE_FORMATS.join(", ")).default("npz", "npz"))
    .addOption(
      new Option("--workers <n>", "threads beside the main one, or auto")
        .argParser(parseWorkers)
        .default("auto", "auto"),
    )
    .option("--no-checksum", "skip SHA-256")
    .option("--no-report", "write no validation_report.png and report.json")
    .option("--show", "print a preview of some images")
    .option("--dry-run", "show the plan and write nothing")
    .addHelpText(
      "after",
      `
Examples:
  $ seedbed images --num-images 1000                      asks, then writes datasets/YYYY-MM-DD-v1
  $ seedbed images --num-images 100k --yes --seed 7       for scripts
  $ seedbed images --num-images 10k --format webdataset --output-dir data/shapes
  $ seedbed images --num-images 5k --palette arc --grid-size 32 --label count --unique
  $ seedbed images --num-images 1m --dry-run              what would be written`,
    )
    .action(() => run(command.opts<Flags>()));
  return addOutputOptions(command);
}

async function run(flags: Flags): Promise<void> {
  const asks = !flags.yes && !flags.dryRun;
  if (asks && !hasTerminal())
    throw new InputError("There is no terminal to confirm the plan on: give --yes to go on without");
  const output = createOutput(flags);
  const recipe = resolveImages(flags);
  const folder = outputFolder(flags.outputDir);
  const draft: DatasetPlan = {
    recipe,
    passes: await planImages({ ...recipe, unique: false }), // as many rows as in the end
    folder,
    metadata: (createdAt) => imageMetadata(recipe, createdAt),
  };
  checkNew(draft);
  checkWritable(folder);
  const plan = await estimateImages(draft, recipe, flags);
  if (!flags.dryRun) checkDisk([plan], folder, "give another --output-dir or a smaller --num-images");
  // Nobody agrees to a plan unseen: it goes where the question goes.
  sayPlan(plan, recipe, asks ? createOutput({ ...flags, quiet: false, aside: true }) : output);
  if (flags.dryRun) return output.result({ dry_run: true, ...planResult(plan, recipe) });
  const interrupted = interruption();
  try {
    if (asks && !(await isConfirmed(interrupted.signal))) {
      output.say("Generation cancelled.");
      return output.result({ cancelled: true });
    }
    await generate(plan, recipe, flags, output, interrupted.signal);
  } finally {
    interrupted.release();
  }
}

/** The folder that was asked for, or the first free one of today. */
function outputFolder(asked: string | undefined): string {
  if (asked !== undefined) {
    if (asked.trim() === "") throw new InputError("An empty --output-dir is not allowed: give a folder");
    return asked;
  }
  const day = today();
  let version = 1;
  while (isThere(`datasets/${day}-v${version}`)) version++;
  return `datasets/${day}-v${version}`;
}

async function estimateImages(plan: DatasetPlan, recipe: ImagesRecipe, flags: Flags): Promise<Estimated> {
  const { estimate } = await estimatePlan(plan, flags.workers);
  const report = flags.report ? inspectMemory(recipe.images, recipe.format, estimate.workers) : 0;
  const unique = recipe.unique ? redrawMemory(recipe.images) : 0;
  return { ...plan, estimate: { ...estimate, memory: Math.max(estimate.memory + unique, report + unique) } };
}

function sayPlan({ folder, estimate }: Estimated, recipe: ImagesRecipe, output: Output): void {
  const { train, val, test } = splitCounts(recipe);
  const files = estimate.files.map(({ name, expected }) => `${name} ${showBytes(expected)}`);
  output.say("Dataset generation plan:");
  output.say(
    `  Images: ${showCount(recipe.images)} of ${recipe.grid_size} x ${recipe.grid_size}` +
      ` (train ${showCount(train)}, val ${showCount(val)}, test ${showCount(test)}), seed ${recipe.seed}`,
  );
  output.say(`  Memory: about ${showBytes(estimate.memory)} at the peak`);
  output.say(`  Disk:   about ${showBytes(estimate.disk.expected)} (${shorten(files).join(", ")})`);
  output.say(`  Output: ${folder}`);
}

/** A corpus of many shards has more files than anybody reads. */
function shorten(files: readonly string[]): string[] {
  const shown = 9;
  return files.length <= shown ? [...files] : [...files.slice(0, shown - 1), `${files.length - shown + 1} more`];
}

function planResult({ folder, estimate }: Estimated, recipe: ImagesRecipe): object {
  return {
    folder,
    recipe,
    recipe_sha256: hashRecipe(recipe),
    images: splitCounts(recipe),
    files: estimate.files.map(({ name, expected }) => ({ path: name, expected_bytes: expected })),
    workers: estimate.workers,
    estimated_peak_memory_bytes: Math.round(estimate.memory),
  };
}

async function isConfirmed(signal: AbortSignal): Promise<boolean> {
  const answer = await ask("\nProceed with generation? (y/n): ", signal);
  return ["y", "yes"].includes(answer?.trim().toLowerCase() ?? "");
}

/** Writes the corpus, then looks at what was written. */
async function generate(
  plan: Estimated,
  recipe: ImagesRecipe,
  flags: Flags,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const began = elapsedMs();
  const { images } = recipe;
  const passes = recipe.unique ? await withoutDuplicates(recipe, output, signal) : plan.passes;
  const manifest = await withProgress(output, "Generating images", images, "img", ({ update }) =>
    writeDataset(
      { ...plan, passes },
      {
        workers: plan.estimate.workers,
        checksum: flags.checksum,
        signal,
        onProgress: (share) => update(Math.round(share * images)),
      },
    ),
  );
  sayWritten(plan.folder, manifest, elapsedMs() - began, output);
  const inspection = flags.report
    ? await inspectFolder(plan.folder, flags, output, signal).catch((error: unknown) => {
        output.say(`${plan.folder} is whole, but its report is missing: inspect makes it`);
        throw error;
      })
    : undefined;
  output.result({
    folder: plan.folder,
    seconds: (elapsedMs() - began) / 1000,
    ...manifest,
    report: inspection?.report,
  });
  if (inspection && inspection.failed.length > 0) {
    throw new FaultsFound(`${plan.folder} fails ${inspection.failed.join(", ")}: see its report.json`);
  }
}

function sayWritten(folder: string, { files, recipe }: Manifest, ms: number, output: Output): void {
  const images = Number(recipe["images"]);
  output.say(
    `${folder}: ${showCount(images)} images in ${showDuration(ms)} (${showCount((images * 1000) / ms)} images/s)`,
  );
  const width = Math.max(...files.map(({ path }) => path.length));
  const lines = files.map(({ path, bytes, sha256 }) => {
    const checksum = sha256 ? `sha256 ${sha256}` : "no checksum";
    return `${path.padEnd(width)}  ${showCount(bytes).padStart(13)} bytes  ${checksum}`;
  });
  for (const line of shorten(lines)) output.say(`  ${line}`);
}

function withoutDuplicates(recipe: ImagesRecipe, output: Output, signal: AbortSignal): Promise<DatasetPlan["passes"]> {
  return withProgress(output, "Looking for duplicates", recipe.images, "img", ({ update }) =>
    planImages(recipe, async (share) => {
      update(Math.round(share * recipe.images));
      await pause();
      signal.throwIfAborted();
    }),
  );
}
