import assert from "node:assert/strict";
import test from "node:test";
import { crc32, crc32Combine } from "../../src/formats/crc32.ts";
import { crc32 as twin } from "../reference/crc32.ts";
import { createRandom, samples } from "./samples.ts";

const bytes = samples.random!(3000, createRandom(1));

test("the crc of a callers' own core equals the twin, also when continued", () => {
  assert.equal(crc32(bytes), twin(bytes));
  assert.equal(crc32(bytes.subarray(100), crc32(bytes.subarray(0, 100))), twin(bytes));
});

test("the crcs of two parts combine to that of the whole, at every cut", () => {
  const whole = twin(bytes);
  for (let cut = 0; cut <= bytes.length; cut += cut < 40 ? 1 : 97) {
    const [first, second] = [bytes.subarray(0, cut), bytes.subarray(cut)];
    assert.equal(crc32Combine(twin(first), twin(second), second.length), whole, `cut at ${cut}`);
  }
});

test("nothing before and nothing after change nothing", () => {
  assert.equal(crc32Combine(0, 0x12345678, 10 ** 12), 0x12345678);
  assert.equal(crc32Combine(0xfedcba98, 0, 0), 0xfedcba98);
  assert.equal(crc32Combine(0, 0, 0), 0);
});

test("combining is associative beyond 2^32 bytes, and a length is not taken modulo 2^32", () => {
  const [a, b, c] = [0x0badcafe, 0x80000001, 0xffffffff];
  for (const [second, third] of [
    [5, 2 ** 32],
    [2 ** 32 + 3, 2 ** 33 - 1],
    [2 ** 40 + 12345, 7],
    [2 ** 51, 2 ** 52 + 1],
  ] as const) {
    const left = crc32Combine(crc32Combine(a, b, second), c, third);
    const right = crc32Combine(a, crc32Combine(b, c, third), second + third);
    assert.equal(left, right, `${second} and ${third} bytes`);
  }
  assert.notEqual(crc32Combine(a, b, 2 ** 32 + 3), crc32Combine(a, b, 3));
});

test("zeros doubled up to 8 GiB give what Python's zlib.crc32 gives", () => {
  let [crc, length] = [twin(new Uint8Array(1024)), 1024];
  const doubledTo = (end: number) => {
    for (; length < end; length *= 2) crc = crc32Combine(crc, crc, length);
    return crc;
  };
  assert.equal(doubledTo(2 ** 30), 0x5b64c2b0);
  assert.equal(doubledTo(2 ** 33), 0x41d912ff);
});
