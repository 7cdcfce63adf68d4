import assert from "node:assert/strict";
import test from "node:test";
import { InputError } from "../../src/data/errors.ts";
import { chunkText, type Chunk, type ChunkPolicy } from "../../src/embed/chunks.ts";
import { loadTokenizer } from "../../src/embed/tokens.ts";
import { createRandom } from "../formats/samples.ts";

const tokenizer = await loadTokenizer();

/** Chunks of a text, after what must be true of all. */
function chunksOf(text: string, policy: ChunkPolicy): Chunk[] {
  const chunks = [...chunkText(text, policy, tokenizer)];
  let end = 0;
  for (const [index, chunk] of chunks.entries()) {
    const told = `${JSON.stringify(text.slice(0, 60))}, ${JSON.stringify(policy)}, chunk ${index}`;
    assert.deepEqual([chunk.index, chunk.count], [index, chunks.length], told);
    assert.equal(chunk.text, text.slice(chunk.start, chunk.end), told);
    assert.equal(chunk.tokens, tokenizer.countTokens(chunk.text), told);
    assert.ok(chunk.tokens <= policy.maxTokens, `${told}: ${chunk.tokens} tokens`);
    assert.ok(chunk.text.isWellFormed() || !text.isWellFormed(), told);
    assert.ok(chunk.start <= end && chunk.end > end, `${told}: ${chunk.start} to ${chunk.end} after ${end}`);
    if (policy.overlap === 0) assert.equal(chunk.start, end, told);
    end = chunk.end;
  }
  assert.equal(end, text.length);
  return chunks;
}

const ALPHABET = [
  "a",
  "the",
  " of",
  " ",
  "  ",
  "\n",
  "\r\n",
  "don't",
  "12345",
  "é",
  "日本語",
  "🙂",
  "👨‍👩‍👧",
  "ก็",
  "!",
  "\u0301",
  "\0",
];
ALPHABET.push("<|endoftext|>", "internationalization", "\ufeff", "\u0085", "𝒜", "xq");

function randomText(length: number, seed: number): string {
  const random = createRandom(seed);
  return Array.from({ length }, () => ALPHABET[Math.floor(random() * ALPHABET.length)]).join("");
}

test("a text that fits is one chunk, an empty one none", () => {
  assert.deepEqual(chunksOf("", { maxTokens: 16, overlap: 0 }), []);
  const whole = { text: "Hello world", index: 0, count: 1, start: 0, end: 11, tokens: 2 };
  assert.deepEqual(chunksOf("Hello world", { maxTokens: 16, overlap: 8 }), [whole]);
  assert.equal(chunksOf("word ".repeat(15).trim(), { maxTokens: 16, overlap: 0 }).length, 1);
});

test("a text of words is cut between words, as many tokens a chunk as allowed", () => {
  const text = `one${" two".repeat(99)}`;
  const chunks = chunksOf(text, { maxTokens: 20, overlap: 0 });
  assert.deepEqual(
    chunks.map(({ tokens }) => tokens),
    [20, 20, 20, 20, 20],
  );
  assert.ok(chunks.slice(1).every((chunk) => chunk.text.startsWith(" two")));
});

test("chunks repeat the tokens that they should", () => {
  const text = `one${" two".repeat(99)}`;
  const chunks = chunksOf(text, { maxTokens: 20, overlap: 5 });
  assert.deepEqual(
    chunks.map(({ start, end }) => [Math.ceil(start / 4), Math.ceil(end / 4)]),
    [
      [0, 20],
      [15, 35],
      [30, 50],
      [45, 65],
      [60, 80],
      [75, 95],
      [90, 100],
    ],
  );
});

test("random texts of all kinds of characters, under all policies", () => {
  for (let seed = 0; seed < 150; seed++) {
    const text = randomText(1 + seed * 3, seed);
    for (const maxTokens of [16, 17, 50, 200]) {
      for (const overlap of [0, 1, Math.floor(maxTokens / 2)]) chunksOf(text, { maxTokens, overlap });
    }
  }
});

test("tokens that end within a character are never cut there", () => {
  for (const text of ["🙂", "👩🏽‍🚀", "𝒜", "日", "龘", "ก็", "\u{1f9ff}", "\u{20000}"]) {
    for (const overlap of [0, 3, 8]) chunksOf(`a${text.repeat(100)}`, { maxTokens: 16, overlap });
  }
});

test("a lone surrogate does no harm", () => {
  for (const text of ["\ud800", "a\udc00".repeat(50), "\ud83d ".repeat(40)])
    chunksOf(text, { maxTokens: 16, overlap: 2 });
});

test("time is proportional to the text, whatever it is", () => {
  const policy = { maxTokens: 8191, overlap: 100 };
  for (const text of ["a", "日", " ", "🙂", "word ", "=", "\n"]) {
    const begin = performance.now();
    const chunks = chunksOf(text.repeat(100_000 / text.length), policy);
    const seconds = (performance.now() - begin) / 1000;
    assert.ok(chunks.length > 0 && seconds < 10, `${JSON.stringify(text)}: ${seconds} s`); // squared it were minutes
  }
});

test("policies that are not allowed are refused", () => {
  for (const [policy, message] of [
    [{ maxTokens: 15, overlap: 0 }, /^Chunks of 15 tokens are not allowed: give a whole number from 16$/],
    [{ maxTokens: 20.5, overlap: 0 }, /^Chunks of 20.5 tokens/],
    [{ maxTokens: Number.NaN, overlap: 0 }, /^Chunks of NaN tokens/],
    [{ maxTokens: 20, overlap: 11 }, /^An overlap of 11 tokens is not allowed: give a whole number from 0 to 10/],
    [{ maxTokens: 20, overlap: -1 }, /^An overlap of -1/],
    [{ maxTokens: 20, overlap: 0.5 }, /^An overlap of 0.5/],
  ] as const) {
    assert.throws(
      () => [...chunkText("x", policy, tokenizer)],
      (error) => error instanceof InputError && message.test(error.message),
    );
  }
});
