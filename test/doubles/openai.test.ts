import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { durationText } from "./openaianswers.ts";
import type { OpenaiDouble } from "./openai.ts";
import type { EmbeddingAnswer } from "./openaifaults.ts";
import { tokensOf } from "./openairequest.ts";
import { postJson, rawRequest, type RawAnswer } from "./rawhttp.ts";
import { withOpenai } from "./withopenai.ts";

const SMALL = "text-embedding-3-small";

const embed = (double: OpenaiDouble, body: unknown, key = double.key) =>
  postJson(`${double.url}/embeddings`, body, { authorization: `Bearer ${key}` });

function answerOf({ status, text }: RawAnswer): EmbeddingAnswer {
  assert.equal(status, 200, text);
  return JSON.parse(text) as EmbeddingAnswer;
}

function errorOf({ text }: RawAnswer): Record<string, unknown> {
  const { error } = JSON.parse(text) as { error: Record<string, unknown> };
  assert.deepEqual(Object.keys(error), ["message", "type", "param", "code"]);
  return error;
}

function decoded(base64: string | number[]): Float32Array {
  const bytes = Buffer.from(base64 as string, "base64");
  return new Float32Array(new Uint8Array(bytes).buffer);
}

test("tokens are those of cl100k_base", () => {
  // As OpenAI's own tiktoken counts them.
  const known: [text: string, tokens: number][] = [
    ["tiktoken is great!", 6],
    ["antidisestablishmentarianism", 6],
    ["2 + 2 = 4", 7],
    ["お誕生日おめでとう", 9],
    ["<|endoftext|>", 7],
  ];
  for (const [text, tokens] of known) assert.equal(tokensOf(text), tokens, text);
});

test("a text, several, and tokens: base64 is float to the last bit, of unit length, the same each time", () =>
  withOpenai({}, async (double) => {
    const input = ["one text", "another one", "one text"];
    const floats = answerOf(await embed(double, { model: SMALL, input }));
    const base64 = answerOf(await embed(double, { model: SMALL, input, encoding_format: "base64" }));
    assert.deepEqual(floats.data.map(({ index }) => index), [0, 1, 2]); // prettier-ignore
    for (const [at, { embedding }] of base64.data.entries()) {
      const vector = decoded(embedding);
      assert.deepEqual(Float32Array.from(floats.data[at]!.embedding as number[]), vector);
      assert.equal(vector.length, 1536);
      assert.ok(Math.abs(vector.reduce((sum, value) => sum + value * value, 0) - 1) < 1e-5);
    }
    assert.equal(base64.data[0]!.embedding, base64.data[2]!.embedding);
    assert.notEqual(base64.data[0]!.embedding, base64.data[1]!.embedding);
    const tokens = input.reduce((sum, text) => sum + tokensOf(text), 0);
    assert.deepEqual(floats.usage, { prompt_tokens: tokens, total_tokens: tokens });
    assert.deepEqual([floats.object, floats.model, floats.data[0]!.object], ["list", SMALL, "embedding"]);
    assert.equal(answerOf(await embed(double, { model: SMALL, input: "one text" })).data.length, 1);
    assert.equal(answerOf(await embed(double, { model: SMALL, input: [5, 6, 7] })).usage.total_tokens, 3);
    assert.equal(answerOf(await embed(double, { model: SMALL, input: [[5, 6, 7], [8]] })).usage.total_tokens, 4);
    assert.deepEqual([double.bill.requests, double.bill.tokens], [5, 2 * tokens + tokensOf("one text") + 7]);
    assert.equal(double.bill.texts.get("one text"), 5);
  }));

test("dimensions: those of each model, and fewer where it can", () =>
  withOpenai({}, async (double) => {
    const ask = async (model: string, dimensions?: number) => {
      const answer = answerOf(await embed(double, { model, input: "x", dimensions, encoding_format: "base64" }));
      return decoded(answer.data[0]!.embedding);
    };
    assert.equal((await ask("text-embedding-3-large")).length, 3072);
    assert.equal((await ask("text-embedding-ada-002")).length, 1536);
    const [whole, short] = [await ask(SMALL), await ask(SMALL, 256)];
    const length = Math.sqrt(whole.slice(0, 256).reduce((sum, value) => sum + value * value, 0));
    for (const [i, value] of short.entries()) assert.ok(Math.abs(value - whole[i]! / length) < 1e-6);
  }));

const long = (tokens: number) => "a ".repeat(tokens - 1) + "a";

const refusals: [what: string, status: number, message: RegExp, code: string | null, body: unknown][] = [
  ["half a body", 400, /could not parse/, null, '{"model":'],
  ["no model", 400, /model parameter/, null, { input: "x" }],
  ["an unknown model", 404, /does not exist/, "model_not_found", { model: "gpt-0", input: "x" }],
  ["no input", 400, /'\$\.input' is invalid/, null, { model: SMALL }],
  ["an empty text", 400, /'\$\.input' is invalid/, null, { model: SMALL, input: "" }],
  ["an empty text among others", 400, /'\$\.input' is invalid/, null, { model: SMALL, input: ["a", ""] }],
  ["no text", 400, /'\$\.input' is invalid/, null, { model: SMALL, input: [] }],
  ["no tokens", 400, /'\$\.input' is invalid/, null, { model: SMALL, input: [[]] }],
  ["2049 texts", 400, /2048 or less/, null, { model: SMALL, input: Array.from({ length: 2049 }, () => "a") }],
  ["8193 tokens", 400, /input\[1\].*maximum input length is 8192/, null, { model: SMALL, input: ["a", long(8193)] }],
  [
    "300,001 tokens",
    400,
    /Requested 300001 tokens, max 300000/,
    "max_tokens_per_request",
    { model: SMALL, input: [...Array.from({ length: 50 }, () => long(6000)), "a"] },
  ],
  ["another encoding", 400, /'int8'/, "invalid_value", { model: SMALL, input: "x", encoding_format: "int8" }],
  ["1537 dimensions", 400, /less than or equal to 1536/, null, { model: SMALL, input: "x", dimensions: 1537 }],
  ["0 dimensions", 400, /= 0/, null, { model: SMALL, input: "x", dimensions: 0 }],
  [
    "dimensions of the old model",
    400,
    /does not support/,
    null,
    { model: "text-embedding-ada-002", input: "x", dimensions: 8 },
  ],
  ["poison", 400, /not acceptable/, null, { model: SMALL, input: ["a", "with arsenic in it"] }],
];

for (const [what, status, message, code, body] of refusals) {
  test(`refused, and not billed: ${what}`, () =>
    withOpenai({ poison: "arsenic" }, async (double) => {
      const answer = await embed(double, body);
      assert.equal(answer.status, status, answer.text);
      const error = errorOf(answer);
      assert.match(String(error["message"]), message);
      assert.equal(error["code"], code);
      assert.deepEqual([double.bill.requests, double.bill.tokens, double.bill.texts.size], [0, 0, 0]);
    }));
}

test("what is just allowed: 2048 texts, 8192 tokens, 300,000 tokens", () =>
  withOpenai({}, async (double) => {
    const ask = async (input: string[]) =>
      answerOf(await embed(double, { model: SMALL, input, dimensions: 1 })).usage.total_tokens;
    assert.equal(await ask(Array.from({ length: 2048 }, () => "a")), 2048);
    assert.equal(await ask([long(8192)]), 8192);
    assert.equal(await ask(Array.from({ length: 50 }, () => long(6000))), 300_000);
  }));

test("without a key, with a wrong one, at another path and by another method", () =>
  withOpenai({}, async (double) => {
    const body = { model: SMALL, input: "x" };
    const none = await postJson(`${double.url}/embeddings`, body);
    assert.deepEqual([none.status, errorOf(none)["code"]], [401, null]);
    const wrong = await embed(double, body, "sk-wrong-0123456789");
    assert.deepEqual([wrong.status, errorOf(wrong)["code"]], [401, "invalid_api_key"]);
    assert.doesNotMatch(wrong.text, /sk-wrong-0123456789/);
    assert.equal((await postJson(`${double.url}/completions`, body)).status, 404);
    assert.equal((await rawRequest(`${double.url}/embeddings`)).status, 405);
    assert.equal(double.bill.requests, 0);
  }));

test("rates are a bucket that is refilled all the time, and headers say what is left", async () => {
  let time = 0;
  await withOpenai({ requestsPerMinute: 3, tokensPerMinute: 60, now: () => time }, async (double) => {
    const ask = (tokens: number) => embed(double, { model: SMALL, input: long(tokens), dimensions: 1 });
    const left = ({ headers }: RawAnswer, unit: string) =>
      ["limit", "remaining", "reset"].map((what) => headers[`x-ratelimit-${what}-${unit}`]);
    const first = await ask(45);
    assert.deepEqual([first.status, left(first, "requests"), left(first, "tokens")], [200, ["3", "2", "20s"], ["60", "15", "45s"]]); // prettier-ignore
    const refused = await ask(16);
    assert.deepEqual([refused.status, errorOf(refused)["code"], errorOf(refused)["type"]], [429, "rate_limit_exceeded", "tokens"]); // prettier-ignore
    assert.match(String(errorOf(refused)["message"]), /Limit 60, Used 45, Requested 16\. Please try again in 1s/);
    assert.deepEqual([refused.headers["retry-after"], left(refused, "requests")], ["1", ["3", "1", "40s"]]);
    time += 1000;
    assert.equal((await ask(16)).status, 200);
    const noRequests = await ask(1);
    assert.deepEqual([noRequests.status, errorOf(noRequests)["type"]], [429, "requests"]);
    time += 100_000;
    const tooLarge = await ask(61);
    assert.match(String(errorOf(tooLarge)["message"]), /Request too large.*Limit 60, Requested 61/);
    assert.equal(tooLarge.headers["retry-after"], undefined);
    assert.deepEqual([double.bill.requests, double.bill.tokens], [2, 61]);
  });
});

test("spans of time as headers give them", () => {
  const spans: [ms: number, text: string][] = [
    [0, "0ms"],
    [0.2, "1ms"],
    [120, "120ms"],
    [1000, "1s"],
    [8640, "8.64s"],
    [360_000, "6m0s"],
    [432_500, "7m12.5s"],
    [3_723_000, "1h2m3s"],
  ];
  for (const [ms, text] of spans) assert.equal(durationText(ms), text);
});
