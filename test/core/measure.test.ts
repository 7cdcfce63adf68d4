import assert from "node:assert/strict";
import test from "node:test";
import { createCore } from "../../src/core/instance.ts";
import { createSummarizer, emptySummary, mergeSummaries, type Summary } from "../../src/core/measure.ts";
import { normals } from "../reference/normals.ts";
import { summary } from "../reference/summary.ts";

const core = createCore();
const summarize = createSummarizer(core);

/** A copy of the values in the core's memory. */
function inMemory(values: Float32Array): Float32Array {
  const pointer = core.alloc(values.byteLength); // may grow memory, so before its buffer is looked at
  const lent = new Float32Array(core.kernels.memory.buffer, pointer, values.length);
  lent.set(values);
  return lent;
}

function asList({ min, max, sum, squares, nan }: Summary): number[] {
  return [min, max, sum, squares, nan];
}

/** deepEqual of node:assert/strict compares by Object.is: NaN equals NaN, and -0 differs from 0. */
function assertTwin(values: Float32Array): void {
  const measured = summarize(inMemory(values));
  assert.equal(measured.count, values.length);
  assert.deepEqual(asList(measured), summary(values), `${values.length} values`);
}

// Twelve decades, so that the sums are not exact and any other order gives other last bits.
const mixed = normals({ key: [9, 9], stream: 3 }, 0n, 5000).map((z, i) => z * 10 ** ((i % 13) - 6));

test("the summary equals the twin at every length, to the last bit", () => {
  for (let length = 0; length <= 67; length++) assertTwin(mixed.subarray(length, 2 * length));
  for (const length of [159, 160, 161, 1279, 1280, 1281, 5000]) assertTwin(mixed.subarray(0, length));
});

test("the kernel writes its five numbers only", () => {
  const region = core.alloc(40 + 2 * 64);
  const values = inMemory(mixed);
  core.bytes(region, 40 + 2 * 64).fill(0xaa);
  core.kernels.summarize(region + 64, values.byteOffset, values.length);
  assert.ok(core.bytes(region, 64).every((byte) => byte === 0xaa));
  assert.ok(core.bytes(region + 104, 64).every((byte) => byte === 0xaa));
  assert.deepEqual([...values], [...mixed]);
});

const special = [NaN, Infinity, -Infinity, -0, 0, 1, -2, 3.4028234663852886e38, -1e-45];

test("NaN, infinities and zeros of either sign, in every lane and in the tail, equal the twin", () => {
  const values = Float32Array.from(mixed.subarray(0, 23));
  for (const one of special) {
    for (let at = 0; at < values.length; at++) {
      for (const other of special) {
        const copy = values.slice();
        copy[at] = one;
        copy[(at + 5) % copy.length] = other;
        assertTwin(copy);
      }
    }
  }
  for (const one of special) for (let length = 1; length <= 9; length++) assertTwin(new Float32Array(length).fill(one));
});

test("NaN counts as NaN and as nothing else, of either sign and any payload", () => {
  const values = new Float32Array([3, 0, 0, -1, 0, 0, 7]);
  new Uint32Array(values.buffer).set([0x7fc00000, 0xffc00001], 1);
  new Uint32Array(values.buffer).set([0x7fffffff, 0xff800001], 4);
  const { count, ...rest } = summarize(inMemory(values));
  assert.equal(count, 7);
  assert.deepEqual(rest, { nan: 4, min: -1, max: 7, sum: 9, squares: 59 });
  const allNaN = summarize(inMemory(new Float32Array(9).fill(NaN)));
  assert.deepEqual(allNaN, { ...emptySummary, count: 9, nan: 9 });
});

test("the summary agrees with a plain float64 loop", () => {
  let sum = 0;
  let squares = 0;
  for (const x of mixed) {
    sum += x;
    squares += x * x;
  }
  const measured = summarize(mixed);
  assert.ok(Math.abs(measured.sum - sum) <= 1e-9 * Math.sqrt(squares * mixed.length));
  assert.ok(Math.abs(measured.squares - squares) <= 1e-12 * squares);
  assert.equal(measured.min, Math.min(...mixed));
  assert.equal(measured.max, Math.max(...mixed));
});

function assertSameElsewhere(lengths: readonly number[]): void {
  for (const length of lengths) {
    const values = Float32Array.from({ length }, (_, i) => mixed[(i * 7) % mixed.length]!);
    const shifted = new Float32Array(new ArrayBuffer(4 * length + 12), 4, length);
    shifted.set(values);
    const expected = summarize(inMemory(values));
    assert.deepEqual(summarize(values), expected, `${length} values`);
    assert.deepEqual(summarize(shifted), expected, `${length} values at an offset`);
  }
}

test("values elsewhere give the same summary as values in the core's memory", () => {
  assertSameElsewhere([0, 1, 3, 66, 5000, 16_383, 16_384]);
});

test("so do values beyond one lent piece", () => {
  assertSameElsewhere([16_385, 50_001]);
});

test("summaries merge, and the empty one changes nothing", () => {
  const a = summarize(mixed.subarray(0, 1000));
  const b = summarize(mixed.subarray(1000));
  const merged = mergeSummaries(a, b);
  const whole = summarize(mixed);
  assert.deepEqual(
    { count: merged.count, nan: merged.nan, min: merged.min, max: merged.max },
    { count: whole.count, nan: whole.nan, min: whole.min, max: whole.max },
  );
  assert.ok(Math.abs(merged.squares - whole.squares) <= 1e-12 * whole.squares);
  assert.deepEqual(mergeSummaries(emptySummary, a), a);
  assert.deepEqual(mergeSummaries(a, emptySummary), a);
});
