import { jitter } from "../runtime/retry.ts";
import type { TextBatch } from "./batches.ts";
import type { Budget, Reservation } from "./budget.ts";
import { EmbedFailure, type FailureKind } from "./failures.ts";
import type { AnswerNotes, EmbeddingProvider } from "./provider.ts";
import type { Permit, RateLimiter } from "./ratelimit.ts";
import { countUp, type EmbedTally } from "./tally.ts";

/** Why a batch is sent once more, and when. */
export interface Retry {
  readonly waitMs: number;
  readonly kind: FailureKind;
  readonly reason: string;
  /** How often it was sent so far. */
  readonly tried: number;
}

export interface Answered {
  /** Of the texts, in the order of the vectors. */
  readonly indexes: readonly number[];
  /** Shape (indexes.length, dim). */
  readonly vectors: Float32Array;
  /** That are billed. */
  readonly tokens: number;
}

export interface RequestOptions {
  readonly budget: Budget;
  readonly limiter: RateLimiter;
  readonly tally: EmbedTally;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
  /** Keeps more from being sent. */
  readonly halt: AbortSignal;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly onRetry?: ((retry: Retry) => void) | undefined;
  readonly onBatch: (answered: Answered) => void;
}

const TRIES = 6;
const BASE_MS = 500;
const MAX_MS = 60_000;
const PATIENCE_MS = 300_000; // whoever asks for a longer wait is taken at its word, and not waited for

/**
 * Sends one batch until it is answered, which `onBatch` is told at once. Throws `EmbedFailure` where that cannot be, or not
 * often enough, or only in smaller batches; `BudgetExceeded` before it is sent; the reason of `signal` or `halt`.
 */
export async function sendBatch(batch: TextBatch, provider: EmbeddingProvider, options: RequestOptions): Promise<void> {
  const { tally, limiter, halt, sleep, onRetry, onBatch } = options;
  for (let tried = 1; ; tried++) {
    const textsBefore = tally.texts;
    try {
      return onBatch(await sendOnce(batch, provider, options));
    } catch (error) {
      if (!(error instanceof EmbedFailure) || error.class !== "retryable") throw error;
      const { kind, message: reason, afterMs = 0 } = error;
      if (batch.texts.length > 1 && isOverRate(batch, limiter)) throw error;
      if (kind === "rate-limit" && tally.texts > textsBefore) tried = 1; // others had their turn: it is only a matter of time
      if (tried >= TRIES) throw given(`Gave up after ${TRIES} tries: ${reason}`, kind);
      if (afterMs > PATIENCE_MS) throw given(`${reason}: come back in ${Math.ceil(afterMs / 60_000)} minutes`, kind);
      halt.throwIfAborted();
      const waitMs = Math.round(afterMs + jitter() * Math.min(BASE_MS * 2 ** (tried - 1), MAX_MS));
      tally.retries++;
      countUp(tally.retriesAfter, kind);
      onRetry?.({ waitMs, kind, reason, tried });
      await sleep(waitMs, halt);
    }
  }
}

/** Whether a batch has more tokens than the server allows in a whole minute, and so would be refused for ever. */
export function isOverRate(batch: TextBatch, limiter: RateLimiter): boolean {
  return batch.tokens > (limiter.tokenLimit ?? Infinity);
}

function given(message: string, kind: FailureKind): EmbedFailure {
  return new EmbedFailure(message, { class: "fatal", kind });
}

async function sendOnce(batch: TextBatch, provider: EmbeddingProvider, options: RequestOptions): Promise<Answered> {
  const { budget, limiter, tally, signal, halt } = options;
  const permit = await limiter.acquire(batch.tokens, halt);
  let reservation: Reservation;
  try {
    reservation = budget.reserve(batch.tokens);
  } catch (error) {
    permit.failed();
    throw error;
  }
  tally.requests++;
  let notes: AnswerNotes | undefined;
  try {
    const texts = batch.texts.map(({ text }) => text);
    const vectors = await provider.embed(texts, signal, (told) => (notes = told));
    const tokens = notes?.tokens ?? batch.tokens;
    reservation.spend(tokens);
    permit.answered(notes?.rate);
    tally.texts += texts.length;
    tally.tokens += tokens;
    return { indexes: batch.texts.map(({ index }) => index), vectors, tokens };
  } catch (error) {
    const failure = error instanceof EmbedFailure ? error : undefined;
    if (failure?.mayBeBilled === false) reservation.release();
    else reservation.spend(notes?.tokens ?? batch.tokens);
    settle(permit, failure);
    throw error;
  } finally {
    tally.spent = budget.spent;
  }
}

function settle(permit: Permit, failure: EmbedFailure | undefined): void {
  if (failure?.kind === "rate-limit") permit.refused(failure.rate, failure.afterMs);
  else if (failure?.kind === "rejected") permit.answered(failure.rate);
  else permit.failed();
}
