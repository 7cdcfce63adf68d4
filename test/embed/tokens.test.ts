import assert from "node:assert/strict";
import test from "node:test";
import { loadTokenizer } from "../../src/embed/tokens.ts";

const tokenizer = await loadTokenizer();

// The first four from OpenAI's cookbook, the next five from tiktoken's own tests, the others made with tiktoken 0.14.0.
const KNOWN: readonly (readonly [text: string, tokens: readonly number[]])[] = [
  ["tiktoken is great!", [83, 1609, 5963, 374, 2294, 0]],
  ["antidisestablishmentarianism", [519, 85342, 34500, 479, 8997, 2191]],
  ["2 + 2 = 4", [17, 489, 220, 17, 284, 220, 19]],
  ["お誕生日おめでとう", [33334, 45918, 243, 21990, 9080, 33334, 62004, 16556, 78699]],
  ["hello world", [15339, 1917]],
  ["'rer", [2351, 81]],
  ["today\n ", [31213, 198, 220]],
  ["today\n \n", [31213, 27907]],
  ["today\n  \n", [31213, 14211]],
  ["", []],
  ["<|endoftext|>", [27, 91, 8862, 728, 428, 91, 29]],
  ["a'ſb", [64, 6, 129, 123, 65]],
  ["x\u0085\u0085y", [87, 126, 227, 126, 227, 88]],
  ["a \ufeff\ufeff b", [64, 76880, 3305, 293]],
  ["👨‍👩‍👧 日本語", [9468, 239, 101, 378, 235, 9468, 239, 102, 378, 235, 9468, 239, 100, 76502, 22656, 45918, 252]],
  ["a  \n\n  b \r\n ", [64, 19124, 220, 293, 2591, 220]],
  ["\u3000\u3000x", [23249, 23249, 87]],
  ["don'T 1234567", [15357, 17773, 220, 4513, 10961, 22]],
  [
    "qwertyuiopasdfghjklzxcvbnmmnbvcxz",
    [70391, 1368, 2005, 454, 77715, 876, 73, 10784, 89, 8311, 85, 11328, 3906, 18571, 7513, 94055],
  ],
  [
    "Donaudampfschifffahrtsgesellschaftskapitän",
    [35, 6863, 664, 1141, 3933, 331, 333, 544, 1494, 3423, 2034, 288, 70801, 4991, 391, 275, 15492],
  ],
  ["aaabbbaaabbbababababaaaabaaab", [5418, 12806, 4749, 89707, 6194, 370, 370, 370, 370, 33746, 370, 5418, 370]],
  ["======>>>>>====>>--->>>==", [46447, 18649, 29, 608, 2511, 313, 405, 2511, 419]],
  ["ninininininginginininginin", [77, 65544, 258, 5859, 287, 258, 5859, 65544]],
];

test("tokens are those of tiktoken", () => {
  for (const [text, tokens] of KNOWN) {
    assert.deepEqual(tokenizer.encode(text), tokens, JSON.stringify(text));
    assert.equal(tokenizer.countTokens(text), tokens.length);
  }
});

test("a token ends where its last whole character does", () => {
  assert.deepEqual(tokenizer.tokenEnds("hello world"), [5, 11]);
  // Three tokens of an astral character of four bytes, a joiner of two tokens.
  assert.deepEqual(tokenizer.tokenEnds("👨‍👩"), [0, 0, 2, 2, 3, 3, 3, 5]);
  for (const [text, tokens] of KNOWN) {
    const ends = tokenizer.tokenEnds(text);
    assert.deepEqual([ends.length, ends.at(-1) ?? 0], [tokens.length, text.length]);
    assert.ok(ends.every((end, at) => end >= (ends[at - 1] ?? 0) && text.slice(0, end).isWellFormed()));
  }
});

test("a long text has the tokens of its parts, wherever the reader's window ends", () => {
  const sentence = "It's 日本語 𝒜𝒜, 12345 times…\r\n\r\n   and 👨‍👩‍👧  ";
  const [count, tokens] = [2500, tokenizer.encode(`${sentence}|`)];
  for (const start of ["", "x", "xy", "xyz", "\n"]) {
    const first = tokenizer.encode(`${start}|`);
    const expected = [...first, ...Array.from({ length: count }, () => tokens).flat()];
    assert.deepEqual(tokenizer.encode(`${start}|${`${sentence}|`.repeat(count)}`), expected);
  }
});

test("a character of two units is not cut where the reader's window ends", () => {
  const head = "x\n".repeat(32_764);
  for (let letters = 1; letters < 12; letters++) {
    const word = `${"a".repeat(letters)}𝒜𝒜cd`;
    const expected = [...tokenizer.encode(head), ...tokenizer.encode(word)];
    assert.deepEqual(tokenizer.encode(head + word), expected, `${letters} letters`);
  }
});

test("letters, spaces and signs without end take time in proportion", () => {
  for (const [letter, perToken] of [
    ["a", 8],
    [" ", 128],
    ["日", 1],
  ] as const) {
    const begin = performance.now();
    assert.equal(tokenizer.countTokens(letter.repeat(65_536)), 65_536 / perToken); // as tiktoken has it
    assert.ok(tokenizer.countTokens(letter.repeat(1 << 19)) >= (1 << 19) / perToken);
    assert.ok(performance.now() - begin < 15_000);
  }
});

test("lone surrogates are counted as what UTF-8 has in their place", () => {
  for (const text of ["\ud800", "a\udc00b", "\udc00\ud800"]) {
    assert.deepEqual(tokenizer.encode(text), tokenizer.encode(text.toWellFormed()));
    assert.equal(tokenizer.tokenEnds(text).at(-1), text.length);
  }
});
