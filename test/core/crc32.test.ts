import assert from "node:assert/strict";
import test from "node:test";
import * as zlib from "node:zlib";
import { createCore } from "../../src/core/instance.ts";
import { createCrc32 } from "../../src/core/measure.ts";
import { crc32 as twin } from "../reference/crc32.ts";
import { words } from "../reference/words.ts";

const core = createCore();
const crc32 = createCrc32(core);
const bytes = new Uint8Array(words({ key: [1, 2], stream: 3 }, 0n, 50_000).buffer);

function inMemory(data: Uint8Array): Uint8Array {
  const lent = core.bytes(core.alloc(data.length), data.length);
  lent.set(data);
  return lent;
}

test("known answers", () => {
  const ascii = (text: string) => new TextEncoder().encode(text);
  for (const crc of [twin, crc32]) {
    assert.equal(crc(ascii("123456789")), 0xcbf43926);
    assert.equal(crc(ascii("")), 0);
    assert.equal(crc(ascii("a")), 0xe8b7be43);
    assert.equal(crc(new Uint8Array(32)), 0x190a55ad);
    assert.equal(crc(new Uint8Array(32).fill(0xff)), 0xff6cab0b);
  }
});

test("every length and offset equals the twin, in the core's memory and elsewhere", () => {
  const lent = inMemory(bytes.subarray(0, 200));
  for (let length = 0; length <= 67; length++) {
    for (let offset = 0; offset < 9; offset++) {
      const data = bytes.subarray(offset, offset + length);
      const expected = twin(data);
      assert.equal(crc32(data), expected, `${length} bytes at ${offset}`);
      assert.equal(crc32(lent.subarray(offset, offset + length)), expected, `${length} bytes at ${offset}, lent`);
    }
  }
});

test("bytes beyond one piece, at an odd offset, equal the twin", () => {
  for (const length of [65_535, 65_536, 65_537, 131_072, 199_999]) {
    const data = bytes.subarray(1, 1 + length);
    const expected = twin(data);
    assert.equal(crc32(data), expected, `${length} bytes`);
    assert.equal(crc32(inMemory(data)), expected, `${length} bytes, lent`);
    if ("crc32" in zlib) assert.equal(zlib.crc32(data), expected, `${length} bytes, zlib`);
  }
});

test("the crc of parts, each continuing the last, is the crc of the whole", () => {
  const whole = crc32(bytes.subarray(0, 1000));
  for (let cut = 0; cut <= 1000; cut += 13) {
    assert.equal(crc32(bytes.subarray(cut, 1000), crc32(bytes.subarray(0, cut))), whole);
  }
});

test("the bytes themselves are not changed", () => {
  const before = bytes.slice(0, 1000);
  crc32(bytes);
  assert.deepEqual(bytes.subarray(0, 1000), before);
});
