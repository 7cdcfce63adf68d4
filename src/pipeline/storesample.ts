import type { Key } from "../core/key.ts";
import { InputError } from "../data/errors.ts";
import type { Engram, Tier } from "../targets/engram/client.ts";
import { createRowSample, priorityOfId, type RowSample } from "./rowsample.ts";
import type { VectorSample } from "./readvectors.ts";

export interface StoreSampleOptions {
  readonly tier: Tier;
  /** Rows at most. */
  readonly size: number;
  /** Memories that the store says it has. */
  readonly total: number;
  readonly key: Key;
  readonly signal?: AbortSignal | undefined;
  /** Told how many memories of how many have been read. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** A sample of the embeddings of a store. */
export interface StoreSample extends VectorSample {
  /** Memories that have none. */
  readonly withoutEmbedding: number;
  /** Memories that the store counts and never gave. */
  readonly missed: number;
}

/**
 * Reads all memories and keeps a sample of their embeddings, chosen by their ids: the same whatever order the store gives
 * them in. Throws `InputError` where there are none, or where they differ in length.
 */
export async function readStoreSample(engram: Engram, options: StoreSampleOptions): Promise<StoreSample> {
  const pages = engram.pages({ tier: options.tier, withEmbeddings: true });
  let sample: { readonly rows: RowSample; readonly dim: number } | undefined;
  let [read, withoutEmbedding] = [0, 0];
  for (;;) {
    const page = await pages.next();
    options.signal?.throwIfAborted();
    if (page.done) {
      if (!sample) throw new InputError(emptyWords(read, options.tier));
      const missed = Math.max(0, page.value.total - page.value.distinct);
      return { ...sample.rows.finish(), dim: sample.dim, withoutEmbedding, missed };
    }
    for (const { id, embedding } of page.value.memories) {
      read++;
      if (!embedding || isPlaceholder(embedding)) withoutEmbedding++;
      else {
        const { length: dim } = embedding;
        sample ??= { rows: createRowSample(options.size, dim, options.total), dim };
        if (dim !== sample.dim) throw new InputError(`Memory ${id} has ${dim} dimensions, others have ${sample.dim}`);
        sample.rows.add(...priorityOfId(options.key, id), Float32Array.from(embedding), 0);
      }
    }
    options.onProgress?.(read, page.value.total);
  }
}

function emptyWords(read: number, tier: Tier): string {
  return read === 0
    ? `The store has no memories in tier ${tier}: check that they were stored, and in which space`
    : `The store has ${read} memories in tier ${tier}, none with an embedding: only /api/v1/memories/remember keeps them`;
}

/** Engram stores the same vector, of equal values, for every memory that came without an embedding. */
function isPlaceholder(embedding: readonly number[]): boolean {
  return embedding.length > 1 && embedding.every((value) => value === embedding[0]);
}
