import assert from "node:assert/strict";
import test from "node:test";
import { inflateSync } from "node:zlib";
import { createLineDeflater } from "../../src/formats/scanlines.ts";
import { assertSameBytes } from "../reference/same.ts";
import { createRandom, samples } from "./samples.ts";

const GUARD = 0xa5;

/** The stream of the lines, from a place in a buffer of which nothing else may change. */
function deflate(lines: Uint8Array, lineBytes: number): Uint8Array {
  const deflater = createLineDeflater(lineBytes, lines.length / lineBytes);
  const before = 3;
  const out = new Uint8Array(before + deflater.maxBytes + 16).fill(GUARD);
  const end = deflater.deflateInto(lines, out, before);
  assert.ok(end - before <= deflater.maxBytes, `${end - before} bytes, expected at most ${deflater.maxBytes}`);
  const outside = [...out.subarray(0, before), ...out.subarray(before + deflater.maxBytes)];
  assert.ok(
    outside.every((byte) => byte === GUARD),
    "bytes outside were written",
  );
  return out.slice(before, end);
}

// zlib checks the Adler-32 too.
function assertInflates(lines: Uint8Array, lineBytes: number, what: string): Uint8Array {
  const stream = deflate(lines, lineBytes);
  assertSameBytes(inflateSync(stream), lines, what);
  return stream;
}

test("zlib inflates lines of all kinds to what they were", () => {
  const random = createRandom(1);
  for (const [kind, make] of Object.entries(samples)) {
    for (const [lineBytes, lineCount] of [
      [1, 1],
      [2, 1],
      [2, 2],
      [9, 8],
      [17, 16],
      [65, 64],
      [256, 255],
      [5, 13107],
    ] as const) {
      for (let round = 0; round < 5; round++) {
        assertInflates(make(lineBytes * lineCount, random), lineBytes, `${lineCount} lines of ${lineBytes}, ${kind}`);
      }
    }
  }
});

test("every length of a match, at the byte before and in the line above", () => {
  for (let length = 1; length <= 600; length++) {
    const run = new Uint8Array(length + 2).fill(7);
    run[0] = 1;
    run[length + 1] = 2;
    assertInflates(run, run.length, `run of ${length}`);
    const line = Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 3)) % 251);
    assertInflates(Uint8Array.from([...line, ...line]), length, `copy of ${length}`);
  }
});

test("every distance to the line above", () => {
  const random = createRandom(2);
  for (let lineBytes = 1; lineBytes <= 300; lineBytes++) {
    const line = samples["random"]!(lineBytes, random);
    const lines = Uint8Array.from([...line, ...line, ...line]);
    const stream = assertInflates(lines, lineBytes, `distance ${lineBytes}`);
    if (lineBytes >= 16) assert.ok(stream.length < 2.5 * lineBytes, `${stream.length} bytes for lines of ${lineBytes}`);
  }
});

test("every byte value alone", () => {
  const values = Uint8Array.from({ length: 256 }, (_, i) => (i * 37) % 256);
  assertInflates(values, 16, "all values");
});

test("what does not shrink is stored, so that no stream becomes longer than foretold", () => {
  const noise = samples["random"]!(17 * 16, createRandom(3));
  assert.equal(deflate(noise, 17).length, 2 + 5 + noise.length + 4);
  for (let share = 0; share <= 1; share += 0.01) {
    const random = createRandom(4);
    assertInflates(
      noise.map((byte) => (random() < share ? byte : 0)),
      17,
      `noise ${share}`,
    );
  }
});

test("flat lines shrink to almost nothing", () => {
  assert.ok(deflate(new Uint8Array(17 * 16), 17).length <= 14);
});

test("more than one block can hold is refused", () => {
  assert.throws(() => createLineDeflater(257, 256), /65792.*65535/);
});
