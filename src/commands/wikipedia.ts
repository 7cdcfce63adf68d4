import { Command, Option } from "commander";
import { InputError } from "../data/errors.ts";
import { VERSION } from "../data/version.ts";
import { openProvider } from "../embed/table.ts";
import type { EmbeddingProvider } from "../embed/provider.ts";
import { checkpointBeside, openArticleFile, partOf } from "../pipeline/articlefile.ts";
import { createArticleMemories } from "../pipeline/articlememories.ts";
import { runArticles, type ArticleSink } from "../pipeline/articlerun.ts";
import { openArticleStore } from "../pipeline/articlestore.ts";
import { checkWritable, isThere, makeFolder, pathFrom, splitPath } from "../runtime/files.ts";
import { elapsedMs, Interrupted, interruption } from "../runtime/system.ts";
import { isUrl, withoutPassword } from "../runtime/url.ts";
import { openEngram, type Engram } from "../targets/engram/client.ts";
import { reportArticles, type ArticleOutcome } from "./articlereport.ts";
import {
  addOutputOptions,
  createOutput,
  retryTeller,
  withProgress,
  type Output,
  type OutputOptions,
} from "./output.ts";
import { parseCount, refuseTogether } from "./parse.ts";
import { showCount } from "./show.ts";

interface Flags extends OutputOptions {
  readonly dump: string;
  readonly endpoint: string;
  readonly space?: string;
  readonly token?: string;
  readonly out?: string;
  readonly limit?: number;
  readonly concurrent: number;
  readonly batchSize: number;
  readonly provider: "local" | "none";
  readonly checkpoint?: string;
  readonly resume?: boolean;
}

/** `wikipedia`: the articles of a dump as memories, in a store or in a file. */
export function createCommand(): Command {
  const count = (what: string, max: number) => (text: string) => parseCount(text, { what, min: 1, max });
  const command = new Command("wikipedia")
    .description(
      "Read a MediaWiki XML dump, turn its articles into plain text, embed them, and store them as memories:\n" +
        "in a running Engram, or with --out in a file of one memory a line.",
    )
    .addOption(
      new Option("--dump <file|url>", "a pages-articles dump: .xml, .xml.bz2 or .xml.gz").default(
        SIMPLE_ENGLISH,
        "that of the Simple English Wikipedia",
      ),
    )
    .option("--endpoint <url>", "the Engram that gets the memories", "http://localhost:7432")
    .option("--space <name>", "the memory space there")
    .option("--token <text>", "what it asks for, where it does")
    .option("--out <file>", "write them to this file instead, as JSONL")
    .option("--limit <n>", "articles at most (default: all)", count("Limit", Number.MAX_SAFE_INTEGER))
    .option("--concurrent <n>", "requests under way at a time", count("Concurrent", 256), 10)
    .option("--batch-size <n>", "articles that are embedded at once", count("Batch size", 256), 32)
    .addOption(
      new Option("--provider <name>", "local (768 dimensions, offline), or none (text only, with --out)")
        .choices(["local", "none"])
        .default("local"),
    )
    .option("--checkpoint <file>", "notes what is stored (default: <dump>.checkpoint.jsonl in this folder)")
    .option("--resume", "go on with an unfinished run")
    .addHelpText(
      "after",
      `
Examples:
  $ seedbed wikipedia --dump simplewiki-latest-pages-articles.xml.bz2 --out wikipedia.jsonl
  $ seedbed wikipedia --dump enwiki.xml.bz2 --endpoint http://localhost:7432 --limit 50000
  $ seedbed wikipedia --dump https://example.org/simplewiki.xml.bz2 --out wikipedia.jsonl --resume
  $ seedbed wikipedia --dump dump.xml --provider none --out texts.jsonl       text without embeddings`,
    )
    .action(() => run(command));
  return addOutputOptions(command);
}

const SIMPLE_ENGLISH = "https://dumps.wikimedia.org/simplewiki/latest/simplewiki-latest-pages-articles.xml.bz2";

/** Flags that say nothing where the memories go to a file. */
const OF_STORES = ["endpoint", "space", "token", "concurrent", "checkpoint"];

async function run(command: Command): Promise<void> {
  const flags = command.opts<Flags>();
  if (flags.out !== undefined) refuseTogether(command, "--out", OF_STORES);
  const output = createOutput(flags);
  const interrupted = interruption();
  try {
    await (flags.out === undefined ? runToStore : runToFile)(flags, output, interrupted.signal);
  } finally {
    interrupted.release();
  }
}

async function runToFile(flags: Flags, output: Output, signal: AbortSignal): Promise<void> {
  const path = flags.out!;
  if (!/[^/\\]\.jsonl$/.test(path))
    throw new InputError(`Out "${path}" is not allowed: give a name that ends with .jsonl`);
  if (isThere(path) && !(flags.resume && isThere(checkpointBeside(path))))
    throw new InputError(`${path} exists: give another --out, or remove it`);
  const { folder } = splitPath(path);
  checkWritable(folder);
  makeFolder(folder);
  const provider = await providerOf(flags);
  const file = await openArticleFile(
    path,
    identityOf(flags, provider, { out: "file" }),
    flags.resume === true,
    flags.limit,
  );
  const outcome = await using(file, `in ${partOf(path)}`, async () => {
    const read = await readDump(flags, provider, file, output, signal);
    // A dump that broke before its first article is nothing to keep.
    const isWhole = read.summary.broken === undefined;
    if (file.count() > 0 || isWhole) file.publish(isWhole);
    return read;
  });
  reportArticles(outcome, { dump: withoutPassword(flags.dump), target: path }, output);
}

async function runToStore(flags: Flags, output: Output, signal: AbortSignal): Promise<void> {
  if (flags.provider === "none") {
    throw new InputError(
      "Provider none needs --out: Engram gives all memories without an embedding the same one, and drops all but the first",
    );
  }
  const ended = new AbortController();
  const engram = openEngram({
    endpoint: flags.endpoint,
    ...{ space: flags.space, token: flags.token },
    signal: AbortSignal.any([signal, ended.signal]),
    onRetry: retryTeller(output),
  });
  try {
    const provider = await providerOf(flags);
    await tellHealth(engram, flags, output);
    const before = (await engram.counts()).total;
    const checkpoint = flags.checkpoint ?? checkpointOf(flags.dump);
    const store = await openArticleStore(engram, {
      concurrent: flags.concurrent,
      checkpoint,
      identity: identityOf(flags, provider, {
        endpoint: flags.endpoint.replace(/\/+$/, ""),
        space: flags.space ?? null,
      }),
      resume: flags.resume === true,
      limit: flags.limit,
    });
    const missing = Math.max(0, store.count() - before);
    if (missing > 0 && before > 0) output.say(lostWords(flags.endpoint, before, checkpoint, store.count()));
    if (store.count() > 0 && before === 0) {
      await store.close();
      throw new InputError(
        `${flags.endpoint} is empty, but ${checkpoint} notes ${store.count()} articles there: delete it to begin anew`,
      );
    }
    const outcome = await using(store, "stored", async () => {
      try {
        const read = await readDump(flags, provider, store, output, signal);
        const added = (await engram.counts()).total - before;
        if (read.summary.failed.length === 0 && read.summary.broken === undefined) store.finish();
        return { ...read, added, missing };
      } finally {
        ended.abort(new Error("The run has ended")); // what is tried again must not be waited for
      }
    });
    reportArticles(outcome, { dump: withoutPassword(flags.dump), target: flags.endpoint }, output);
  } finally {
    await engram.close();
  }
}

/** Closes the sink after the work; an error that ends it says how to go on. */
async function using<T>(sink: ArticleSink, where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const count = sink.count();
    const left = `${showCount(count)} articles are ${where}; go on with --resume`;
    if (error instanceof Interrupted) throw new Interrupted(count > 0 ? left : "nothing was written");
    if (count === 0 || !(error instanceof Error)) throw error;
    const Same = error instanceof InputError ? InputError : Error;
    throw new Same(`${error.message}; ${left}`, { cause: error });
  } finally {
    await sink.close();
  }
}

function lostWords(endpoint: string, held: number, checkpoint: string, noted: number): string {
  return (
    `Warning: ${endpoint} holds ${showCount(held)} memories, fewer than the ${showCount(noted)} that ${checkpoint} notes there: ` +
    "it lost some, or dropped near copies; delete that file to store all of them again"
  );
}

async function tellHealth(engram: Engram, { endpoint }: Flags, output: Output): Promise<void> {
  const { status, version } = await engram.health();
  output.say(`${endpoint}: Engram ${version}, ${status}`);
  if (status !== "healthy") output.say(`Warning: it says that it is ${status}, and may refuse or lose memories`);
}

async function providerOf({ provider }: Flags): Promise<EmbeddingProvider | undefined> {
  return provider === "none" ? undefined : openProvider(provider);
}

/** What must be the same for a run that goes on. */
function identityOf(
  { dump }: Flags,
  provider: EmbeddingProvider | undefined,
  target: Record<string, string | null>,
): Record<string, string | null> {
  const place = withoutPassword(isUrl(dump) ? dump : pathFrom(".", dump));
  return { program: `seedbed ${VERSION}`, dump: place, provider: provider?.name ?? "none", ...target };
}

/** The name of the dump, in this folder. */
function checkpointOf(dump: string): string {
  const path = isUrl(dump) && URL.canParse(dump) ? new URL(dump).pathname : withoutPassword(dump);
  return `${splitPath(path).name || "dump"}.checkpoint.jsonl`;
}

async function readDump(
  flags: Flags,
  provider: EmbeddingProvider | undefined,
  sink: ArticleSink,
  output: Output,
  signal: AbortSignal,
): Promise<ArticleOutcome> {
  const began = elapsedMs();
  const summary = await withProgress(output, "Articles", flags.limit, "", (progress) =>
    runArticles(flags.dump, sink, {
      makeMemories: createArticleMemories(provider),
      batchSize: flags.batchSize,
      limit: flags.limit ?? Infinity,
      signal,
      onProgress: progress.updateShare,
    }),
  );
  return { summary, ms: elapsedMs() - began };
}
