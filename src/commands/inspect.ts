import { Command } from "commander";
import { FaultsFound } from "../data/errors.ts";
import { interruption } from "../runtime/system.ts";
import { addOutputOptions, createOutput, type OutputOptions } from "./output.ts";
import { inspectFolder } from "./report.ts";

interface Flags extends OutputOptions {
  readonly show?: boolean;
}

/** `inspect`: looks at a corpus of images and draws what it found. */
export function createCommand(): Command {
  const command = new Command("inspect")
    .description(
      "Look at a corpus of images: read every file, count what is in it, and hold it against the law that it was asked\n" +
        "for. Writes validation_report.png (100 images, label histogram) and report.json into the folder.\n" +
        "Exit code 1 and the list of what failed when a check does. Reads what images wrote, and .npz files of others.",
    )
    .argument("<folder>", "the folder with train, val and test")
    .option("--show", "print a preview of some images")
    .addHelpText(
      "after",
      "\nExamples:\n  $ seedbed inspect datasets/2026-11-20-v1\n  $ seedbed inspect datasets/2026-11-20-v1 --show --json",
    )
    .action((folder: string) => run(folder, command.opts<Flags>()));
  return addOutputOptions(command);
}

async function run(folder: string, flags: Flags): Promise<void> {
  const output = createOutput(flags);
  const interrupted = interruption();
  try {
    const { report, failed } = await inspectFolder(folder, flags, output, interrupted.signal);
    output.result({ folder, ...report });
    if (failed.length > 0) throw new FaultsFound(`${folder} fails ${failed.join(", ")}: see its report.json`);
  } finally {
    interrupted.release();
  }
}
