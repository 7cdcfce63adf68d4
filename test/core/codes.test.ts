import assert from "node:assert/strict";
import test from "node:test";
import { codeStream } from "../../src/core/flat.ts";
import { createCore } from "../../src/core/instance.ts";
import { codes } from "../reference/codes.ts";
import { assertSameBytes } from "../reference/same.ts";
import { wordAt, type Address } from "../reference/words.ts";

const address: Address = { key: [5, 6], stream: 2 };
const COUNT = 3333;
const core = createCore();

function draw(thresholds: readonly number[], first = 0n, count = COUNT): Uint8Array {
  return codeStream(core, address, thresholds, count).read(first, count);
}

const tables: readonly (readonly [name: string, thresholds: readonly number[]])[] = [
  ["none", []],
  ["lowest", [0]],
  ["second lowest", [1]],
  ["highest", [0xffffffff]],
  ["both ends", [0, 1, 0xffffffff]],
  ["equal neighbours", [0x40000000, 0x40000000, 0x40000000, 0xc0000000]],
  ["around the sign bit", [0x7fffffff, 0x80000000, 0x80000001]],
  ["255, even", Array.from({ length: 255 }, (_, i) => (i + 1) * 2 ** 24)],
  ["255 lowest", Array.from({ length: 255 }, () => 0)],
  ["255 highest", Array.from({ length: 255 }, () => 0xffffffff)],
];

for (const [name, thresholds] of tables) {
  test(`thresholds: ${name}`, () => {
    assertSameBytes(draw(thresholds, 17n), codes(address, thresholds, 17n, COUNT), name);
  });
}

test("even thresholds give the top byte of the word", () => {
  const drawn = draw(Array.from({ length: 255 }, (_, i) => (i + 1) * 2 ** 24));
  const topBytes = Uint8Array.from(drawn, (_, i) => wordAt(address, BigInt(i)) >>> 24);
  assertSameBytes(drawn, topBytes, "top bytes");
});

test("a threshold belongs to the class above it, in every place of a group", () => {
  for (let element = 0n; element < 16n; element++) {
    const word = wordAt(address, element);
    assert.deepEqual([...draw([word - 1, word, word + 1], element, 1)], [2]);
  }
});

test("more than 255 thresholds are refused", () => {
  assert.throws(() => draw(Array.from({ length: 256 }, (_, i) => i)), /at most 255 thresholds, got 256/);
});

test("streams with different thresholds on one core keep their own", () => {
  const one = codeStream(core, address, [0x80000000], 100);
  const two = codeStream(core, address, [0x10000000, 0x20000000], 100);
  assertSameBytes(one.read(0n, 100), codes(address, [0x80000000], 0n, 100), "one");
  assertSameBytes(two.read(0n, 100), codes(address, [0x10000000, 0x20000000], 0n, 100), "two");
  assertSameBytes(one.read(0n, 100), codes(address, [0x80000000], 0n, 100), "one again");
});
