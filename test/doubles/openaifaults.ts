import type { When } from "./faultstate.ts";

/** What may go wrong; none of it by default. */
export interface OpenaiFaults {
  /** 500, and nothing is billed. */
  readonly broken?: When | undefined;
  /** 503. */
  readonly overloaded?: When | undefined;
  /** 408. */
  readonly timeout?: When | undefined;
  /** 409. */
  readonly conflict?: When | undefined;
  /** 429 with `retry-after`, whatever the limits say. */
  readonly tooMany?: When | undefined;
  /** The value of `retry-after` of that, in seconds or a date; "" for none. */
  readonly retryAfter?: string | undefined;
  /** 429 `insufficient_quota`. */
  readonly quota?: When | undefined;
  /** 403. */
  readonly forbidden?: When | undefined;
  /** 500 with the whole key in its message. */
  readonly echoKey?: When | undefined;
  /** The connection is cut before anything is billed. */
  readonly cutRequest?: When | undefined;
  /** The connection is cut in the middle of the answer, which is billed. */
  readonly cutAnswer?: When | undefined;
  /** No answer at all, on an open connection; it is billed. */
  readonly silent?: When | undefined;
  /** The answer stops in the middle, on an open connection; it is billed. */
  readonly stalled?: When | undefined;
  /** A page of HTML with status 200, as from another server. */
  readonly foreign?: When | undefined;
  /** Items of an answer in another order; `index` says which is which. */
  readonly shuffled?: When | undefined;
  /** Changes an answer's JSON before it is sent. */
  readonly alter?: ((answer: EmbeddingAnswer) => unknown) | undefined;
  /** Milliseconds before each answer. */
  readonly delayMs?: number | undefined;
}

export interface EmbeddingAnswer {
  object: string;
  data: { object: string; index: number; embedding: string | number[] }[];
  model: string;
  usage: { prompt_tokens: number; total_tokens: number };
}
