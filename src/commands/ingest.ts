import { Command, Option } from "commander";
import { InputError } from "../data/errors.ts";
import { INDEXES, METRICS, type Index, type Metric, type StoreRecord } from "../data/records.ts";
import { ingest } from "../pipeline/ingest/ingest.ts";
import { openInput, type OpenInput } from "../pipeline/ingest/input.ts";
import { ledgerFolder, openLedger, type Ledger } from "../pipeline/ingest/ledger.ts";
import { sampleOf } from "../pipeline/ingest/sample.ts";
import { elapsedMs, Interrupted, interruption } from "../runtime/system.ts";
import type { Store } from "../targets/store.ts";
import { targets } from "../targets/table.ts";
import { checkTargetFlags, placeFor, type LoadPlace, type TargetFlags } from "./ingestflags.ts";
import { reportIngest, reportPlan, type LoadPlan } from "./ingestreport.ts";
import {
  addOutputOptions,
  createOutput,
  retryTeller,
  withProgress,
  type Output,
  type OutputOptions,
} from "./output.ts";
import { parseCount } from "./parse.ts";
import { showCount } from "./show.ts";

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
    .requiredOption("--input <path>", "a folder of `vectors`, a .jsonl of memories, or a file of vectors")
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
  const { signal } = interrupted;
  try {
    const input = await openInput(flags.input, flags.metadata);
    try {
      const place = placeFor(flags, input.path);
      const sample = await sampleOf(input, signal);
      const plan = planOf(flags, place, input, sample);
      reportPlan(plan, output, flags.dryRun === true);
      if (!flags.dryRun) await load(flags, plan, sample, output, signal);
    } finally {
      await input.close();
    }
  } finally {
    interrupted.release();
  }
}

function planOf(flags: Flags, place: LoadPlace, input: OpenInput, sample: readonly StoreRecord[]): LoadPlan {
  const { targetName, target, shown } = place;
  return {
    place,
    input,
    fields: [...new Set(sample.flatMap(({ fields }) => Object.keys(fields)))],
    metric: flags.metric ?? ("l2" satisfies Metric),
    index: flags.index ?? target.indexes[0] ?? ("none" satisfies Index),
    batchSize: flags.batchSize,
    concurrent: flags.concurrent ?? target.concurrent,
    limit: flags.limit,
    ledger: flags.ledger ?? ledgerFolder(input.path, targetName, shown),
  };
}

async function load(
  flags: Flags,
  plan: LoadPlan,
  sample: readonly StoreRecord[],
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const { place, input, metric, index, concurrent } = plan;
  const identity = { target: place.targetName, place: place.shown, dim: input.dim };
  const ledger = await openLedger(plan.ledger, identity, flags.resume === true);
  const ended = new AbortController();
  let retries = 0;
  const tellRetry = retryTeller(output);
  try {
    const store = await place.target.open({
      ...{ endpoint: place.endpoint, name: place.name, token: flags.token, create: flags.create === true },
      ...{ dim: input.dim, metric, index, sample, concurrent, tries: flags.retries + 1 },
      signal: AbortSignal.any([signal, ended.signal]),
      onRetry(what, waitMs) {
        retries++;
        tellRetry(what, waitMs);
      },
    });
    try {
      output.say(`${store.place}: ${store.description}`);
      await prepare(store, ledger, place);
      const began = elapsedMs();
      const label = `Ingesting ${place.target.noun}`;
      const total = totalOf(plan);
      const summary = await withProgress(
        output,
        label,
        total,
        place.target.unit,
        (progress) =>
          ingest(input, store, ledger, {
            ...{ batchSize: plan.batchSize, limit: plan.limit ?? Infinity, signal },
            giveUp: (reason) => ended.abort(reason),
            onProgress({ done, bytes, failed }) {
              const share = total === undefined ? Math.min(1, bytes / input.byteLength) : undefined;
              progress.updateShare(done, share, noteOf({ errors: failed, retries }));
            },
          }),
        ledger.states.stored,
      );
      reportIngest(summary, { plan, ledger, retries, ms: elapsedMs() - began }, output);
    } finally {
      await store.close();
    }
  } catch (error) {
    throw toldWhatIsStored(error, ledger);
  } finally {
    ledger.close();
  }
}

/** Makes what is missing, once it is sure that nothing there would be overwritten. */
async function prepare(store: Store, ledger: Ledger, { target }: LoadPlace): Promise<void> {
  if (ledger.heldBefore === undefined) {
    const held = await store.count();
    if (store.hasRowIds && held > 0) {
      throw new InputError(
        `${store.place} holds ${showCount(held)} ${target.noun} already, which those of this input would replace: ` +
          `give another --${target.part}, or empty it`,
      );
    }
    ledger.noteHeldBefore(held);
  }
  await store.prepare();
}

/** What the bar tells beside the rate: nothing of what there is none of. */
function noteOf(counts: Readonly<Record<string, number>>): string | undefined {
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  return some.length > 0 ? some.map(([name, count]) => `${name}=${count}`).join(", ") : undefined;
}

/** How many rows there will be, where that is known. */
function totalOf({ input: { rows }, limit = Infinity }: LoadPlan): number | undefined {
  if (rows !== undefined) return Math.min(rows, limit);
  return limit === Infinity ? undefined : limit;
}

/** The error of a load that did not come to its end, with how to go on. */
function toldWhatIsStored(error: unknown, { states, isBegun }: Ledger): unknown {
  const left = `${showCount(states.stored)} rows are known to be stored; go on with --resume`;
  if (error instanceof Interrupted) return new Interrupted(isBegun ? left : "nothing was stored");
  if (!isBegun || !(error instanceof Error) || error.name === "FaultsFound") return error;
  const Same = error instanceof InputError ? InputError : Error;
  return new Same(`${error.message}; ${left}`, { cause: error });
}
