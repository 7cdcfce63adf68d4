import assert from "node:assert/strict";
import test from "node:test";
import { canonicalSeed, keyOf, type Seed } from "../../src/core/key.ts";
import { streams } from "../../src/core/streams.ts";
import { InputError } from "../../src/data/errors.ts";

const integers: readonly (readonly [seed: Seed, canonical: string, key: readonly [number, number]])[] = [
  [0, "0", [0, 0]],
  [-0, "0", [0, 0]],
  ["0", "0", [0, 0]],
  [0n, "0", [0, 0]],
  [42, "42", [42, 0]],
  ["42", "42", [42, 0]],
  [" 42\n", "42", [42, 0]],
  ["0042", "42", [42, 0]],
  [2 ** 32, "4294967296", [0, 1]],
  [Number.MAX_SAFE_INTEGER, "9007199254740991", [0xffffffff, 0x1fffff]],
  [0x123456789abcdef0n, "1311768467463790320", [0x9abcdef0, 0x12345678]],
  [2n ** 64n - 1n, "18446744073709551615", [0xffffffff, 0xffffffff]],
  ["18446744073709551615", "18446744073709551615", [0xffffffff, 0xffffffff]],
];

for (const [seed, canonical, key] of integers) {
  test(`seed ${inspect(seed)} is the integer ${canonical}, low word first`, () => {
    assert.equal(canonicalSeed(seed), canonical);
    assert.deepEqual(keyOf(seed), key);
  });
}

test("a text is its own canonical seed and has a fixed key", () => {
  assert.equal(canonicalSeed("hello"), "hello");
  assert.deepEqual(keyOf("hello"), [0xa74270bc, 0x4921c14c]);
  for (const text of ["seed 1", "v2", "NaN", "1.2.3", "f00d", "1,000"]) assert.equal(canonicalSeed(text), text);
});

// seedrandom reads a text cyclically and only the low byte of each UTF-16 unit.
const alike = [
  ["a", "aa"],
  ["ab", "abab"],
  ["Aa", "\u0141a"],
  ["\u4e00\u4e8c", "\u5000\u518c"],
] as const;

test("texts that differ have different keys", () => {
  for (const [one, other] of alike) assert.notDeepEqual(keyOf(one), keyOf(other), `"${one}" and "${other}"`);
});

test("the canonical seed is canonical: it is its own, and gives the same key", () => {
  for (const seed of [0, 42n, "007", "hello", " padded "]) {
    const canonical = canonicalSeed(seed);
    assert.equal(canonicalSeed(canonical), canonical);
    assert.deepEqual(keyOf(canonical), keyOf(seed));
  }
});

const refused: readonly Seed[] = [
  ...[-1, 1.5, 2 ** 53, 2 ** 64, NaN, Infinity, -Infinity],
  ...[-1n, 2n ** 64n],
  ...["", " ", "-1", "+1", "1.5", "1e3", "0x10", "0b1", "Infinity", "-Infinity", "18446744073709551616", "1e400"],
];

for (const seed of refused) {
  test(`seed ${inspect(seed)} is refused`, () => {
    assert.throws(() => canonicalSeed(seed), InputError);
    assert.throws(() => keyOf(seed), InputError);
  });
}

test("stream numbers are distinct 32-bit words, and those given out stay what they are", () => {
  const numbers = Object.values(streams);
  assert.equal(new Set(numbers).size, numbers.length);
  for (const number of numbers) assert.equal(number >>> 0, number);
  const { fill, vectors, cls, audit } = streams;
  assert.deepEqual({ fill, vectors, cls, audit }, { fill: 0, vectors: 1, cls: 2, audit: 3 });
});

function inspect(seed: Seed): string {
  if (typeof seed === "bigint") return `${seed}n`;
  return typeof seed === "string" ? JSON.stringify(seed) : Object.is(seed, -0) ? "-0" : String(seed);
}
