import type { Engram } from "../targets/engram/client.ts";
import type { ArticleMemory } from "./articlememories.ts";
import { checkLimit, type ArticleSink } from "./articlerun.ts";
import { openCheckpoint, type RunIdentity } from "./checkpoint.ts";
import { createPageSet } from "./pageset.ts";

/** A store that takes memories. */
export interface ArticleStore extends ArticleSink {
  /** Notes that everything is stored. */
  finish(): void;
}

export interface ArticleStoreOptions {
  /** Requests under way at a time. */
  readonly concurrent: number;
  readonly checkpoint: string;
  readonly identity: RunIdentity;
  readonly resume: boolean;
  /** Articles at most, those of earlier runs included. */
  readonly limit?: number | undefined;
}

/** Sends memories to a store and notes which are there, in a file from which another run goes on. */
export async function openArticleStore(engram: Engram, options: ArticleStoreOptions): Promise<ArticleStore> {
  const { concurrent, identity, resume, limit = Infinity } = options;
  const known = createPageSet();
  const checkpoint = await openCheckpoint(options.checkpoint, {
    identity,
    resume,
    onEarlier: ({ page }) => void (typeof page === "number" && known.add(page)),
  });
  try {
    checkLimit(options.checkpoint, known.size, limit);
  } catch (error) {
    checkpoint.close();
    throw error;
  }
  const pending = new Set<Promise<void>>();
  const failed: { id: string; reason: string }[] = [];
  let written = 0;
  let fault: Error | undefined;
  const send = async ({ id, json, pageId }: ArticleMemory) => {
    const outcome = await engram.rememberBody(id, json);
    if (outcome.stored) {
      checkpoint.note([{ page: pageId }]);
      written++;
    } else failed.push({ id, reason: `${outcome.code}: ${outcome.reason}` });
  };
  /** Waits until fewer than `count` requests are under way; throws what made one fail. */
  const fewerThan = async (count: number) => {
    for (;;) {
      if (fault) throw fault;
      if (pending.size < count) return;
      await Promise.race(pending);
    }
  };
  return {
    has: (pageId) => known.has(pageId),
    async write(memories) {
      for (const memory of memories) {
        await fewerThan(concurrent);
        const sending: Promise<void> = send(memory)
          .catch((error: unknown) => void (fault ??= error as Error))
          .finally(() => pending.delete(sending));
        pending.add(sending);
      }
    },
    async flush() {
      await fewerThan(1);
      return { written, failed };
    },
    count: () => known.size + written,
    finish: () => checkpoint.finish(),
    async close() {
      await Promise.all(pending); // what is stored still is to be noted
      if (known.size + written + failed.length > 0) checkpoint.close();
      else checkpoint.remove();
    },
  };
}
