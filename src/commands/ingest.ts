import { Command, Option } from "commander";
import { INDEXES, METRICS, type Index, type Metric, type StoreRecord } from "../data/records.ts";
import { openInput, type OpenInput } from "../pipeline/ingest/input.ts";
import { ledgerFolder } from "../pipeline/ingest/ledger.ts";
import { sampleOf } from "../pipeline/ingest/sample.ts";
import { interruption } from "../runtime/system.ts";
import { targets } from "../targets/table.ts";
import { checkTargetFlags, placeFor, type LoadPlace, type TargetFlags } from "./ingestflags.ts";
import { reportPlan, type LoadPlan } from "./ingestreport.ts";
import { runIngest } from "./ingestrun.ts";
import { addOutputOptions, createOutput, type OutputOptions } from "./output.ts";
import { parseCount } from "./parse.ts";

interface Flags extends OutputOptions, TargetFlags {
  readonly input: string;
  readonly metadata?: string;
  readonly token?: string;
  readonly concurrent?: number;
  readonly batchSize: number;
  readonly retries: number;
  readonly limit?: number;
  readonly create?: boolean;
  readonly ledger?: string;
  readonly resume?: boolean;
  readonly dryRun?: boolean;
}

/** `ingest`: rows of files into a store, none lost and none twice. */
export function createCommand(): Command {
  const count =
    (what: string, max: number, min = 1) =>
    (text: string) =>
      parseCount(text, { what, min, max });
  const command = new Command("ingest")
    .description(
      "Load vectors with their metadata, or memories, into a store: Engram, PostgreSQL with pgvector, or Chroma.\n" +
        "A ledger beside the input notes what is stored; at the end the store's own count is held against it.",
    )
    .requiredOption("--input <path>", "a folder of `vectors` or of shards, a file of memories, or one of vectors")
    .option("--metadata <file>", "JSON lines, one for each vector (default: those beside the vectors)")
    .addOption(
      new Option("--to <target>", "the kind of store (default: engram where an endpoint is given)").choices(
        Object.keys(targets),
      ),
    )
    .option("--endpoint <url>", "where it is; for pgvector postgres://..., or a folder for one without a server")
    .option("--space <name>", "Engram's memory space")
    .option("--table <name>", "pgvector's table (default: named after the input)")
    .option("--collection <name>", "Chroma's collection (default: named after the input)")
    .option("--token <text>", "what the server asks for, where it does")
    .option("--create", "make the table or collection if it is not there")
    .addOption(new Option("--metric <name>", "of the index (default: l2)").choices(METRICS))
    .addOption(new Option("--index <kind>", "made after the load (default: none; Chroma: hnsw)").choices(INDEXES))
    .option(
      "--concurrent <n>",
      "requests or connections under way (default: Engram 20, others 4)",
      count("Concurrent", 256),
    )
    .option(
      "--batch-size <n>",
      "rows in a batch, fewer where the store takes fewer",
      count("Batch size", 100_000),
      1000,
    )
    .option("--retries <n>", "how often something is tried again", count("Retries", 1000, 0), 9)
    .option("--limit <n>", "rows at most (default: all)", count("Limit", Number.MAX_SAFE_INTEGER))
    .option("--ledger <folder>", "where the ledger goes (default: in <input>.ingest)")
    .option("--resume", "go on with an unfinished load")
    .option("--dry-run", "show the plan, ask and write nothing")
    .addHelpText(
      "after",
      `
Examples:
  $ seedbed ingest --input synthetic_memories.jsonl --endpoint http://localhost:7432    into Engram
  $ seedbed ingest --input data/10k --to pgvector               into ./seedbed.pglite, without a server
  $ seedbed ingest --input data/10k --to pgvector --endpoint postgres://me@localhost/bench --create --index hnsw
  $ seedbed ingest --input data/100k --to chroma --create --metric cosine
  $ seedbed ingest --input vectors.npy --metadata rows.jsonl --to chroma --collection docs --create
  $ seedbed ingest --input data/100k --to chroma --resume       after an interruption`,
    )
    .action(() => run(command));
  return addOutputOptions(command);
}

async function run(command: Command): Promise<void> {
  const flags = command.opts<Flags>();
  checkTargetFlags(flags);
  const output = createOutput(flags);
  const interrupted = interruption();
  try {
    const input = await openInput(flags.input, flags.metadata);
    try {
      const place = placeFor(flags, input.path);
      const sample = await sampleOf(input, interrupted.signal);
      const plan = planOf(flags, place, input, sample);
      reportPlan(plan, output, flags.dryRun === true);
      if (!flags.dryRun) await runIngest(plan, sample, output, interrupted);
    } finally {
      await input.close();
    }
  } finally {
    interrupted.release();
  }
}

function planOf(flags: Flags, place: LoadPlace, input: OpenInput, sample: readonly StoreRecord[]): LoadPlan {
  const { targetName, target, identity } = place;
  return {
    place,
    input,
    fields: [...new Set(sample.flatMap(({ fields }) => Object.keys(fields)))],
    metric: flags.metric ?? ("l2" satisfies Metric),
    index: flags.index ?? target.indexes[0] ?? ("none" satisfies Index),
    batchSize: flags.batchSize,
    concurrent: flags.concurrent ?? target.concurrent,
    limit: flags.limit,
    ...{ create: flags.create === true, resume: flags.resume === true, tries: flags.retries + 1, token: flags.token },
    ledger: flags.ledger ?? ledgerFolder(input.path, targetName, identity),
  };
}
