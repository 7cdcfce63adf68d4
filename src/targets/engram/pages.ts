import { InputError } from "../../data/errors.ts";
import type { HttpAnswer } from "../../runtime/http/answer.ts";
import { pageOf, tiers, type EngramMemory, type TierCounts, type Tier } from "./answers.ts";
import { createIdSet } from "../../data/idset.ts";

export interface PagesOptions {
  readonly tier: Tier;
  readonly withEmbeddings: boolean;
  /** Up to 1000, which is what a server gives at most. */
  readonly pageSize?: number | undefined;
}

export interface EngramPage {
  /** Those that no page before had. */
  readonly memories: EngramMemory[];
  /** How many the tier holds, as the server says with this page. */
  readonly total: number;
  readonly offset: number;
}

export interface PagesSummary {
  /** Memories that were given out. */
  readonly distinct: number;
  /** How many the tier held at the end; more than `distinct` where pages left some out. */
  readonly total: number;
  readonly passes: number;
}

const MAX_PAGE = 1000;
const MAX_PASSES = 3;
const MAX_TAIL_PAGES = 8; // behind the end, of a store that grows as fast as it is read
const SPARE_PAGES = 100; // of a pass, beside twice what the first total asks for
const MAX_TOTAL = 100_000_000; // a thousand times what Engram keeps

/**
 * The memories of a tier, each once. Pages have no order that stays while the store changes, so they overlap and leave out:
 * what was seen is skipped, and while fewer were seen than the store says it holds, all is read again, up to three times.
 * A pass ends with a page of nothing but what the pass had already, and after twice the pages that the first total asks for.
 */
export async function* readPages(
  place: string,
  list: (query: string) => Promise<HttpAnswer>,
  options: PagesOptions,
): AsyncGenerator<EngramPage, PagesSummary> {
  const { tier, withEmbeddings, pageSize = MAX_PAGE } = checked(options);
  const seen = createIdSet();
  let dimension: number | undefined;
  let total = 0;
  let maxPages: number | undefined;

  for (let pass = 1; ; pass++) {
    const met = pass === 1 ? undefined : createIdSet(); // in this pass; in the first one it is all that was seen
    let tailPages = 0;
    for (let offset = 0, pages = 1; ; pages++) {
      const answer = await list(
        `tier=${tier}&offset=${offset}&limit=${pageSize}&include_embeddings=${String(withEmbeddings)}`,
      );
      const { memories, counts, limit = pageSize } = pageOf(place, answer, withEmbeddings, dimension);
      total = countOf(counts, tier);
      maxPages ??= pagesFor(place, total, memories.length);
      const fresh = memories.filter(({ id }) => seen.add(id));
      const newToPass = met ? memories.filter(({ id }) => met.add(id)) : fresh;
      dimension ??= fresh.find(({ embedding }) => embedding)?.embedding!.length;
      if (fresh.length > 0) yield { memories: fresh, total, offset };
      offset += memories.length;
      if (newToPass.length === 0 || pages >= maxPages) break;
      // A short page says nothing by itself: a server may give fewer than it is asked for.
      if (offset < total) continue;
      // Behind the end a store may have grown meanwhile.
      const isShort = memories.length < Math.min(limit, pageSize);
      if (fresh.length === 0 || (isShort && ++tailPages >= MAX_TAIL_PAGES)) break;
    }
    if (seen.size >= total || pass === MAX_PASSES) return { distinct: seen.size, total, passes: pass };
  }
}

/** Pages that a pass may have, where the first one has `length` memories. */
function pagesFor(place: string, total: number, length: number): number {
  if (total > MAX_TOTAL) {
    throw new InputError(`Cannot read memories at ${place}: it says that it holds ${total}, more than ${MAX_TOTAL}`);
  }
  return Math.ceil((2 * total) / Math.max(1, length)) + SPARE_PAGES;
}

function checked(options: PagesOptions): PagesOptions {
  const { tier, pageSize = MAX_PAGE } = options;
  if (!tiers.includes(tier)) throw new InputError(`Tier "${tier}": expected ${tiers.join(", ")}`);
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > MAX_PAGE) {
    throw new InputError(`Page size ${pageSize}: expected a whole number from 1 to ${MAX_PAGE}`);
  }
  return options;
}

function countOf(counts: TierCounts, tier: Tier): number {
  return tier === "all" ? counts.total : counts[tier];
}
