import { Command, Option } from "commander";
import { InputError } from "../data/errors.ts";
import { planDownload, runDownload, type LoadPlan } from "../pipeline/download/download.ts";
import { KNOWN_FORMATS } from "../pipeline/download/glob.ts";
import { SOURCES, type Asked, type Net, type SourceName } from "../pipeline/download/remote.ts";
import { folderOf, sourceOf } from "../pipeline/download/sources.ts";
import { rootOf } from "../pipeline/root.ts";
import { checkWritable, freeBytes } from "../runtime/files.ts";
import { elapsedMs, Interrupted, interruption } from "../runtime/system.ts";
import { begunBytes, checkRoom, reportLoaded, reportPlan, reportThere, totalBytes } from "./downloadreport.ts";
import {
  addOutputOptions,
  createOutput,
  retryTeller,
  withProgress,
  type Output,
  type OutputOptions,
} from "./output.ts";
import { parseCount } from "./parse.ts";
import { rootVariable, tellHidden } from "./variables.ts";

interface Flags extends OutputOptions {
  readonly name: string;
  readonly source?: SourceName;
  readonly split?: string;
  readonly revision?: string;
  readonly files?: string;
  readonly root?: string;
  readonly concurrent: number;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

const TRIES = 6; // without a byte between them
const PATIENCE_MS = 120_000;

const VARIABLES: Record<SourceName, readonly string[]> = {
  huggingface: ["HF_ENDPOINT", "HF_TOKEN"],
  kaggle: ["KAGGLE_API", "KAGGLE_USERNAME", "KAGGLE_KEY"],
  http: [],
  file: [],
};

/** `download`: a dataset from where it is published into the folder of raw datasets. */
export function createCommand(): Command {
  const command = new Command("download")
    .description(
      "Download a dataset from Hugging Face, Kaggle or a URL, or copy it from a file or folder. Every file is checked by\n" +
        "length and checksum; what broke off goes on where it broke when the command is run again.\n" +
        "It goes to <root>/datasets/raw/<source>/<dataset>/<split or revision>/, with a dataset.json that says what it is.",
    )
    .requiredOption("--name <what>", "org/dataset, a URL, or the path of a file or folder")
    .addOption(
      new Option(
        "--source <source>",
        "where it is (default: http for a URL, file for a path that is there, else huggingface)",
      ).choices(SOURCES),
    )
    .option("--split <name>", "Hugging Face: the files of this split, as Parquet; others: the name it is kept under")
    .option(
      "--revision <name>",
      "Hugging Face: a branch, tag or commit (default: main); Kaggle: the number of a version",
    )
    .option("--files <glob>", `which files, such as "data/*.csv" (default: ${KNOWN_FORMATS})`)
    .option("--root <folder>", "of all datasets (default: SEEDBED_ROOT, or /workspace, or ./workspace)")
    .option(
      "--concurrent <n>",
      "files that are loaded at a time",
      (text) => parseCount(text, { what: "Concurrent", min: 1, max: 32 }),
      4,
    )
    .option("--dry-run", "show the plan, load nothing")
    .option("--force", "load everything anew")
    .addHelpText(
      "after",
      `
Environment:
  HF_TOKEN                        for private and gated datasets of Hugging Face; HF_ENDPOINT is a mirror of it
  KAGGLE_USERNAME and KAGGLE_KEY  for Kaggle, from the settings of an account there; KAGGLE_API is another server
  SEEDBED_ROOT                    the folder of all datasets

Examples:
  $ seedbed download --name stanfordnlp/imdb --split train
  $ seedbed download --name org/dataset --revision v1.0 --files "data/*.jsonl"
  $ seedbed download --name owner/dataset --source kaggle --files "*.csv"
  $ seedbed download --name https://example.org/reviews.jsonl.gz --root data
  $ seedbed download --name ./texts --dry-run`,
    )
    .action(() => run(command));
  return addOutputOptions(command);
}

async function run(command: Command): Promise<void> {
  const flags = command.opts<Flags>();
  const asked = askedOf(flags);
  tellHidden([...rootVariable(flags.root), "SOURCE_DATE_EPOCH", ...VARIABLES[asked.source]], flags);
  const root = rootOf(flags.root);
  const folder = folderOf(asked, root.path);
  const output = createOutput(flags);
  const interrupted = interruption();
  const teller = retryTeller(output);
  const net: Net = {
    retry: {
      ...{ tries: TRIES, baseMs: 500, maxMs: 30_000, patienceMs: PATIENCE_MS, signal: interrupted.signal },
      onRetry: (waitMs, { message }) => teller(message, waitMs),
    },
  };
  try {
    const plan = await withProgress(output, "Checking", undefined, "B", (bar) => {
      let hashed = 0;
      const onBytes = (count: number): void => bar.update((hashed += count));
      return planDownload(asked, folder, { force: flags.force === true, net, onBytes });
    });
    if (plan.kind === "there") return reportThere(plan, output);
    reportPlan(plan, root, output, flags.dryRun === true);
    if (flags.dryRun) return;
    checkWritable(folder);
    checkRoom(plan, freeBytes(folder));
    await load(plan, flags, net, output);
  } finally {
    interrupted.release();
  }
}

function askedOf({ name, source, split, revision, files }: Flags): Asked {
  for (const [flag, value] of Object.entries({ name, split, revision, files })) {
    if (value?.trim() === "") throw new InputError(`--${flag} "" is not allowed: give some text, or leave it out`);
  }
  return { source: source ?? sourceOf(name), name, split, revision, pattern: files };
}

async function load(plan: LoadPlan, { concurrent }: Flags, net: Net, output: Output): Promise<void> {
  const began = elapsedMs();
  const from = begunBytes(plan);
  let bytes = from;
  try {
    const record = await withProgress(
      output,
      "Downloading",
      totalBytes(plan),
      "B",
      (bar) => runDownload(plan, { net, concurrent, onProgress: (now) => bar.update((bytes = now)) }),
      from,
    );
    reportLoaded(plan, record, { bytes: Math.max(0, bytes - from), ms: elapsedMs() - began }, output);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    throw new Interrupted(bytes > 0 ? "what came is kept; run again to go on" : "nothing was loaded");
  }
}
