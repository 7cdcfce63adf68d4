import assert from "node:assert/strict";
import test from "node:test";
import { embedTexts } from "../../src/embed/engine.ts";
import { EmbedFailure } from "../../src/embed/failures.ts";
import { openaiProvider } from "../../src/embed/openai.ts";
import type { EmbeddingProvider } from "../../src/embed/provider.ts";
import { durationMs, rateTold, type RateTold } from "../../src/embed/rateheaders.ts";
import { createRateLimiter, type Permit } from "../../src/embed/ratelimit.ts";
import { createBucket } from "../doubles/openaibucket.ts";
import { seededUniform } from "../doubles/seeded.ts";
import { withOpenai } from "../doubles/withopenai.ts";
import { soon } from "../support/soon.ts";
import { createFakeClock, type FakeClock } from "./fakeclock.ts";
import { collector, numbered, textsOf } from "./texts.ts";

interface Limits {
  readonly requests: number;
  readonly tokens: number;
  /** How much of them may be used at once. */
  readonly burstMs?: number;
  /** Whether answers say what the limits are. */
  readonly isTold?: boolean;
  /** Milliseconds of an answer, at random between these. */
  readonly latency: readonly [number, number];
}

/** A server with limits of which each text has `tokensEach` tokens; counts what it did. */
function limitedServer(clock: FakeClock, limits: Limits, tokensEach: number) {
  const { burstMs = 60_000, isTold = true, latency } = limits;
  const requests = createBucket(limits.requests, clock.now, burstMs);
  const tokens = createBucket(limits.tokens, clock.now, burstMs);
  const uniform = seededUniform(7);
  const counted = { answered: 0, tokens: 0, refused: 0 };
  const told = (): RateTold =>
    isTold
      ? {
          requests: { limit: requests.limit, remaining: requests.remaining(), resetMs: requests.untilFull() },
          tokens: { limit: tokens.limit, remaining: tokens.remaining(), resetMs: tokens.untilFull() },
        }
      : {};
  const provider: EmbeddingProvider = {
    ...{ name: "limited", dim: 1, host: "limited", maxBatch: 2048 },
    async embed(texts, signal, onAnswer) {
      const travelMs = latency[0] + uniform() * (latency[1] - latency[0]);
      await clock.sleep(travelMs / 2, signal);
      const count = texts.length * tokensEach;
      const waitMs = requests.take(1) ?? tokens.take(count);
      const rate = told();
      await clock.sleep(travelMs / 2, signal);
      if (waitMs !== undefined) {
        counted.refused++;
        throw new EmbedFailure("too much", { class: "retryable", kind: "rate-limit", afterMs: waitMs, rate });
      }
      counted.answered++;
      counted.tokens += count;
      onAnswer?.({ tokens: count, rate });
      return new Float32Array(texts.length);
    },
  };
  return { provider, counted };
}

async function* sameTexts(count: number, tokens: number) {
  for (let index = 0; index < count; index++) yield { index, text: "x", tokens };
}

const runs: [what: string, limits: Limits, texts: number, tokensEach: number, batch: number, refusedAtMost: number][] = [
  ["by tokens", { requests: 3000, tokens: 1_000_000, latency: [200, 800] }, 16_000, 500, 26, 2],
  ["by tokens, with slow answers", { requests: 3000, tokens: 1_000_000, latency: [3000, 15_000] }, 16_000, 500, 26, 2],
  ["by tokens, with batches of more than a minute's", { requests: 500, tokens: 40_000, latency: [100, 300] }, 400, 1000, 2048, 3],
  ["by requests", { requests: 100, tokens: 1_000_000, latency: [200, 2000] }, 4000, 1, 4, 2],
  ["by few requests", { requests: 3, tokens: 150_000, latency: [200, 800] }, 60, 1, 2, 2],
  ["by tokens of a second at a time", { requests: 60_000, tokens: 1_200_000, burstMs: 1000, latency: [50, 200] }, 12_000, 500, 6, 40],
]; // prettier-ignore

for (const [what, limits, texts, tokensEach, batchSize, refusedAtMost] of runs) {
  test(`limited ${what}: at least 95 % of the rate is used, and next to nothing refused`, async () => {
    const clock = createFakeClock();
    const { provider, counted } = limitedServer(clock, limits, tokensEach);
    const limiter = createRateLimiter(clock);
    const seen = collector();
    const options = seen.options(1, {
      ...{ concurrency: 32, batchSize, maxBatchTokens: 300_000, limiter, sleep: clock.sleep },
    });
    const tally = await clock.run(embedTexts(sameTexts(texts, tokensEach), provider, options));
    const minutes = clock.now() / 60_000;
    const burst = (limits.burstMs ?? 60_000) / 60_000;
    const used = Math.max(
      counted.tokens / (limits.tokens * (minutes + burst)),
      counted.answered / (limits.requests * (minutes + burst)),
    );
    assert.ok(minutes > 3, `${minutes} minutes tell something`);
    assert.ok(
      used >= 0.95,
      `${(100 * used).toFixed(1)} % in ${minutes.toFixed(1)} minutes, ${counted.refused} refused`,
    );
    assert.ok(counted.refused <= refusedAtMost, `${counted.refused} refused of ${counted.answered}`);
    assert.equal(tally.texts, texts);
    assert.equal(seen.vectors.size, texts);
    assert.equal(tally.requests, counted.answered + counted.refused);
  });
}

test("where the server does not tell its limits, it is asked in vain once or twice, and no run fails", async () => {
  const clock = createFakeClock();
  const limits = { requests: 120, tokens: 1e9, burstMs: 1000, isTold: false, latency: [50, 400] } as const;
  const { provider, counted } = limitedServer(clock, limits, 1);
  const options = collector().options(1, {
    ...{ concurrency: 16, batchSize: 1, limiter: createRateLimiter(clock), sleep: clock.sleep },
  });
  const tally = await clock.run(embedTexts(sameTexts(600, 1), provider, options));
  assert.equal(tally.texts, 600);
  const used = counted.answered / (limits.requests * (clock.now() / 60_000));
  assert.ok(used > 0.5, `${(100 * used).toFixed(1)} %`);
  assert.ok(counted.refused < 2 * counted.answered, `${counted.refused} refused of ${counted.answered}`);
});

test("a limit for a day is not taken for one of a minute", async () => {
  const clock = createFakeClock();
  const limiter = createRateLimiter(clock);
  const told = { requests: { limit: 200, remaining: 0, resetMs: 86_400_000 } }; // 432 s for each
  (await limiter.acquire(1)).answered(told);
  await clock.run(limiter.acquire(1));
  assert.ok(Math.abs(clock.now() - 432_000) < 2, String(clock.now()));
});

test("others who use the same key are noticed", async () => {
  const clock = createFakeClock();
  const limiter = createRateLimiter(clock);
  const told = (remaining: number): RateTold => ({ tokens: { limit: 60_000, remaining, resetMs: 0 } });
  (await limiter.acquire(1000)).answered(told(59_000));
  (await limiter.acquire(1000)).answered(told(500));
  await clock.run(limiter.acquire(1000));
  assert.ok(Math.abs(clock.now() - 500) < 2, String(clock.now()));
});

test("requests that were lost give back what they never used", async () => {
  const clock = createFakeClock();
  const limiter = createRateLimiter(clock);
  const told = (remaining: number): RateTold => ({ tokens: { limit: 60_000, remaining, resetMs: 0 } });
  (await limiter.acquire(1000)).answered(told(59_000));
  for (let i = 0; i < 5; i++) (await limiter.acquire(10_000)).failed();
  (await limiter.acquire(1000)).answered(told(58_000));
  await clock.run(limiter.acquire(57_000));
  assert.equal(clock.now(), 0);
});

test("after a refusal all wait as long as the server says, and fewer go at once", async () => {
  const clock = createFakeClock();
  const limiter = createRateLimiter(clock);
  const open: Permit[] = [];
  for (let i = 0; i < 16; i++) (await limiter.acquire(1)).answered(); // the window is wide now
  for (let i = 0; i < 8; i++) open.push(await limiter.acquire(1));
  const [first, ...others] = open;
  first!.refused({}, 7000);
  for (const permit of others) permit.refused({}, 5000); // one refusal, not eight
  for (let i = 0; i < 4; i++) await clock.run(limiter.acquire(1));
  assert.equal(clock.now(), 7000);
  await assert.rejects(clock.run(soonOrNever(limiter.acquire(1), clock)), /never/);
});

async function soonOrNever<T>(promise: Promise<T>, clock: FakeClock): Promise<T> {
  const never = clock.sleep(600_000).then(() => {
    throw new Error("never");
  });
  return Promise.race([promise, never]);
}

test("an abort ends all that wait, with its reason", async () => {
  const clock = createFakeClock();
  const limiter = createRateLimiter(clock);
  const controller = new AbortController();
  await limiter.acquire(1, controller.signal); // the window is one
  const waiting = [limiter.acquire(1, controller.signal), limiter.acquire(1, controller.signal)];
  controller.abort(new Error("enough"));
  for (const each of waiting) await assert.rejects(soon(each, 1000), /enough/);
});

test("headers: limits with what is left, and spans of time", () => {
  const headers = new Headers({
    "x-ratelimit-limit-requests": "3000",
    "x-ratelimit-remaining-requests": "2999",
    "x-ratelimit-reset-requests": "20ms",
    "x-ratelimit-limit-tokens": "1000000",
    "x-ratelimit-remaining-tokens": "-1",
    "x-ratelimit-reset-tokens": "soon",
  });
  assert.deepEqual(rateTold((name) => headers.get(name) ?? undefined), {
    requests: { limit: 3000, remaining: 2999, resetMs: 20 },
    tokens: { limit: 1_000_000, remaining: undefined, resetMs: undefined },
  }); // prettier-ignore
  assert.deepEqual(rateTold(() => undefined), { requests: undefined, tokens: undefined }); // prettier-ignore
  assert.equal(rateTold((name) => (name.includes("limit-tokens") ? "0" : undefined)).tokens, undefined);
  const spans: [string | undefined, number | undefined][] = [
    ["120ms", 120],
    ["8.64s", 8640],
    ["6m0s", 360_000],
    ["1h2m3.5s", 3_723_500],
    ["1d", 86_400_000],
    ["2", 2000],
    ["", undefined],
    ["1x", undefined],
    [undefined, undefined],
  ];
  for (const [text, ms] of spans) assert.equal(durationMs(text), ms, String(text));
});

test("against the double, in real time: what a minute allows at once, and then as much as flows in", () =>
  withOpenai({ requestsPerMinute: 6000, tokensPerMinute: 6000 }, async (double) => {
    const texts = numbered(780);
    const provider = openaiProvider({ apiKey: double.key, baseUrl: double.url, dimensions: 4 });
    const start = performance.now();
    const tally = await embedTexts(textsOf(texts), provider, collector().options(4));
    const seconds = (performance.now() - start) / 1000;
    assert.equal(tally.texts, 780);
    assert.ok(tally.tokens > 6150 && tally.retries <= 2, `${tally.tokens} tokens, ${tally.retries} retries`);
    const used = tally.tokens / (6000 + 100 * seconds);
    assert.ok(used > 0.95, `${(100 * used).toFixed(1)} % in ${seconds.toFixed(1)} s`);
  }));
