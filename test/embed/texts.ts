import type { EmbedText } from "../../src/embed/batches.ts";
import type { Answered } from "../../src/embed/requests.ts";
import type { EmbedOptions } from "../../src/embed/engine.ts";
import { tokensOf } from "../doubles/openairequest.ts";
import { vectorOf } from "../doubles/openaivectors.ts";

/** Texts with their numbers and tokens; counts how many were taken. */
export async function* textsOf(texts: readonly string[], taken = { count: 0 }): AsyncGenerator<EmbedText> {
  for (const [index, text] of texts.entries()) {
    taken.count++;
    yield { index, text, tokens: tokensOf(text) };
  }
}

export function numbered(count: number, words = "of a few words"): string[] {
  return Array.from({ length: count }, (_, i) => `text number ${i} ${words}`);
}

/** What a run tells. */
export interface Collected {
  readonly vectors: Map<number, Float32Array>;
  readonly failures: [index: number, failure: string, reason: string][];
  readonly retries: string[];
  /** Options for the run; `more` stands before those that collect. */
  options(dim: number, more?: Partial<EmbedOptions>): EmbedOptions;
}

export function collector(): Collected {
  const vectors = new Map<number, Float32Array>();
  const failures: Collected["failures"] = [];
  const retries: string[] = [];
  return {
    ...{ vectors, failures, retries },
    options: (dim, more = {}) => ({
      ...{ concurrency: 4, batchSize: 16, maxBatchTokens: 10_000, signal: new AbortController().signal },
      onBatch({ indexes, vectors: all }: Answered) {
        for (const [at, index] of indexes.entries()) {
          if (vectors.has(index)) throw new Error(`text ${index} came twice`);
          vectors.set(index, all.slice(at * dim, (at + 1) * dim));
        }
      },
      onFailure: (index, failure, reason) => void failures.push([index, failure, reason]),
      onRetry: ({ kind }) => void retries.push(kind),
      ...more,
    }),
  };
}

/** The numbers of texts whose vector is not the one that the double gives. */
export function wrongVectors({ vectors }: Collected, texts: readonly string[], model: string, dim: number): number[] {
  return [...vectors]
    .filter(([index, vector]) => {
      const expected = vectorOf(texts[index]!, model, dim);
      return vector.length !== dim || vector.some((value, i) => value !== expected[i]);
    })
    .map(([index]) => index);
}
