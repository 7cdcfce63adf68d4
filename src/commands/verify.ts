import { Command, Option } from "commander";
import { FaultsFound, InputError } from "../data/errors.ts";
import { planOfManifest } from "../datasets/table.ts";
import { findEmbedded } from "../pipeline/embed/indexes.ts";
import { rootOf } from "../pipeline/root.ts";
import { verifyDataset } from "../report/verify.ts";
import { refuseEmbeddings } from "../report/embeddingsplace.ts";
import { verifyEmbeddings } from "../report/verifyembeddings.ts";
import { readFilesRecord, verifyFiles, type FilesRecord } from "../report/verifyfiles.ts";
import { isThere } from "../runtime/files.ts";
import { startProgress } from "../runtime/progress.ts";
import { interruption, printAside } from "../runtime/system.ts";
import { addOutputOptions, createOutput, withProgress, type OutputOptions } from "./output.ts";
import { parseWorkers, type Workers } from "./parse.ts";
import { showBytes, showCount } from "./show.ts";
import { rootVariable, tellHidden } from "./variables.ts";

interface Flags extends OutputOptions {
  readonly full?: boolean;
  readonly dataset?: string;
  readonly model?: string;
  readonly root?: string;
  readonly workers?: Workers;
}

/** `verify`: hashes the files again, makes rows again and compares them. */
export function createCommand(): Command {
  const command = new Command("verify")
    .description(
      "Check a dataset: hash every file again, make sampled blocks of rows again from the recipe " +
        "and compare them bit for bit.\nOf what was downloaded or processed the files are hashed, of embeddings (--dataset) every row is looked at, too.\n" +
        "Exit code 1 and the list of faults when anything differs.",
    )
    .argument("[path]", "a folder with its dataset.json, a manifest, or a file that has one beside it")
    .option("--full", "make every row again, not a sample")
    .option("--dataset <name>", "embeddings that `embed` made, by the dataset's name")
    .option("--model <name>", "by that model, where there are several")
    .option("--root <folder>", "that they are under (default: as of `embed`)")
    .addOption(
      new Option("--workers <n>", "threads beside the main one that look at them, or auto (default: auto)").argParser(
        parseWorkers,
      ),
    )
    .addHelpText(
      "after",
      "\nExamples:\n  $ seedbed verify data/10k\n  $ seedbed verify data/500k --full --json\n  $ seedbed verify synthetic_memories.jsonl\n  $ seedbed verify workspace/datasets/raw/file/articles/default\n  $ seedbed verify --dataset articles",
    )
    .action((folder: string | undefined) => run(folder, command.opts<Flags>()));
  return addOutputOptions(command);
}

async function run(folder: string | undefined, flags: Flags): Promise<void> {
  if ((folder === undefined) === (flags.dataset === undefined))
    throw new InputError("Give a path, or the name of a dataset of embeddings with --dataset");
  if (folder === undefined) return runEmbeddings(flags.dataset!, flags);
  if (flags.model !== undefined || flags.root !== undefined || flags.workers !== undefined)
    throw new InputError("--model, --root and --workers are for embeddings: give --dataset instead of a path");
  if (isThere(folder)) refuseEmbeddings(folder);
  const record = readFilesRecord(folder);
  if (record) return runFiles(folder, record, flags);
  const output = createOutput(flags);
  const interrupted = interruption();
  const progress = await startProgress(`Verifying ${folder}`, 100, "%", { shown: output.showsProgress });
  try {
    const report = await verifyDataset(folder, planOfManifest, {
      full: flags.full,
      signal: interrupted.signal,
      onProgress: (done, total) => progress.update(Math.floor((100 * done) / total)),
    });
    progress.stop();
    output.result({
      ok: report.faults.length === 0,
      folder: report.folder,
      faults: report.faults,
      rows: report.rows,
      rows_compared: report.rowsCompared,
      files_hashed: report.filesHashed,
    });
    for (const fault of report.faults) printAside(`  ${fault}`);
    if (report.faults.length > 0)
      throw new FaultsFound(`${folder} is not what its manifest says: ${showFaults(report.faults.length)}`);
    output.say(
      `${folder}: ${report.filesHashed} files hashed, ${showCount(report.rowsCompared)} of ${showCount(report.rows)} rows made again: all as the manifest says`,
    );
  } finally {
    progress.stop();
    interrupted.release();
  }
}

/** Checks a raw or processed dataset. */
async function runFiles(folder: string, record: FilesRecord, flags: Flags): Promise<void> {
  if (flags.full) throw new InputError(`--full says nothing to ${folder}, which no recipe makes again: leave it out`);
  const output = createOutput(flags);
  const interrupted = interruption();
  try {
    const faults = await withProgress(output, `Verifying ${folder}`, 100, "%", (bar) =>
      verifyFiles(record, {
        signal: interrupted.signal,
        onProgress: (done, total) => bar.update(Math.floor((100 * done) / total)),
      }),
    );
    const { files, bytes } = record;
    output.result({ ok: faults.length === 0, folder, faults, files_hashed: files.length, bytes });
    for (const fault of faults) printAside(`  ${fault}`);
    if (faults.length > 0) throw new FaultsFound(`${folder} is not what its record says: ${showFaults(faults.length)}`);
    const count = `${showCount(files.length)} ${files.length === 1 ? "file" : "files"}`;
    output.say(`${folder}: ${count}, ${showBytes(bytes)} hashed: all as the record says`);
  } finally {
    interrupted.release();
  }
}

async function runEmbeddings(dataset: string, flags: Flags): Promise<void> {
  if (flags.full) throw new InputError("--full is for a path: of embeddings every row is looked at anyway");
  const output = createOutput(flags);
  tellHidden(rootVariable(flags.root), flags);
  const { path: root } = rootOf(flags.root);
  const { folder } = findEmbedded(root, dataset, flags.model);
  const interrupted = interruption();
  try {
    const report = await withProgress(output, `Verifying ${dataset}`, 100, "%", (bar) =>
      verifyEmbeddings(root, folder, {
        workers: flags.workers,
        signal: interrupted.signal,
        onProgress: (done, total) => bar.update(Math.floor((100 * done) / total)),
      }),
    );
    const { faults, shards, rows, model } = report;
    output.result({ ok: faults.length === 0, dataset: report.dataset, model, faults, shards, rows });
    for (const fault of faults) printAside(`  ${fault}`);
    const place = `${root}/${folder}`;
    if (faults.length > 0) throw new FaultsFound(`${place} is not what is there: ${showFaults(faults.length)}`);
    output.say(
      `${place}: ${showCount(shards)} ${shards === 1 ? "shard" : "shards"} hashed, ${showCount(rows)} rows looked at: all as the manifest says`,
    );
  } finally {
    interrupted.release();
  }
}

function showFaults(count: number): string {
  return `${showCount(count)} ${count === 1 ? "fault" : "faults"}`;
}
