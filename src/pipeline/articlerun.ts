import { BrokenStream } from "../data/errors.ts";
import { pause } from "../runtime/pause.ts";
import { elapsedMs } from "../runtime/system.ts";
import type { ArticleMemory } from "./articlememories.ts";
import { readArticles, type Article, type SkipReason } from "./articles.ts";

/** Where articles go, as memories. */
export interface ArticleSink {
  /** Whether an earlier run has brought that page there. */
  has(pageId: number): boolean;
  /** Takes memories in order; resolves when it can take more. */
  write(memories: readonly ArticleMemory[]): Promise<void>;
  /** Waits until all are there. */
  flush(): Promise<SinkSummary>;
  /** How many are there, those of earlier runs included. */
  count(): number;
  /** Leaves what is there for a run that goes on; where that is nothing, no trace. */
  close(): Promise<void>;
}

interface SinkSummary {
  readonly written: number;
  /** What was refused, and why. */
  readonly failed: readonly { readonly id: string; readonly reason: string }[];
}

/** What came of a dump. */
export interface ArticleSummary extends SinkSummary {
  /** Pages that were read. */
  readonly pages: number;
  /** Articles that an earlier run had written. */
  readonly writtenBefore: number;
  readonly skipped: Readonly<Record<SkipReason, number>>;
  /** Articles whose text was cut to what a store takes. */
  readonly cut: number;
  /** Where the dump broke, if it did; all that came before it was written. */
  readonly broken: string | undefined;
}

export interface ArticleRunOptions {
  readonly makeMemories: (articles: readonly Article[], signal?: AbortSignal) => Promise<ArticleMemory[]>;
  /** Articles that are embedded at once. */
  readonly batchSize: number;
  /** Articles at most, those of earlier runs included. */
  readonly limit: number;
  readonly signal?: AbortSignal | undefined;
  /** Told how many articles have been read, and which share of the work that is, 0 to 1, where it is known. */
  readonly onProgress?: ((articles: number, share: number | undefined) => void) | undefined;
}

/** How long the work may keep signals and the bar waiting: reading leaves them no moment of its own. */
const BUSY_MS = 25;

/** Brings the articles of a dump, a file or a URL, to the sink, batch by batch. */
export async function runArticles(
  dump: string,
  sink: ArticleSink,
  { makeMemories, batchSize, limit, signal, onProgress }: ArticleRunOptions,
): Promise<ArticleSummary> {
  const skipped: Record<SkipReason, number> = {
    ...{ namespace: 0, redirect: 0, disambiguation: 0, short: 0, unreadable: 0 },
  };
  let [pages, articles, writtenBefore, cut, bytes] = [0, 0, 0, 0, 0];
  let byteLength: number | undefined;
  const tell = () => {
    const shareOfDump = byteLength ? bytes / byteLength : undefined;
    onProgress?.(articles, limit === Infinity ? shareOfDump : Math.max(articles / limit, shareOfDump ?? 0));
  };
  const skip = (pageId: number) => {
    if (!sink.has(pageId)) return false;
    pages++;
    writtenBefore++;
    articles++;
    tell();
    return articles < limit; // the last one is given out: there the reading stops
  };
  const onOpen = (length: number | undefined) => (byteLength = length);
  const onBytes = (count: number) => {
    bytes += count;
    tell();
  };
  let batch: Article[] = [];
  const flushBatch = async () => {
    const memories = await makeMemories(batch, signal);
    batch = [];
    cut += memories.filter(({ isCut }) => isCut).length;
    await sink.write(memories);
  };
  let broken: string | undefined;
  let pausedAt = elapsedMs();
  try {
    for await (const page of readArticles(dump, { signal, skip, onOpen, onBytes })) {
      if (elapsedMs() - pausedAt > BUSY_MS) {
        await pause();
        pausedAt = elapsedMs();
      }
      signal?.throwIfAborted();
      if (articles === limit) break; // the last one is of an earlier run
      pages++;
      if ("reason" in page) {
        skipped[page.reason]++;
        continue;
      }
      batch.push(page);
      articles++;
      tell();
      if (batch.length === batchSize) await flushBatch();
      if (articles === limit) break;
    }
  } catch (error) {
    if (!(error instanceof BrokenStream)) throw error;
    broken = error.message;
  }
  if (batch.length > 0) await flushBatch();
  return { pages, writtenBefore, cut, ...(await sink.flush()), skipped, broken };
}
