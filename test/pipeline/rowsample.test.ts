import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { createCore } from "../../src/core/instance.ts";
import { keyOf } from "../../src/core/key.ts";
import { streams } from "../../src/core/streams.ts";
import { createRowPriorities, createRowSample, priorityOfId } from "../../src/pipeline/rowsample.ts";
import { chiSquareTail } from "../../src/report/chisquare.ts";
import { createRandom } from "../formats/samples.ts";
import { makeRows } from "../formats/vectorbytes.ts";
import { sampleBySorting } from "../reference/rowsample.ts";
import { wordAt } from "../reference/words.ts";

type Priority = readonly [number, number];

function take(size: number, dim: number, priorities: readonly Priority[], rows: Float32Array, order?: number[]) {
  const sample = createRowSample(size, dim);
  for (const row of order ?? priorities.keys()) sample.add(...priorities[row]!, rows, row * dim);
  assert.equal(sample.seen, priorities.length);
  return sample.finish();
}

/** Some high words are equal, so that the low ones decide. */
function makePriorities(count: number, seed: number): Priority[] {
  const random = createRandom(seed);
  const word = () => Math.floor(random() * 2 ** 32);
  return Array.from({ length: count }, (_, row) => [row % 3 === 0 ? 7 : word(), word()]);
}

function shuffled(count: number, seed: number): number[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, row) => [random(), row] as const)
    .sort(([a], [b]) => a - b)
    .map(([, row]) => row);
}

test("a sample is that of sorting, at all lengths, in any order of arrival", () => {
  for (let count = 0; count < 68; count++) {
    const [dim, size] = [1 + (count % 5), 1 + ((count * 13) % 40)];
    const rows = makeRows(count, dim, count);
    const priorities = makePriorities(count, count + 1);
    const expected = sampleBySorting(size, dim, priorities, rows);
    for (const order of [undefined, shuffled(count, 1), shuffled(count, 2)]) {
      const found = take(size, dim, priorities, rows, order);
      assert.deepEqual([found.rows, found.seen], [Math.min(size, count), count]);
      assert.deepEqual(found.data, expected, `${count} rows, size ${size}`);
    }
  }
});

test("a larger size contains the smaller, as its first rows", () => {
  const rows = makeRows(5000, 3);
  const priorities = makePriorities(5000, 9);
  const all = take(5000, 3, priorities, rows).data;
  for (const size of [0, 1, 2, 100, 4999]) {
    assert.deepEqual(take(size, 3, priorities, rows).data, all.slice(0, size * 3), `size ${size}`);
  }
  assert.deepEqual(take(9000, 3, priorities, rows).data, all);
});

test("the ends of the range of priorities are kept apart", () => {
  const ends: Priority[] = [
    [0xffffffff, 0xffffffff],
    [0xffffffff, 0xfffffffe],
    [0x80000000, 0],
    [0x7fffffff, 0xffffffff],
    [0, 0x80000000],
    [0, 0],
  ];
  const rows = Float32Array.of(5, 4, 3, 2, 1, 0);
  assert.deepEqual(take(6, 1, ends, rows).data, Float32Array.of(0, 1, 2, 3, 4, 5));
  assert.deepEqual(take(3, 1, ends, rows).data, Float32Array.of(0, 1, 2));
});

test("of equal priorities the first to come stays", () => {
  const sample = createRowSample(1, 1);
  for (const value of [1, 2, 3]) sample.add(4, 4, Float32Array.of(value), 0);
  assert.deepEqual(sample.finish().data, Float32Array.of(1));
});

test("every row is as likely to be in a sample, and at its first place", () => {
  const [count, size, seeds] = [40, 10, 4000];
  const core = createCore();
  const rows = Float32Array.from({ length: count }, (_, row) => row);
  const [kept, first] = [new Float64Array(count), new Float64Array(count)];
  for (let seed = 0; seed < seeds; seed++) {
    core.reset();
    const words = createRowPriorities(core, keyOf(seed), count)(0, count);
    const sample = createRowSample(size, 1);
    for (let row = 0; row < count; row++) sample.add(words[2 * row]!, words[2 * row + 1]!, rows, row);
    const { data } = sample.finish();
    first[data[0]!]!++;
    for (const row of data) kept[row]!++;
  }
  const statistic = (counts: Float64Array, expected: number) =>
    counts.reduce((sum, found) => sum + ((found - expected) * (found - expected)) / expected, 0);
  // Draws without replacement vary less than independent ones, by (count - size) / (count - 1).
  const shrink = (count - size) / (count - 1);
  for (const chiSquare of [statistic(first, seeds / count), statistic(kept, (seeds * size) / count) / shrink]) {
    const tail = chiSquareTail(chiSquare, count - 1);
    assert.ok(tail > 1e-4 && tail < 1 - 1e-4, `chi-square ${chiSquare}, p = ${tail}`);
  }
});

test("priorities of rows are the words of their stream, wherever a range begins", () => {
  const key = keyOf("my-paper");
  const prioritiesOf = createRowPriorities(createCore(), key, 100);
  for (const start of [0, 1, 7, 8, 12_345, 2 ** 31 - 3, 2 ** 40 + 5]) {
    for (const rows of [0, 1, 9, 100]) {
      const expected = Array.from({ length: 2 * rows }, (_, i) =>
        wordAt({ key, stream: streams.sampled }, 2n * BigInt(start) + BigInt(i)),
      );
      assert.deepEqual(Array.from(prioritiesOf(start, rows)), expected, `${rows} rows from ${start}`);
    }
  }
});

test("the priority of a name is the start of a SHA-256", () => {
  const key = [0x04030201, 0xf8070605] as const;
  for (const id of ["", "mem-1", "größe 日本"]) {
    const hash = createHash("sha256")
      .update(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 0xf8))
      .update(id, "utf8")
      .digest();
    assert.deepEqual(priorityOfId(key, id), [hash.readUInt32BE(0), hash.readUInt32BE(4)]);
  }
  // printf '\0\0\0\0\0\0\0\0a' | sha256sum
  assert.deepEqual(priorityOfId([0, 0], "a"), [0xd7fe8b5c, 0x4a504869]);
});
