import { onAbort } from "../runtime/abort.ts";
import { sleep as realSleep } from "../runtime/sleep.ts";
import { elapsedMs } from "../runtime/system.ts";
import { createBatches, halves, type BatchLimits, type EmbedText, type TextBatch } from "./batches.ts";
import { createBudget, type Budget } from "./budget.ts";
import { EmbedFailure, type FailureClass } from "./failures.ts";
import type { EmbeddingProvider } from "./provider.ts";
import { createRateLimiter, type RateLimiter } from "./ratelimit.ts";
import { isOverRate, sendBatch, type Answered, type RequestOptions, type Retry } from "./requests.ts";
import { countUp, createTally, type EmbedTally, type TextFailure } from "./tally.ts";

export interface EmbedOptions {
  /** Requests under way at a time. */
  readonly concurrency: number;
  /** Texts and tokens in a request; fewer where provider or server take fewer. */
  readonly batchSize: number;
  readonly maxBatchTokens: number;
  readonly budget?: Budget | undefined;
  readonly limiter?: RateLimiter | undefined;
  /** An abort ends the run at once, with its reason. */
  readonly signal: AbortSignal;
  /** For waits between retries; tests have their own. */
  readonly sleep?: ((ms: number, signal?: AbortSignal) => Promise<void>) | undefined;
  /** Where to count: it can be read while the run goes on, and after it failed. */
  readonly tally?: EmbedTally | undefined;
  /** Whether answers of earlier runs are kept: then the server does not refuse every text. */
  readonly hasAnswers?: boolean | undefined;
  readonly onRetry?: ((retry: Retry) => void) | undefined;
  /** Waited for before a batch is sent, with the index of its first text: whoever takes the vectors may need room. */
  readonly admit?: ((first: number) => Promise<void>) | undefined;
  /** Told of vectors as soon as they are there, in any order, each text once. */
  readonly onBatch: (answered: Answered) => void;
  /** Told of each text that gets no vector, and why; the others go on. */
  readonly onFailure: (index: number, failure: TextFailure, reason: string) => void;
}

const HOPELESS = 500; // texts that are refused one by one, and none is not: nobody pays for them, but each takes requests
const SHARE_OF_RATE = 4; // a batch of a whole minute's tokens would have to wait for a full bucket, which then overflows

/**
 * Embeds a stream of texts, with at most `concurrency` batches under way and one that waits. Resolves with what came of
 * it. Throws `BudgetExceeded`, `EmbedFailure`, or what reading or `onBatch` threw, after all that was under way has been
 * answered and told; at once only for the signal.
 */
export async function embedTexts(
  texts: AsyncIterable<EmbedText>,
  provider: EmbeddingProvider,
  options: EmbedOptions,
): Promise<EmbedTally> {
  const { signal, concurrency, tally = createTally(), sleep = realSleep } = options;
  const { budget = createBudget({}) } = options;
  const { limiter = createRateLimiter({ now: elapsedMs, sleep }) } = options;
  const halted = new AbortController();
  const halt = halted.signal;
  const release = onAbort(signal, (reason) => halted.abort(reason));
  if (signal.aborted) halted.abort(signal.reason);
  const requestOptions = { ...options, budget, limiter, tally, halt, sleep };
  const batches = createBatches(embeddable(texts, provider, options, tally), () =>
    batchLimits(provider, options, limiter.tokenLimit),
  );
  const running = new Set<Promise<void>>();
  try {
    for (;;) {
      const next = await beforeAbort(batches.next(), halt);
      if (next.done) break;
      if (options.admit) await beforeAbort(options.admit(next.value.texts[0]!.index), halt);
      while (running.size >= concurrency) await beforeAbort(Promise.race(running), halt);
      const job = deliver(next.value, provider, requestOptions)
        .catch((error: unknown) => halted.abort(error))
        .finally(() => running.delete(job));
      running.add(job);
    }
    await Promise.all(running);
    halt.throwIfAborted();
    return tally;
  } catch (error) {
    halted.abort(error);
    batches.return(undefined).catch(() => {}); // it may be in the middle of a read
    await Promise.all(running); // after an abort all of them have ended, and told what they had
    signal.throwIfAborted();
    throw halt.reason;
  } finally {
    release();
  }
}

/** The promise, unless the signal is aborted before: then its reason. */
async function beforeAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let release = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => (release = onAbort(signal, reject)));
  promise.catch(() => {}); // nobody may listen any more
  return Promise.race([promise, aborted]).finally(release);
}

function batchLimits(
  provider: EmbeddingProvider,
  { batchSize, maxBatchTokens }: EmbedOptions,
  rate = Infinity,
): BatchLimits {
  return {
    texts: Math.min(batchSize, provider.maxBatch),
    tokens: Math.min(maxBatchTokens, provider.maxBatchTokens ?? Infinity, Math.ceil(rate / SHARE_OF_RATE)),
  };
}

/** Without the texts that no request may have. */
async function* embeddable(
  texts: AsyncIterable<EmbedText>,
  { name, maxTextTokens = Infinity, host }: EmbeddingProvider,
  { onFailure }: EmbedOptions,
  { failures }: EmbedTally,
): AsyncGenerator<EmbedText> {
  const fail = (index: number, failure: TextFailure, reason: string): void => {
    countUp(failures, failure);
    onFailure(index, failure, reason);
  };
  for await (const text of texts) {
    if (text.tokens > maxTextTokens) {
      fail(text.index, "too-long", `${text.tokens} tokens, ${name} takes ${maxTextTokens}`);
    } else if (text.text === "" && host !== undefined) {
      fail(text.index, "empty", `${name} takes no empty text`);
    } else yield text;
  }
}

/** Sends a batch; where the server refuses it, halves of it, until the text that is to blame is alone. */
async function deliver(
  batch: TextBatch,
  provider: EmbeddingProvider,
  options: RequestOptions & EmbedOptions,
): Promise<void> {
  const { limiter } = options;
  const [first, ...others] = batch.texts;
  const isAlone = others.length === 0;
  try {
    if (isAlone || !isOverRate(batch, limiter)) return await sendBatch(batch, provider, options);
  } catch (error) {
    const isDivisible = !isAlone && isOverRate(batch, limiter) && isOf(error, "retryable");
    if (!isDivisible && !isOf(error, "rejected")) throw error;
    if (isAlone) return refuse(first!, error as EmbedFailure, options);
  }
  for (const half of halves(batch)) await deliver(half, provider, options);
}

function isOf(error: unknown, kind: FailureClass): boolean {
  return error instanceof EmbedFailure && error.class === kind;
}

/** Ends the run where texts are refused one after the other, and none is not. */
function refuse(
  { index }: EmbedText,
  { message }: EmbedFailure,
  { tally: { failures, texts }, hasAnswers = false, onFailure }: RequestOptions & EmbedOptions,
): void {
  const count = countUp(failures, "rejected");
  onFailure(index, "rejected", message);
  if (count < HOPELESS || texts > 0 || hasAnswers) return;
  throw new EmbedFailure(`The server refuses every text: ${message}`, { class: "fatal", kind: "refused" });
}
