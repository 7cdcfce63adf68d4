import type { Engram } from "../targets/engram.ts";
import type { ArticleMemory } from "./articlememories.ts";
import type { ArticleSink } from "./articlerun.ts";
import { openCheckpoint, type RunIdentity } from "./checkpoint.ts";

/** A store that takes memories. */
export interface ArticleStore extends ArticleSink {
  /** Leaves the checkpoint for a run that goes on; without one left, everything is stored. */
  close(isComplete: boolean): void;
}

export interface ArticleStoreOptions {
  /** Requests under way at a time. */
  readonly concurrent: number;
  readonly checkpoint: string;
  readonly identity: RunIdentity;
  readonly resume: boolean;
}

/** Sends memories to a store and notes which are there, in a file from which another run goes on. */
export function openArticleStore(engram: Engram, options: ArticleStoreOptions): ArticleStore {
  const checkpoint = openCheckpoint(options.checkpoint, options.identity, options.resume);
  const known = new Set(checkpoint.earlier.map((entry) => (entry as { page?: unknown }).page));
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
  return {
    has: (pageId) => known.has(pageId),
    async write(memories) {
      for (const memory of memories) {
        while (pending.size >= options.concurrent) await Promise.race(pending);
        if (fault) throw fault;
        const sending: Promise<void> = send(memory)
          .catch((error: unknown) => void (fault ??= error as Error)) // thrown by the next call
          .finally(() => pending.delete(sending));
        pending.add(sending);
      }
    },
    async flush() {
      await Promise.all(pending);
      if (fault) throw fault;
      return { written, failed };
    },
    close: (isComplete) => (isComplete ? checkpoint.remove() : checkpoint.close()),
  };
}
