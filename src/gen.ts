#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { InputError } from "./data/errors.ts";
import { PACKAGE_NAME, VERSION } from "./data/version.ts";
import { isDenied } from "./runtime/failure.ts";
import { commandLine, exitSoon, INTERRUPTED, Interrupted, print, printAside, setExitCode } from "./runtime/system.ts";

interface CommandEntry {
  readonly summary: string;
  /** Another name for it. */
  readonly alias?: string;
  readonly load: () => Promise<{ createCommand(): Command }>;
}

/** The one table of commands; each is loaded when it is asked for. */
const commands: Record<string, CommandEntry> = {
  vectors: {
    summary: "Generate vectors with filter metadata",
    load: () => import("./commands/vectors.ts"),
  },
  images: {
    summary: "Generate corpora of small images",
    load: () => import("./commands/images.ts"),
  },
  centroids: {
    summary: "Find the centres of clusters of embeddings, in Engram or in a file",
    load: () => import("./commands/centroids.ts"),
  },
  memories: {
    summary: "Generate memories around centroids, for Engram",
    load: () => import("./commands/memories.ts"),
  },
  wikipedia: {
    summary: "Store the articles of a Wikipedia dump as memories",
    load: () => import("./commands/wikipedia.ts"),
  },
  ingest: {
    summary: "Load vectors or memories into Engram, pgvector or Chroma",
    load: () => import("./commands/ingest.ts"),
  },
  download: {
    summary: "Download a dataset of text into the folder of raw datasets",
    alias: "download-dataset",
    load: () => import("./commands/download.ts"),
  },
  embed: {
    summary: "Embed the texts of a dataset into Parquet shards",
    alias: "embed-dataset",
    load: () => import("./commands/embed.ts"),
  },
  list: {
    summary: "List the datasets that were downloaded and embedded",
    alias: "list-datasets",
    load: () => import("./commands/list.ts"),
  },
  inspect: {
    summary: "Look at a corpus of images: counts, checks, a picture",
    load: () => import("./commands/inspect.ts"),
  },
  verify: {
    summary: "Check a dataset against its manifest and its recipe",
    alias: "verify-manifest",
    load: () => import("./commands/verify.ts"),
  },
};

/** Runs one command line and returns the exit code: 0 done, 1 failed, 2 not as asked, 130 interrupted. */
async function main(args: string[]): Promise<number> {
  const program = new Command(PACKAGE_NAME)
    .description(
      "Reproducible datasets for vector databases and small models: the same recipe, the same bytes, everywhere.",
    )
    .version(VERSION)
    .helpCommand(false)
    .addHelpText("after", `\nExample:\n  $ ${PACKAGE_NAME} vectors --size 10k --dim 128\n`);
  const asked = args.map(commandOf).find((name) => name !== undefined);
  for (const [name, { summary, alias, load }] of Object.entries(commands)) {
    const { createCommand } = name === asked ? await load() : { createCommand: () => new Command(name) };
    const command = createCommand().summary(summary);
    program.addCommand(alias === undefined ? command : command.alias(alias));
  }
  for (const command of [program, ...program.commands]) {
    // Errors are reported below, and looking for colours would ask Deno's user for access to the environment.
    command.exitOverride().configureOutput({
      writeOut: (text) => print(text.replace(/\n$/, "")),
      writeErr() {},
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  }
  try {
    await program.parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    return report(error, args.includes("--debug"), asked !== undefined);
  }
}

/** The command that an argument names. */
function commandOf(arg: string): string | undefined {
  return Object.keys(commands).find((name) => name === arg || commands[name]!.alias === arg);
}

function report(error: unknown, debug: boolean, hasCommand: boolean): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0; // help or version, already shown
    const hint = hasCommand ? "" : ` (commands: ${Object.keys(commands).join(", ")})`;
    printAside(`${PACKAGE_NAME}: ${sentence(error.message)}${hint}`);
    return 2;
  }
  const message = error instanceof Error ? error.message : String(error);
  printAside(`${PACKAGE_NAME}: ${oneLine(message)}`);
  if (debug && error instanceof Error) printAside(String(error.stack));
  if (error instanceof Interrupted) return INTERRUPTED;
  return error instanceof InputError || isDenied(error) ? 2 : 1;
}

/** Without line feeds, and without what a terminal would obey. */
function oneLine(message: string): string {
  return message.replace(/\s*\n\s*/g, " ").replace(/\p{Cc}/gu, "?");
}

/** A message of Commander in our form: one line, no prefix. */
function sentence(message: string): string {
  if (message === "(outputHelp)") return "No command given";
  const text = message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const code = await main(commandLine());
setExitCode(code);
if (code === INTERRUPTED) exitSoon(code);
