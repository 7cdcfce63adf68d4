import assert from "node:assert/strict";
import test from "node:test";
import { BudgetExceeded, createBudget } from "../../src/embed/budget.ts";
import { embedTexts, type EmbedOptions } from "../../src/embed/engine.ts";
import { EmbedFailure } from "../../src/embed/failures.ts";
import { localProvider } from "../../src/embed/local.ts";
import { openaiProvider } from "../../src/embed/openai.ts";
import type { EmbeddingProvider } from "../../src/embed/provider.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { createTally } from "../../src/embed/tally.ts";
import type { OpenaiDouble } from "../doubles/openai.ts";
import type { OpenaiFaults } from "../doubles/openaifaults.ts";
import { tokensOf } from "../doubles/openairequest.ts";
import { withOpenai } from "../doubles/withopenai.ts";
import { soon } from "../support/soon.ts";
import { collector, numbered, textsOf, wrongVectors } from "./texts.ts";

const DIM = 8;
const SMALL = "text-embedding-3-small";
const always = () => true;

const providerOf = (double: OpenaiDouble, timeoutMs = 5000) =>
  openaiProvider({ apiKey: double.key, baseUrl: double.url, dimensions: DIM, timeoutMs });

/** Waits between retries are not what is tested here. */
const quick = { sleep: (ms: number, signal?: AbortSignal) => sleep(Math.min(ms, 2), signal) };

const sumOf = (texts: readonly string[]) => texts.reduce((sum, text) => sum + tokensOf(text), 0);

test("each text gets its vector, once, whatever the order of the answers, and the bill is what was counted", () =>
  withOpenai({ faults: { shuffled: 0.5 } }, async (double) => {
    const texts = numbered(500);
    const seen = collector();
    const tally = await embedTexts(textsOf(texts), providerOf(double), seen.options(DIM));
    assert.equal(seen.vectors.size, 500);
    assert.deepEqual(wrongVectors(seen, texts, SMALL, DIM), []);
    const tokens = sumOf(texts);
    assert.deepEqual(tally, {
      ...{ texts: 500, requests: 32, retries: 0, retriesAfter: {}, tokens, failures: {}, spent: tokens },
    });
    assert.deepEqual([double.bill.tokens, double.bill.requests], [tokens, 32]);
  }));

test("the local provider goes the same way", async () => {
  const texts = ["", ...numbered(300)];
  const local = localProvider(128);
  const seen = collector();
  const options = seen.options(128, { batchSize: 1000, maxBatchTokens: Infinity });
  const tally = await embedTexts(textsOf(texts), local, options);
  assert.deepEqual([tally.texts, tally.requests, seen.vectors.size], [301, 2, 301]);
  assert.deepEqual(seen.vectors.get(77), await local.embed([texts[77]!]));
});

test("no batch is larger than a request may be, and none has fewer texts than fit", () =>
  withOpenai({}, async (double) => {
    const long = "word ".repeat(5999) + "end"; // 50 of them are a request
    const texts = [...Array.from({ length: 60 }, () => long), ...numbered(3000)];
    const options = collector().options(DIM, { batchSize: 10_000, maxBatchTokens: Infinity });
    const tally = await embedTexts(textsOf(texts), providerOf(double), options);
    assert.deepEqual([tally.texts, tally.requests, double.counters.statuses.get(400)], [3060, 3, undefined]);
  }));

test("never more batches are made than are under way, and one", async () => {
  const taken = { count: 0 };
  const under: (() => void)[] = [];
  const provider: EmbeddingProvider = {
    ...{ name: "held", dim: 1, maxBatch: 5 },
    embed: (texts) => new Promise((resolve) => under.push(() => resolve(new Float32Array(texts.length)))),
  };
  const run = embedTexts(textsOf(numbered(100), taken), provider, collector().options(1, { concurrency: 3 }));
  for (let answered = 0; answered < 20; answered++) {
    do await new Promise((resolve) => setTimeout(resolve, 2));
    while (under.length === 0);
    assert.ok(under.length <= 3, `${under.length} under way`);
    assert.ok(taken.count <= 5 * (answered + 3 + 1), `${taken.count} taken, ${answered} answered`);
    under.shift()!();
  }
  assert.equal((await soon(run)).texts, 100);
});

const passing: [fault: keyof OpenaiFaults, kind: string][] = [
  ["broken", "server"],
  ["overloaded", "server"],
  ["timeout", "timeout"],
  ["conflict", "conflict"],
  ["tooMany", "rate-limit"],
  ["cutRequest", "connection"],
  ["cutAnswer", "connection"],
  ["silent", "timeout"],
  ["stalled", "timeout"],
  ["foreign", "answer"],
];

for (const [fault, kind] of passing) {
  test(`what passes is tried again, and costs no text its vector: ${fault}`, () =>
    withOpenai({ faults: { [fault]: (n: number) => n % 3 === 1 && n < 15, retryAfter: "0" } }, async (double) => {
      const texts = numbered(160);
      const seen = collector();
      const tally = await soon(embedTexts(textsOf(texts), providerOf(double, 400), seen.options(DIM, quick)));
      assert.equal(seen.vectors.size, 160);
      assert.deepEqual(wrongVectors(seen, texts, SMALL, DIM), []);
      assert.ok(tally.retries > 0);
      assert.deepEqual([tally.retriesAfter, seen.retries.length], [{ [kind]: tally.retries }, tally.retries]);
      assert.equal(tally.tokens, sumOf(texts));
      assert.ok(tally.spent >= double.bill.tokens, `spent ${tally.spent}, billed ${double.bill.tokens}`);
      const isSure = ["broken", "overloaded", "conflict", "tooMany"].includes(fault);
      if (isSure) assert.equal(tally.spent, double.bill.tokens);
    }));
}

test("what does not pass ends the run after six tries, with the last reason; what was answered is kept", () =>
  withOpenai({ faults: { broken: (request) => request > 3 } }, async (double) => {
    const seen = collector();
    const tally = createTally();
    const options = seen.options(DIM, { ...quick, concurrency: 1, tally });
    await assert.rejects(soon(embedTexts(textsOf(numbered(160)), providerOf(double), options)), (error) => {
      assert.ok(error instanceof EmbedFailure);
      assert.match(error.message, /^Gave up after 6 tries: 127\.0\.0\.1:\d+ answered 500: The server had an error/);
      return true;
    });
    assert.deepEqual([seen.vectors.size, tally.texts, tally.requests, tally.retries], [48, 48, 9, 5]);
  }));

const fatal: [fault: OpenaiFaults, message: RegExp][] = [
  [{ quota: (request) => request > 4 }, /quota is used up/],
  [{ forbidden: (request) => request > 4 }, /does not allow this key/],
];

for (const [fault, message] of fatal) {
  test(`what cannot pass ends the run at once, without a retry: ${Object.keys(fault)[0]}`, () =>
    withOpenai({ faults: { ...fault, delayMs: 20 } }, async (double) => {
      const seen = collector();
      const tally = createTally();
      await assert.rejects(
        soon(embedTexts(textsOf(numbered(1600)), providerOf(double), seen.options(DIM, { tally }))),
        message,
      );
      assert.equal(tally.retries, 0);
      assert.ok(double.counters.requests <= 4 + 4, `${double.counters.requests} requests`); // those under way
      assert.equal(seen.vectors.size, double.bill.texts.size, "all that was paid for is kept");
      assert.equal(seen.vectors.size, 64);
    }));
}

test("a wrong key ends the run with one line that does not show it", () =>
  withOpenai({}, async (double) => {
    const provider = openaiProvider({ apiKey: "sk-wrong-0123456789abcdef", baseUrl: double.url });
    await assert.rejects(embedTexts(textsOf(numbered(5)), provider, collector().options(1536)), (error: Error) => {
      assert.match(error.message, /^127\.0\.0\.1:\d+ does not accept the OPENAI_API_KEY \(401\)$/);
      return true;
    });
    assert.equal(double.counters.requests, 1);
  }));

test("poison among 2048 texts is found, and costs the others nothing", () =>
  withOpenai({ poison: "arsenic" }, async (double) => {
    const texts = numbered(2048);
    for (const at of [777, 2047]) texts[at] = `some arsenic in number ${at}`;
    const seen = collector();
    const options = seen.options(DIM, { batchSize: 2048, maxBatchTokens: 300_000 });
    const tally = await embedTexts(textsOf(texts), providerOf(double), options);
    assert.deepEqual(seen.failures.map(([index, failure]) => [index, failure]).toSorted(), [
      [2047, "rejected"],
      [777, "rejected"],
    ]);
    assert.match(seen.failures[0]![2], /a text is not acceptable/);
    assert.equal(seen.vectors.size, 2046);
    assert.deepEqual(wrongVectors(seen, texts, SMALL, DIM), []);
    assert.deepEqual([tally.texts, tally.failures, tally.retries], [2046, { rejected: 2 }, 0]);
    assert.ok(tally.requests <= 45, `${tally.requests} requests`); // 2 x 22 and the first
    assert.ok(
      [...double.bill.texts.values()].every((count) => count === 1),
      "nothing is paid for twice",
    );
    assert.equal(tally.spent, double.bill.tokens);
  }));

test("texts that are empty or too long are told, and not sent", () =>
  withOpenai({}, async (double) => {
    const texts = ["a", "", "word ".repeat(8200), "b"];
    const seen = collector();
    const tally = await embedTexts(textsOf(texts), providerOf(double), seen.options(DIM));
    assert.deepEqual(seen.failures, [
      [1, "empty", `${SMALL} takes no empty text`],
      [2, "too-long", `${tokensOf(texts[2]!)} tokens, ${SMALL} takes 8192`],
    ]);
    assert.deepEqual([[...seen.vectors.keys()], tally.failures], [[0, 3], { empty: 1, "too-long": 1 }]);
    assert.deepEqual([double.counters.requests, double.counters.statuses.get(400)], [1, undefined]);
  }));

const budgets: [what: string, faults: OpenaiFaults, share: number][] = [
  ["enough for a half", {}, 0.5],
  ["less than one batch", {}, 0.001],
  ["a half, with failures that are not billed", { broken: 0.2 }, 0.5],
  ["a half, with answers that are cut", { cutAnswer: 0.2 }, 0.5],
  ["a half, with answers that never come", { silent: 0.1, stalled: 0.1 }, 0.5],
];

for (const [what, faults, share] of budgets) {
  test(`the bill never exceeds the budget, and what was paid for and came is kept: ${what}`, () =>
    withOpenai({ faults }, async (double) => {
      const texts = numbered(800);
      const maxTokens = Math.floor(share * sumOf(texts));
      const seen = collector();
      const tally = createTally();
      const options = seen.options(DIM, { ...quick, tally, budget: createBudget({ maxTokens }) });
      const running = embedTexts(textsOf(texts), providerOf(double, 300), options);
      await assert.rejects(soon(running), (error) => {
        assert.ok(error instanceof BudgetExceeded, String(error));
        assert.match(
          error.message,
          new RegExp(`^The budget of ${maxTokens} tokens does not allow the next request: \\d+ spent, `),
        );
        return true;
      });
      assert.ok(double.bill.tokens <= tally.spent, `billed ${double.bill.tokens}, spent ${tally.spent}`);
      assert.ok(tally.spent <= maxTokens, `spent ${tally.spent} of ${maxTokens}`);
      const batchTokens = 16 * 12;
      if (share === 0.5) assert.ok(tally.spent > maxTokens - 4 * batchTokens, `only ${tally.spent} of ${maxTokens}`);
      assert.deepEqual(wrongVectors(seen, texts, SMALL, DIM), []);
      assert.equal(seen.vectors.size, tally.texts);
      if (!faults.cutAnswer && !faults.silent) assert.equal(seen.vectors.size, double.bill.texts.size);
    }));
}

test("an abort ends the run at once with its reason; what was answered before is kept", () =>
  withOpenai({ faults: { silent: (request) => request > 3 } }, async (double) => {
    const controller = new AbortController();
    const seen = collector();
    const options = seen.options(DIM, { signal: controller.signal });
    const running = embedTexts(textsOf(numbered(1600)), providerOf(double), options);
    setTimeout(() => controller.abort(new Error("enough")), 300);
    await assert.rejects(soon(running, 2000), /^Error: enough$/);
    assert.equal(seen.vectors.size, 48);
    const again = embedTexts(textsOf(numbered(16)), providerOf(double), options);
    await assert.rejects(soon(again, 1000), /enough/);
  }));

test("an abort ends the run where a text is waited for, and where a retry is", async () => {
  const controller = new AbortController();
  const endless = (async function* () {
    yield { index: 0, text: "x", tokens: 1 };
    await new Promise(() => {});
  })();
  const options = collector().options(DIM, { signal: controller.signal });
  const waiting = embedTexts(endless, localProvider(128), options);
  await withOpenai({ faults: { tooMany: always, retryAfter: "100" } }, async (double) => {
    const retrying = embedTexts(textsOf(numbered(5)), providerOf(double), options);
    setTimeout(() => controller.abort(new Error("enough")), 200);
    await assert.rejects(soon(waiting, 2000), /enough/);
    await assert.rejects(soon(retrying, 2000), /enough/);
    assert.equal(double.counters.requests, 1);
  });
});

test("what reading or keeping throws ends the run, after all under way was told", () =>
  withOpenai({ faults: { delayMs: 50 } }, async (double) => {
    const broken = (async function* () {
      yield* textsOf(numbered(40));
      throw new Error("the disk broke");
    })();
    const seen = collector();
    await assert.rejects(embedTexts(broken, providerOf(double), seen.options(DIM)), /the disk broke/);
    assert.ok(seen.vectors.size >= 16);
    assert.equal(seen.vectors.size, double.bill.texts.size);
    const full = collector().options(DIM);
    const onBatch: EmbedOptions["onBatch"] = () => {
      throw new Error("the disk is full");
    };
    const running = embedTexts(textsOf(numbered(1600)), providerOf(double), { ...full, onBatch });
    await assert.rejects(soon(running), /the disk is full/);
    assert.ok(double.counters.requests < 12, `${double.counters.requests} requests`);
  }));

test("a wait longer than five minutes is not waited for", () =>
  withOpenai({ faults: { tooMany: always, retryAfter: "3600" } }, async (double) => {
    const running = embedTexts(textsOf(numbered(5)), providerOf(double), collector().options(DIM));
    await assert.rejects(soon(running, 5000), /too many requests or tokens .*: come back in 60 minutes$/);
  }));
