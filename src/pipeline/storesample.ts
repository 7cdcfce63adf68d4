import type { Key } from "../core/key.ts";
import { InputError } from "../data/errors.ts";
import type { Engram, Tier } from "../targets/engram.ts";
import { createRowSample, priorityOfId } from "./rowsample.ts";
import type { VectorSample } from "./readvectors.ts";

export interface StoreSampleOptions {
  readonly tier: Tier;
  /** Rows at most. */
  readonly size: number;
  readonly key: Key;
  readonly signal?: AbortSignal | undefined;
  /** Told how many memories of how many have been read. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** A sample of the embeddings of a store, and how many of its memories have none. */
export interface StoreSample extends VectorSample {
  readonly withoutEmbedding: number;
}

/**
 * Reads all memories and keeps a sample of their embeddings, chosen by their ids: the same whatever order the store gives
 * them in. Throws `InputError` where there are none, or where they differ in length.
 */
export async function readStoreSample(engram: Engram, options: StoreSampleOptions): Promise<StoreSample> {
  let sample: ReturnType<typeof createRowSample> | undefined;
  let dim = 0;
  let [read, withoutEmbedding] = [0, 0];
  for await (const { memories, total } of engram.pages({ tier: options.tier, withEmbeddings: true })) {
    options.signal?.throwIfAborted();
    for (const { id, embedding } of memories) {
      read++;
      if (!embedding || isPlaceholder(embedding)) {
        withoutEmbedding++;
        continue;
      }
      dim ||= embedding.length;
      if (embedding.length !== dim)
        throw new InputError(`Memory ${id} has ${embedding.length} dimensions, others have ${dim}`);
      sample ??= createRowSample(options.size, dim);
      sample.add(...priorityOfId(options.key, id), Float32Array.from(embedding), 0);
    }
    options.onProgress?.(read, total);
  }
  if (!sample) {
    const found = read > 0 ? `${read} memories without embeddings` : "no memories";
    throw new InputError(
      `The store has ${found} in tier ${options.tier}: embeddings are kept only by its route /api/v1/memories/remember`,
    );
  }
  return { ...sample.finish(), dim, withoutEmbedding };
}

/** Engram stores the same vector, of equal values, for every memory that came without an embedding. */
function isPlaceholder(embedding: readonly number[]): boolean {
  return embedding.length > 1 && embedding.every((value) => value === embedding[0]);
}
