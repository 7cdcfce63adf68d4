import assert from "node:assert/strict";
import test from "node:test";
import { inspect } from "node:util";
import { InputError } from "../../src/data/errors.ts";
import { EmbedFailure } from "../../src/embed/failures.ts";
import { openaiProvider, type OpenaiOptions } from "../../src/embed/openai.ts";
import type { AnswerNotes } from "../../src/embed/provider.ts";
import { openProvider } from "../../src/embed/table.ts";
import { startOpenai, type OpenaiDouble } from "../doubles/openai.ts";
import type { OpenaiFaults } from "../doubles/openaifaults.ts";
import { tokensOf } from "../doubles/openairequest.ts";
import { vectorOf } from "../doubles/openaivectors.ts";
import { withOpenai } from "../doubles/withopenai.ts";
import { assertSameBits } from "../reference/same.ts";
import { soon } from "../support/soon.ts";

const SMALL = "text-embedding-3-small";
const always = () => true;

const providerOf = (double: OpenaiDouble, options: Partial<OpenaiOptions> = {}) =>
  openaiProvider({ apiKey: double.key, baseUrl: double.url, ...options });

async function failureOf(promise: Promise<unknown>): Promise<EmbedFailure> {
  try {
    await soon(promise);
  } catch (error) {
    assert.ok(error instanceof EmbedFailure, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: "it did not fail" });
}

test("vectors are those of the server to the last bit, in the order of the texts, whatever the order of the answer", () =>
  withOpenai({ requestsPerMinute: 600, tokensPerMinute: 90_000, now: () => 0 }, async (double) => {
    const texts = ["one", "two words", "üñîçødé 😀", "one"];
    const expected = (dim: number) => {
      const all = new Float32Array(texts.length * dim);
      for (const [i, text] of texts.entries()) all.set(vectorOf(text, SMALL, dim), i * dim);
      return all;
    };
    const provider = providerOf(double);
    const told: AnswerNotes[] = [];
    assertSameBits(await provider.embed(texts, undefined, (notes) => told.push(notes)), expected(1536), "base64");
    const tokens = texts.reduce((sum, text) => sum + tokensOf(text), 0);
    assert.equal(told[0]!.tokens, tokens);
    assert.deepEqual(told[0]!.rate.requests, { limit: 600, remaining: 599, resetMs: 100 });
    assert.deepEqual(
      { ...told[0]!.rate.tokens, resetMs: 0 },
      { limit: 90_000, remaining: 90_000 - tokens, resetMs: 0 },
    );
    double.setFault({ shuffled: always });
    assertSameBits(await providerOf(double, { dimensions: 3 }).embed(texts), expected(3), "shuffled, of 3 numbers");
    double.setFault({
      shuffled: 0,
      alter: (answer) => ({
        ...answer,
        data: answer.data.map((item, i) => ({ ...item, embedding: [...vectorOf(texts[i]!, SMALL, 1536)] })),
      }),
    });
    assertSameBits(await provider.embed(texts), expected(1536), "a server that does not know base64");
    assert.equal((await provider.embed([])).length, 0);
  }));

test("it states its model, its limits, its dimension and its host", async () => {
  const own = await openProvider("openai", { apiKey: "sk-x" });
  assert.deepEqual(
    [own.name, own.dim, own.host, own.maxBatch, own.maxBatchTokens, own.maxTextTokens],
    [SMALL, 1536, "api.openai.com", 2048, 300_000, 8192],
  );
  assert.equal((await openProvider("openai", { apiKey: "sk-x", model: "text-embedding-3-large" })).dim, 3072);
  const other = openaiProvider({ apiKey: "x", baseUrl: "http://localhost:11434/v1/", model: "nomic", dimensions: 768 });
  assert.deepEqual(
    [other.name, other.dim, other.host, other.maxTextTokens],
    ["nomic", 768, "localhost:11434", undefined],
  );
});

const refused: [what: string, options: Partial<OpenaiOptions>, message: RegExp][] = [
  ["no key", { apiKey: undefined }, /^OPENAI_API_KEY is not set/],
  ["an empty key", { apiKey: " " }, /^OPENAI_API_KEY is not set/],
  ["a key with a line end in it", { apiKey: "sk-secret\nhost: x" }, /^OPENAI_API_KEY has a character/],
  ["no URL", { baseUrl: "localhost" }, /^OPENAI_BASE_URL: not a URL/],
  ["a file", { baseUrl: "file:///etc/passwd" }, /^OPENAI_BASE_URL: file: is not http/],
  ["a password", { baseUrl: "http://me:secret@localhost/v1" }, /^OPENAI_BASE_URL: a name or password/],
  ["a query", { baseUrl: "http://localhost/v1?key=secret" }, /^OPENAI_BASE_URL: neither/],
  ["a model of unknown dimension", { model: "nomic" }, /nomic is not known: give --dimensions/],
  ["too many dimensions", { dimensions: 1537 }, /^Dimensions 1537: expected 1 to 1536/],
  ["half a dimension", { dimensions: 1.5 }, /^Dimensions 1.5: expected/],
  ["dimensions that cannot be", { model: "text-embedding-ada-002", dimensions: 256 }, /has 1536 only/],
];

for (const [what, options, message] of refused) {
  test(`refused before anything is sent, in one line without the secret: ${what}`, () => {
    assert.throws(
      () => openaiProvider({ apiKey: "sk-secret", ...options }),
      (error) => {
        assert.ok(error instanceof InputError);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /secret|\n/);
        return true;
      },
    );
  });
}

const faults: [fault: OpenaiFaults, found: string, message: RegExp][] = [
  [{ broken: always }, "retryable server false", /answered 500: The server had an error/],
  [{ overloaded: always }, "retryable server false", /answered 503: /],
  [{ timeout: always }, "retryable timeout true", /answered 408: /],
  [{ conflict: always }, "retryable conflict false", /answered 409: /],
  [{ tooMany: always, retryAfter: "7" }, "retryable rate-limit false", /too many requests or tokens \(429: Rate limit/],
  [{ quota: always }, "fatal quota false", /quota is used up, see its plan and billing/],
  [{ forbidden: always }, "fatal forbidden false", /does not allow this key/],
  [{ echoKey: always }, "retryable server false", /answered 500: No luck with Bearer \[key\]$/],
  [{ cutRequest: always }, "retryable connection true", /the connection was lost/],
  [{ cutAnswer: always }, "retryable connection true", /the connection was lost/],
  [{ silent: always }, "retryable timeout true", /no answer within 0\.3 s/],
  [{ stalled: always }, "retryable timeout true", /no answer within 0\.3 s/],
  [{ foreign: always }, "retryable answer true", /its answer cannot be read: Unexpected token/],
  [
    { alter: (answer) => ({ ...answer, data: answer.data.slice(1) }) },
    "retryable answer true",
    /1 vectors for 2 texts/,
  ],
  [
    { alter: (answer) => ({ ...answer, data: answer.data.map((item) => ({ ...item, index: 1 })) }) },
    "retryable answer true",
    /a vector of number 1/,
  ],
  [
    { alter: (answer) => ({ ...answer, data: answer.data.map((item) => ({ ...item, index: item.index + 1 })) }) },
    "retryable answer true",
    /a vector of number 2/,
  ],
  [
    { alter: (answer) => ({ ...answer, data: answer.data.map((item) => ({ ...item, embedding: [1, 2, 3] })) }) },
    "fatal answer true",
    /vectors of 3 numbers, not 1536: give --dimensions 3/,
  ],
  [
    { alter: (answer) => ({ ...answer, data: [null, null] as never }) },
    "retryable answer true",
    /cannot be used: a vector of number undefined/,
  ],
  [
    { alter: (answer) => ({ ...answer, data: answer.data.map((item) => ({ ...item, embedding: [] })) }) },
    "retryable answer true",
    /cannot be used: a vector without numbers/,
  ],
  [
    { alter: (answer) => ({ ...answer, data: answer.data.map((item) => ({ ...item, embedding: "AACAPwAAgD8=" })) }) },
    "fatal answer true",
    /vectors of 2 numbers, not 1536/,
  ],
  [
    { alter: (answer) => ({ ...answer, data: answer.data.map((item) => ({ ...item, embedding: `AADAfw${String(item.embedding).slice(6)}` })) }) }, // prettier-ignore
    "retryable answer true",
    /not finite/,
  ],
];

for (const [fault, found, message] of faults) {
  test(`the fault ${Object.keys(fault)[0]} is told as ${found}: ${message.source}`, () =>
    withOpenai({ faults: fault }, async (double) => {
      const failure = await failureOf(providerOf(double, { timeoutMs: 300 }).embed(["a", "b"]));
      assert.equal(`${failure.class} ${failure.kind} ${failure.mayBeBilled}`, found, failure.message);
      assert.match(failure.message, message);
      assert.doesNotMatch(failure.message, /\n/);
      assert.equal(failure.afterMs, fault.tooMany ? 7000 : undefined);
      assert.ok(!inspect(failure, { depth: 20, showHidden: true }).includes(double.key));
      assert.ok(double.bill.requests === 0 || failure.mayBeBilled, "what was billed is known as such");
    }));
}

test("a wrong key, model or path, a refused text, and a server that is not there", () =>
  withOpenai({ poison: "arsenic" }, async (double) => {
    const key = "sk-wrong-0123456789abcdef";
    const wrongKey = await failureOf(providerOf(double, { apiKey: key }).embed(["a"]));
    assert.deepEqual([wrongKey.class, wrongKey.kind], ["fatal", "key"]);
    assert.match(wrongKey.message, /^127\.0\.0\.1:\d+ does not accept the OPENAI_API_KEY \(401\)$/);
    for (const part of [key, "sk-wrong", "cdef"]) {
      assert.ok(!inspect(wrongKey, { depth: 20, showHidden: true }).split("at ")[0]!.includes(part), part);
    }
    const wrongModel = await failureOf(providerOf(double, { model: "gpt-0", dimensions: 8 }).embed(["a"]));
    assert.deepEqual([wrongModel.class, wrongModel.kind], ["fatal", "not-found"]);
    assert.match(wrongModel.message, /has no model gpt-0/);
    const wrongPath = await failureOf(providerOf(double, { baseUrl: double.url.slice(0, -1) }).embed(["a"]));
    assert.deepEqual([wrongPath.class, wrongPath.kind], ["fatal", "not-found"]);
    const poison = await failureOf(providerOf(double).embed(["a", "some arsenic"]));
    assert.deepEqual([poison.class, poison.kind], ["rejected", "rejected"]);
    assert.match(poison.message, /a text is not acceptable/);
    const gone = await startOpenai();
    await gone.stop();
    const nobody = await failureOf(providerOf(gone).embed(["a"]));
    assert.deepEqual([nobody.class, nobody.kind, nobody.mayBeBilled], ["retryable", "connection", false]);
    assert.match(nobody.message, /nothing listens there/);
  }));

test("an abort ends a request at once with the signal's reason", () =>
  withOpenai({ faults: { silent: always } }, async (double) => {
    const controller = new AbortController();
    const embedding = providerOf(double).embed(["a"], controller.signal);
    setTimeout(() => controller.abort(new Error("enough")), 50);
    await assert.rejects(soon(embedding, 1000), /enough/);
    await assert.rejects(providerOf(double).embed(["a"], controller.signal), /enough/);
    await assert.rejects(providerOf(double).embed(Array.from({ length: 2049 }, () => "x")), /at most 2048/);
  }));
