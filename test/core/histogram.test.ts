import assert from "node:assert/strict";
import test from "node:test";
import { createByteCounter } from "../../src/core/histogram.ts";
import { createCore } from "../../src/core/instance.ts";
import { createRandom } from "../formats/samples.ts";

const PIECE = 1 << 20; // what the core takes at once

/** How often each byte occurs, one by one. */
function twin(bytes: Uint8Array): number[] {
  const counts = new Array<number>(256).fill(0);
  for (const byte of bytes) counts[byte]!++;
  return counts;
}

function count(bytes: Uint8Array): number[] {
  const counts = new Float64Array(256);
  createByteCounter(createCore())(bytes, counts);
  return [...counts];
}

/** Random bytes of which this share is 0, in runs. */
function random(length: number, zeros: number, seed = 1): Uint8Array {
  const next = createRandom(seed);
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const end = Math.min(length, at + 1 + Math.floor(next() * 20));
    if (next() < zeros) at = end;
    while (at < end) bytes[at++] = Math.floor(next() * 256);
  }
  return bytes;
}

test("known answers", () => {
  const only = (counts: Readonly<Record<number, number>>) =>
    Array.from({ length: 256 }, (_, value) => counts[value] ?? 0);
  assert.deepEqual(count(new Uint8Array(0)), only({}));
  assert.deepEqual(count(Uint8Array.of(0)), only({ 0: 1 }));
  assert.deepEqual(count(Uint8Array.of(255, 0, 7, 255, 128)), only({ 0: 1, 7: 1, 128: 1, 255: 2 }));
  assert.deepEqual(count(new Uint8Array(17)), only({ 0: 17 }));
  assert.deepEqual(count(new Uint8Array(17).fill(255)), only({ 255: 17 }));
  assert.deepEqual(count(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0)), only({ 0: 14, 1: 2 }));
  assert.deepEqual(count(Uint8Array.from({ length: 512 }, (_, i) => i)), new Array(256).fill(2));
});

test("every length and offset up to a few words equals the twin", () => {
  for (const zeros of [0, 0.5, 0.95]) {
    const bytes = random(100, zeros, 2);
    for (let length = 0; length <= 67; length++) {
      for (let offset = 0; offset < 9; offset++) {
        const part = bytes.subarray(offset, offset + length);
        assert.deepEqual(count(part), twin(part), `${length} bytes at ${offset}, ${zeros} zeros`);
      }
    }
  }
});

test("bytes beyond one piece equal the twin", () => {
  for (const length of [PIECE - 1, PIECE, PIECE + 1, PIECE + 9, 2 * PIECE, 2 * PIECE + 13]) {
    const bytes = random(length, 0.9, 3);
    assert.deepEqual(count(bytes), twin(bytes), `${length} bytes`);
  }
});

test("counts are added to what was there, whatever was counted before", () => {
  const counter = createByteCounter(createCore());
  const counts = new Float64Array(256).fill(2 ** 40);
  const expected = [...counts];
  for (const [seed, length] of [3000, 8, 0, 1, 777].entries()) {
    const bytes = random(length, 0.5, 4 + seed);
    counter(bytes, counts);
    twin(bytes).forEach((found, value) => (expected[value]! += found));
    assert.deepEqual([...counts], expected, `after ${length} bytes`);
  }
});

test("the bytes themselves are not changed, and two counters of a core do not meet", () => {
  const core = createCore();
  const [a, b] = [createByteCounter(core), createByteCounter(core)];
  const bytes = random(5000, 0.5, 9);
  const before = bytes.slice();
  const [countsA, countsB] = [new Float64Array(256), new Float64Array(256)];
  a(bytes, countsA);
  b(bytes.subarray(0, 1234), countsB);
  a(bytes, countsA);
  assert.deepEqual(bytes, before);
  assert.deepEqual(
    [...countsA],
    twin(bytes).map((found) => 2 * found),
  );
  assert.deepEqual([...countsB], twin(bytes.subarray(0, 1234)));
});
