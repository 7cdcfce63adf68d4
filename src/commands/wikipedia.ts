import { Command, Option } from "commander";
import { FaultsFound, InputError } from "../data/errors.ts";
import { VERSION } from "../data/version.ts";
import { openProvider } from "../embed/table.ts";
import { openArticleFile } from "../pipeline/articlefile.ts";
import { createArticleMemories } from "../pipeline/articlememories.ts";
import { runArticles, type ArticleSink, type ArticleSummary } from "../pipeline/articlerun.ts";
import { openArticleStore } from "../pipeline/articlestore.ts";
import { checkWritable, isThere, pathFrom, splitPath } from "../runtime/files.ts";
import { elapsedMs, interruption } from "../runtime/system.ts";
import { openEngram, type Engram } from "../targets/engram.ts";
import { addOutputOptions, createOutput, withProgress, type Output, type OutputOptions } from "./output.ts";
import { parseCount } from "./parse.ts";
import { showCount, showDuration } from "./show.ts";

interface Flags extends OutputOptions {
  readonly dump: string;
  readonly endpoint: string;
  readonly space?: string;
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
      new Option("--dump <file|url>", "a pages-articles dump: .xml, .xml.bz2 or .xml.gz").makeOptionMandatory(),
    )
    .option("--endpoint <url>", "the Engram that gets the memories", "http://localhost:7432")
    .option("--space <name>", "the memory space there")
    .option("--out <file>", "write them to this file instead, as JSONL")
    .option("--limit <n>", "articles at most (default: all)", count("Limit", Number.MAX_SAFE_INTEGER))
    .option("--concurrent <n>", "requests under way at a time", count("Concurrent", 256), 10)
    .option("--batch-size <n>", "articles that are embedded at once", count("Batch size", 256), 32)
    .addOption(
      new Option("--provider <name>", "local (768 dimensions, offline) or none (text only)")
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
    .action(() => run(command.opts<Flags>()));
  return addOutputOptions(command);
}

async function run(flags: Flags): Promise<void> {
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
  if (path.trim() === "" || !path.endsWith(".jsonl"))
    throw new InputError(`Out "${path}" is not allowed: give a name that ends with .jsonl`);
  if (isThere(path)) throw new InputError(`${path} exists: give another --out, or remove it`);
  checkWritable(path);
  const file = await openArticleFile(path, identityOf(flags, { out: "file" }), flags.resume === true);
  try {
    const { summary, ms } = await readDump(flags, file, output, signal);
    file.publish();
    report(flags, summary, ms, output, {});
  } finally {
    file.close();
  }
}

async function runToStore(flags: Flags, output: Output, signal: AbortSignal): Promise<void> {
  if (flags.provider === "none") {
    throw new InputError(
      "Provider none needs --out: Engram gives all memories without an embedding the same one, and drops all but the first",
    );
  }
  const engram = openEngram({ endpoint: flags.endpoint, space: flags.space, signal });
  try {
    await checkHealth(engram, flags, output);
    const before = (await engram.counts()).total;
    const store = openArticleStore(engram, {
      concurrent: flags.concurrent,
      checkpoint: flags.checkpoint ?? `${splitPath(flags.dump).name}.checkpoint.jsonl`,
      identity: identityOf(flags, { endpoint: flags.endpoint, space: flags.space ?? null }),
      resume: flags.resume === true,
    });
    let isComplete = false;
    try {
      const { summary, ms } = await readDump(flags, store, output, signal);
      const added = (await engram.counts()).total - before;
      isComplete = summary.failed.length === 0 && summary.broken === undefined;
      report(flags, summary, ms, output, { added });
    } finally {
      store.close(isComplete);
    }
  } finally {
    await engram.close();
  }
}

async function checkHealth(engram: Engram, { endpoint }: Flags, output: Output): Promise<void> {
  const { status, version } = await engram.health();
  output.say(`${endpoint}: Engram ${version}, ${status}`);
}

/** What must be the same for a run that goes on. */
function identityOf({ dump, provider }: Flags, target: Record<string, string | null>): Record<string, string | null> {
  const place = /^https?:/.test(dump) ? dump : pathFrom(".", dump);
  return { program: `seedbed ${VERSION}`, dump: place, provider, ...target };
}

async function readDump(flags: Flags, sink: ArticleSink, output: Output, signal: AbortSignal) {
  const provider = flags.provider === "none" ? undefined : await openProvider(flags.provider);
  const began = elapsedMs();
  const limit = flags.limit ?? Infinity;
  const total = flags.limit ?? 0;
  const summary = await withProgress(output, "Ingesting articles", total, "articles", (progress) =>
    runArticles(flags.dump, sink, {
      makeMemories: createArticleMemories(provider),
      batchSize: flags.batchSize,
      limit,
      signal,
      onProgress: progress.update,
    }),
  );
  return { summary, ms: elapsedMs() - began };
}

/** The summary; throws `FaultsFound` where something was refused or the dump is broken. */
function report(flags: Flags, summary: ArticleSummary, ms: number, output: Output, store: { added?: number }): void {
  const { pages, written, writtenBefore, failed, skipped, cut, broken } = summary;
  const reasons = Object.entries(skipped).map(([reason, count]) => `${reason} ${showCount(count)}`);
  const skippedTotal = Object.values(skipped).reduce((sum, count) => sum + count, 0);
  const before = writtenBefore > 0 ? `, ${showCount(writtenBefore)} by an earlier run` : "";
  output.say(`Total pages:   ${showCount(pages)}`);
  output.say(`Ingested:      ${showCount(written)}${before}`);
  output.say(`Failed:        ${showCount(failed.length)}`);
  output.say(`Skipped:       ${showCount(skippedTotal)} (${reasons.join(", ")})`);
  if (cut > 0) output.say(`Cut:           ${showCount(cut)} texts were longer than 100,000 bytes`);
  output.say(`Elapsed time:  ${showDuration(ms)}`);
  output.say(`Throughput:    ${((written * 1000) / ms).toFixed(1)} articles/s`);
  for (const { id, reason } of failed.slice(0, 20)) output.say(`  ${id}: ${reason}`);
  const missing = store.added === undefined ? 0 : written - store.added;
  if (missing > 0) {
    output.say(
      `Warning: ${showCount(written)} memories were accepted, but the store holds only ${showCount(store.added!)} more: ` +
        "it drops what is nearly the same as another memory (cosine 0.95 and above), replaces equal ids, and evicts beyond 100,000",
    );
  }
  output.result({
    ...{ dump: flags.dump, target: flags.out ?? flags.endpoint, pages, ingested: written },
    ...{ ingested_before: writtenBefore, failed, skipped, cut, broken: broken ?? null },
    ...(store.added === undefined ? {} : { store_grew_by: store.added }),
    ...{ seconds: ms / 1000, articles_per_second: (written * 1000) / ms },
  });
  if (broken) throw new FaultsFound(`${broken}: what came before is written`);
  if (failed.length > 0) throw new FaultsFound(`${failed.length} articles were refused: --resume tries them again`);
}
