import type { RateTold } from "./rateheaders.ts";

/** What turns texts into vectors. */
export interface EmbeddingProvider {
  /** The model, with its version; a part of a dataset's identity, as are `dim` and `host`. */
  readonly name: string;
  readonly dim: number;
  /** The server's name and port; undefined where there is none. */
  readonly host?: string | undefined;
  /** How many texts may be given at once. */
  readonly maxBatch: number;
  /** How many tokens all of these may have; undefined where nobody counts. */
  readonly maxBatchTokens?: number | undefined;
  /** How many tokens a text may have. */
  readonly maxTextTokens?: number | undefined;
  /**
   * A fresh array of (texts.length, dim) float32. Throws `EmbedFailure`, or the signal's reason. A server's own count of
   * tokens, and what it says of its limits, goes to `onAnswer` before that.
   */
  embed(texts: readonly string[], signal?: AbortSignal, onAnswer?: (notes: AnswerNotes) => void): Promise<Float32Array>;
  /** Ends its connections, if it has any: they hold the process. */
  readonly close?: () => void;
}

/** What came with the vectors. */
export interface AnswerNotes {
  /** Tokens that are billed. */
  readonly tokens: number | undefined;
  readonly rate: RateTold;
}
