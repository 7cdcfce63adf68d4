import { InputError } from "../data/errors.ts";
import type { HttpAnswer } from "../runtime/http.ts";
import { pageOf, tiers, type EngramMemory, type TierCounts, type Tier } from "./engramanswers.ts";
import { createIdSet } from "./idset.ts";

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

/**
 * The memories of a tier, each once. Pages have no order that stays while the store changes, so they overlap and leave out:
 * what was seen is skipped, and while fewer were seen than the store says it holds, all is read again, up to three times.
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

  for (let pass = 1; ; pass++) {
    let tailPages = 0;
    for (let offset = 0; ;) {
      const answer = await list(
        `tier=${tier}&offset=${offset}&limit=${pageSize}&include_embeddings=${String(withEmbeddings)}`,
      );
      const { memories, counts, limit = pageSize } = pageOf(place, answer, withEmbeddings, dimension);
      total = countOf(counts, tier);
      const fresh = memories.filter(({ id }) => seen.add(id));
      dimension ??= fresh.find(({ embedding }) => embedding)?.embedding!.length;
      if (fresh.length > 0) yield { memories: fresh, total, offset };
      offset += memories.length;
      const isShort = memories.length < Math.min(limit, pageSize);
      if (memories.length === 0) break;
      // Behind the end a store may have grown meanwhile; one that gives the same page for every offset ends here too.
      if (!isShort && offset < total) continue;
      if (fresh.length === 0 || (isShort && ++tailPages >= MAX_TAIL_PAGES)) break;
    }
    if (seen.size >= total || pass === MAX_PASSES) return { distinct: seen.size, total, passes: pass };
  }
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
