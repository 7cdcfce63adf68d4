import { Command, Option } from "commander";
import { canonicalSeed } from "../core/key.ts";
import { InputError } from "../data/errors.ts";
import { BudgetExceeded, createBudget, type Budget } from "../embed/budget.ts";
import { EmbedFailure } from "../embed/failures.ts";
import { costOf, PRICES_DATE, priceOf } from "../embed/prices.ts";
import { createPreprocessing, PREPROCESSING_STEPS, type Preprocessing } from "../embed/preprocess.ts";
import type { EmbeddingProvider } from "../embed/provider.ts";
import { openProvider } from "../embed/table.ts";
import { checkPlace } from "../pipeline/embed/earlier.ts";
import { planEmbedding, type EmbedAsked, type EmbedPlan } from "../pipeline/embed/plan.ts";
import { findRawDataset } from "../pipeline/embed/rawdataset.ts";
import { embedDataset, type EmbedOutcome, type EmbedRun } from "../pipeline/embed/run.ts";
import type { EmbeddingPlace } from "../pipeline/embed/splitfiles.ts";
import { writeRunRecord } from "../pipeline/embed/runrecord.ts";
import { cacheFolder, indexFolder, processedFolder, rootOf, shardFolder, type Root } from "../pipeline/root.ts";
import { environment } from "../runtime/environment.ts";
import { checkWritable } from "../runtime/files.ts";
import { gitRevision } from "../runtime/revision.ts";
import { commandLine, elapsedMs, Interrupted, interruption } from "../runtime/system.ts";
import { reportDone, reportPlan } from "./embedreport.ts";
import {
  addOutputOptions,
  createOutput,
  retryTeller,
  withProgress,
  type Output,
  type OutputOptions,
} from "./output.ts";
import { parseCount, parseDecimal } from "./parse.ts";
import { rootVariable, tellHidden } from "./variables.ts";

interface Flags extends OutputOptions {
  readonly dataset: string;
  readonly split?: string;
  readonly source?: string;
  readonly root?: string;
  readonly provider: "openai" | "local";
  readonly model?: string;
  readonly dimensions?: number;
  readonly n?: number;
  readonly p?: number;
  readonly stratify?: string;
  readonly seed: string;
  readonly textField: string;
  readonly idField: string;
  readonly preprocess?: Preprocessing;
  readonly chunkTokens?: number;
  readonly chunkOverlap: number;
  readonly rowsPerShard: number;
  readonly batchSize?: number;
  readonly maxBatchTokens: number;
  readonly concurrency?: number;
  readonly maxCost?: number;
  readonly maxTokens?: number;
  readonly price?: number;
  readonly resume?: boolean;
  readonly dryRun?: boolean;
}

const BATCH_SIZES = { openai: 256, local: 64 };
const VARIABLES = {
  openai: ["OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_EMBED_MODEL", "OPENAI_TIMEOUT"],
  local: [],
};
const MAX_TIMEOUT_MS = 86_400_000; // timers take no more than 2^31 ms
const CONCURRENCY = { openai: 8, local: 1 };

/** `embed`: a sample of a dataset of texts, embedded into Parquet shards. */
export function createCommand(): Command {
  const count =
    (what: string, max: number, min = 1) =>
    (text: string) =>
      parseCount(text, { what, min, max });
  const decimal = (what: string) => (text: string) => parseDecimal(text, what);
  const command = new Command("embed")
    .description(
      "Embed the texts of a dataset: a sample of its rows, cut into chunks where they are long, into Parquet shards under\n" +
        "<root>/embeddings/, with a manifest under <root>/indexes/. Whatever was answered is kept; --resume goes on.",
    )
    .requiredOption("--dataset <name>", "what `download` brought, by its name, or the path of a file or folder")
    .option("--split <name>", "the split of it (default: the only one)")
    .option("--source <name>", "where it was downloaded from, if there are several")
    .addOption(new Option("--provider <name>", "who embeds").choices(["openai", "local"]).default("local"))
    .option("--model <name>", "of the provider openai (default: OPENAI_EMBED_MODEL or text-embedding-3-small)")
    .option("--dimensions <n>", "values of a vector, where the model leaves a choice", count("Dimensions", 65_536))
    .option("--n <rows>", "rows to sample (default: 100)", count("n", Number.MAX_SAFE_INTEGER))
    .option("--p <share>", "or the share of all rows, up to 1", decimal("p"))
    .option("--stratify <field>", "keep the shares of the field's values")
    .addOption(new Option("--seed <seed>", "an integer from 0 to 2^64 - 1, or a word").default("42", "42"))
    .option("--text-field <name>", "what is embedded", "text")
    .option("--id-field <name>", "what names a row; where it is missing, the row's number does", "id")
    .option(
      "--preprocess <steps>",
      `what is done to texts first, in the order given: some of ${PREPROCESSING_STEPS}`,
      createPreprocessing,
    )
    .option("--chunk-tokens <n>", "tokens of a chunk (default: what the model takes)", count("Chunk tokens", 1e6))
    .option("--chunk-overlap <n>", "tokens that the next chunk repeats", count("Chunk overlap", 1e6, 0), 0)
    .option("--rows-per-shard <n>", "rows of a shard, at most", count("Rows per shard", 1e6), 8192)
    .option("--batch-size <n>", "texts in a request (default: openai 256, local 64)", count("Batch size", 2048))
    .option("--max-batch-tokens <n>", "tokens in a request", count("Max batch tokens", 300_000), 100_000)
    .option("--concurrency <n>", "requests under way (default: openai 8)", count("Concurrency", 128))
    .option("--max-cost <usd>", "send nothing that could cost more", decimal("Max cost"))
    .option("--max-tokens <n>", "send no more tokens than that", count("Max tokens", Number.MAX_SAFE_INTEGER))
    .option("--price <usd>", `of a million tokens (default: the list price of ${PRICES_DATE})`, decimal("Price"))
    .option("--root <folder>", "default: SEEDBED_ROOT, else /workspace where it can be written, else ./workspace")
    .option("--resume", "check the shards that are there, and make what is missing or wrong")
    .option("--dry-run", "show rows, tokens and cost; ask nobody and write nothing")
    .addHelpText(
      "after",
      `
The provider openai asks OPENAI_BASE_URL (https://api.openai.com/v1) with OPENAI_API_KEY; OPENAI_TIMEOUT is in seconds.
The local one needs neither: it knows which words texts share, not what they mean.

Examples:
  $ seedbed embed --dataset articles.jsonl --n 10k
  $ seedbed embed --dataset org/corpus --split train --p 0.01 --stratify label --chunk-tokens 256 --chunk-overlap 32
  $ seedbed embed --dataset org/corpus --split train --preprocess nfc,spaces
  $ seedbed embed --dataset org/corpus --split train --provider openai --n 100k --max-cost 2 --dry-run
  $ seedbed embed --dataset org/corpus --split train --provider openai --n 100k --max-cost 2 --resume`,
    )
    .action(() => run(command));
  return addOutputOptions(command);
}

async function run(command: Command): Promise<void> {
  const flags = command.opts<Flags>();
  const output = createOutput(flags);
  tellHidden([...rootVariable(flags.root), "SOURCE_DATE_EPOCH", ...VARIABLES[flags.provider]], flags);
  const root = rootOf(flags.root);
  const provider = await openProvider(flags.provider, providerOptions(flags));
  const asked = askedOf(flags, root.path);
  const budget = budgetOf(flags, provider);
  const place = placeOf(root, provider, asked);
  const interrupted = interruption();
  const { signal } = interrupted;
  try {
    const plan = await withProgress(output, "Reading", undefined, "B", (bar) => {
      let read = 0;
      const onBytes = (bytes: number): void => bar.update((read += bytes));
      return planEmbedding(asked, provider, signal, onBytes, (identity) => {
        const { dataset, split } = asked.raw;
        const there = { place, model: provider.name, dataset, resume: flags.resume === true };
        if (!flags.dryRun) checkPlace({ ...there, split: { split, identity } });
      });
    });
    const price = flags.price ?? priceOf(provider.name);
    reportPlan({ plan, provider, root, price, isDryRun: flags.dryRun === true }, output);
    if (flags.dryRun) return;
    checkWritable(root.path);
    await embed(plan, { flags, provider, place, budget, signal, output, price });
  } finally {
    provider.close?.();
    interrupted.release();
  }
}

/** What a run needs beside its plan. */
interface Means {
  readonly flags: Flags;
  readonly provider: EmbeddingProvider;
  readonly place: EmbeddingPlace;
  readonly budget: Budget | undefined;
  readonly signal: AbortSignal;
  readonly output: Output;
  /** Of a million tokens, in USD. */
  readonly price: number | undefined;
}

async function embed(plan: EmbedPlan, { flags, provider, place, budget, signal, output, price }: Means): Promise<void> {
  const { raw } = plan.asked;
  const tell = retryTeller(output);
  const began = elapsedMs();
  const gitSha = gitRevision();
  const factsOf = (outcome: EmbedOutcome) => {
    const cost = price === undefined || provider.host === undefined ? null : costOf(outcome.tally.spent, price);
    return { outcome, ms: elapsedMs() - began, cost };
  };
  let isUndone = false;
  const job: Omit<EmbedRun, "onSettled"> = {
    ...{
      place,
      model: provider.name,
      dataset: raw.dataset,
      split: plan.split,
      provider,
      items: plan.items,
      budget,
      signal,
    },
    ...{ rowsPerShard: flags.rowsPerShard, resume: flags.resume === true, maxBatchTokens: flags.maxBatchTokens },
    concurrency: flags.concurrency ?? CONCURRENCY[flags.provider],
    batchSize: flags.batchSize ?? BATCH_SIZES[flags.provider],
    gitSha,
    onRetry: ({ reason, waitMs }) => tell(`a request: ${reason}`, waitMs),
    onEnd(outcome, error) {
      isUndone = outcome.isUndone;
      const facts = { ...factsOf(outcome), commandLine: commandLine(), gitSha, error };
      writeRunRecord(`${place.root}/${place.index}`, facts);
    },
  };
  const outcome: EmbedOutcome = await withProgress(output, "Embedding texts", plan.chunks, "text", (bar) => {
    let settled = 0;
    return embedDataset({ ...job, onSettled: (count) => bar.update((settled += count)) });
  }).catch((error: unknown) => {
    throw stopped(error, isUndone);
  });
  reportDone({ plan, ...factsOf(outcome), place }, output);
}

function placeOf(root: Root, { name }: EmbeddingProvider, { raw: { dataset, split } }: EmbedAsked): EmbeddingPlace {
  return {
    root: root.path,
    shards: shardFolder(".", name, dataset, split).slice(2),
    index: indexFolder(".", name, dataset).slice(2),
    cache: cacheFolder(".", name, dataset).slice(2),
  };
}

function providerOptions({ provider, model, dimensions, dryRun }: Flags): Parameters<typeof openProvider>[1] {
  if (provider === "local") {
    if (model !== undefined)
      throw new InputError(`--model "${model}" is for --provider openai: the local one has no choice`);
    return { dimensions };
  }
  const timeout = environment("OPENAI_TIMEOUT");
  const timeoutMs = timeout === undefined ? undefined : 1000 * Number(timeout);
  if (timeoutMs !== undefined && !(timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS))
    throw new InputError(`OPENAI_TIMEOUT "${timeout}" is not allowed: give seconds, such as 60, up to a day`);
  return {
    ...{ dimensions, timeoutMs, model: model ?? environment("OPENAI_EMBED_MODEL") },
    ...{ apiKey: environment("OPENAI_API_KEY"), baseUrl: environment("OPENAI_BASE_URL"), asksNothing: dryRun },
  };
}

function askedOf(flags: Flags, root: string): EmbedAsked {
  const { dataset, split, source, textField, idField, n, p, stratify, preprocess: preprocessing } = flags;
  const seed = recordedSeed(flags.seed);
  if (n !== undefined && p !== undefined) throw new InputError("--n and --p cannot go together: give one of them");
  if (p !== undefined && !(p > 0 && p <= 1))
    throw new InputError(`p "${p}" is not allowed: give a share above 0, up to 1`);
  const raw = findRawDataset(root, { dataset, split, source });
  const isKept = preprocessing !== undefined && !flags.dryRun;
  return {
    ...{ raw, textField, idField, seed, n, p, stratify, preprocessing },
    processedFolder: isKept ? processedFolder(root, raw.dataset, raw.split) : undefined,
    ...{ chunkTokens: flags.chunkTokens, chunkOverlap: flags.chunkOverlap, rowsPerShard: flags.rowsPerShard },
  };
}

/** A number where JSON has it exactly, else its digits, or a word. */
function recordedSeed(text: string): string | number {
  const seed = canonicalSeed(text);
  return Number.isSafeInteger(Number(seed)) ? Number(seed) : seed;
}

function budgetOf({ maxCost, maxTokens, price }: Flags, { name }: EmbeddingProvider): Budget | undefined {
  if (maxCost !== undefined && !(maxCost > 0))
    throw new InputError(`Max cost "${maxCost}" is not allowed: give USD, such as 2.50`);
  if (price !== undefined && !(price >= 0))
    throw new InputError(`Price "${price}" is not allowed: give USD for a million tokens, such as 0.02`);
  if (maxCost === undefined && maxTokens === undefined) return undefined;
  return createBudget({ maxTokens, maxCost, price: price ?? priceOf(name) });
}

/** What ended a run early, and how to go on. */
function stopped(error: unknown, isUndone: boolean): unknown {
  const advice = isUndone ? "nothing was embedded" : "what was answered is kept; go on with --resume";
  if (error instanceof Interrupted) return new Interrupted(advice);
  const isOfProvider = error instanceof EmbedFailure || error instanceof BudgetExceeded;
  return isOfProvider ? new Error(`${error.message}; ${advice}`) : error;
}
