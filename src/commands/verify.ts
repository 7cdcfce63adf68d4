import { Command } from "commander";
import { FaultsFound } from "../data/errors.ts";
import { planOfManifest } from "../datasets/table.ts";
import { verifyDataset } from "../report/verify.ts";
import { startProgress } from "../runtime/progress.ts";
import { interruption, printAside } from "../runtime/system.ts";
import { addOutputOptions, createOutput, type OutputOptions } from "./output.ts";
import { showCount } from "./show.ts";

interface Flags extends OutputOptions {
  readonly full?: boolean;
}

/** `verify`: hashes the files again, makes rows again and compares them. */
export function createCommand(): Command {
  const command = new Command("verify")
    .description(
      "Check a dataset: hash every file again, make sampled blocks of rows again from the recipe " +
        "and compare them bit for bit. Exit code 1 and the list of faults when anything differs.",
    )
    .argument("<path>", "a folder with its dataset.json, a manifest, or a file that has one beside it")
    .option("--full", "make every row again, not a sample")
    .addHelpText(
      "after",
      "\nExamples:\n  $ seedbed verify data/10k\n  $ seedbed verify data/500k --full --json\n  $ seedbed verify synthetic_memories.jsonl",
    )
    .action((folder: string) => run(folder, command.opts<Flags>()));
  return addOutputOptions(command);
}

async function run(folder: string, flags: Flags): Promise<void> {
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
      throw new FaultsFound(
        `${folder} is not what its manifest says: ${report.faults.length} ${report.faults.length === 1 ? "fault" : "faults"}`,
      );
    output.say(
      `${folder}: ${report.filesHashed} files hashed, ${showCount(report.rowsCompared)} of ${showCount(report.rows)} rows made again: all as the manifest says`,
    );
  } finally {
    progress.stop();
    interrupted.release();
  }
}
