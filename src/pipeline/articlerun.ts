import { BrokenStream, InputError } from "../data/errors.ts";
import { pause } from "../runtime/pause.ts";
import { elapsedMs } from "../runtime/system.ts";
import type { ArticleMemory } from "./articlememories.ts";
import { readArticles, type Article, type SkipReason } from "./articles.ts";
import { createPageSet } from "./pageset.ts";

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
  /** Articles that earlier runs had written. */
  readonly writtenBefore: number;
  /** Those of them that are not in the dump, which was read to its end. */
  readonly absent: number;
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
  const skipped: Record<SkipReason, number> = { namespace: 0, redirect: 0, disambiguation: 0, short: 0, unreadable: 0 };
  const writtenBefore = sink.count();
  const met = createPageSet();
  let [pages, articles, metBefore, cut, bytes] = [0, writtenBefore, 0, 0, 0];
  let byteLength: number | undefined;
  const tell = () => {
    const shareOfDump = byteLength ? bytes / byteLength : undefined;
    onProgress?.(articles, limit === Infinity ? shareOfDump : Math.max(articles / limit, shareOfDump ?? 0));
  };
  const skip = (pageId: number) => {
    const isBefore = sink.has(pageId);
    if (!isBefore && !met.has(pageId)) return false; // a dump may have a page twice: the first one counts
    if (articles === limit) return false; // it is given out: there the reading stops
    pages++;
    if (isBefore && met.add(pageId)) metBefore++;
    tell();
    return true;
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
  let isWhole = false;
  let pausedAt = elapsedMs();
  try {
    for await (const page of readArticles(dump, { signal, skip, onOpen, onBytes })) {
      if (elapsedMs() - pausedAt > BUSY_MS) {
        await pause();
        pausedAt = elapsedMs();
      }
      signal?.throwIfAborted();
      if (articles === limit) break; // all are of earlier runs
      pages++;
      if ("reason" in page) {
        skipped[page.reason]++;
        continue;
      }
      met.add(page.id);
      batch.push(page);
      articles++;
      tell();
      if (batch.length === batchSize) await flushBatch();
      if (articles === limit) break;
    }
    isWhole = articles < limit;
  } catch (error) {
    if (!(error instanceof BrokenStream)) throw error;
    broken = error.message;
  }
  if (batch.length > 0) await flushBatch();
  const absent = isWhole ? writtenBefore - metBefore : 0;
  return { pages, writtenBefore, absent, cut, ...(await sink.flush()), skipped, broken };
}

/** Throws `InputError` where earlier runs brought more articles than the limit lets in. */
export function checkLimit(place: string, count: number, limit: number): void {
  if (count > limit) throw new InputError(`${place} holds ${count} articles already: give a larger --limit`);
}
