import assert from "node:assert/strict";
import test from "node:test";
import { createRowStates, rangesOf } from "../../../src/pipeline/ingest/rowstates.ts";
import { seededUniform } from "../../doubles/seeded.ts";

test("states are those that were set last, in whatever order", () => {
  const random = seededUniform(1);
  const states = createRowStates();
  const expected = new Map<number, boolean>();
  for (let i = 0; i < 20_000; i++) {
    const row = Math.floor(random() * 5000) * (random() < 0.1 ? 1000 : 1);
    const isStored = random() < 0.6;
    states.set(row, isStored);
    expected.set(row, isStored);
  }
  const stored = [...expected.values()].filter(Boolean).length;
  assert.deepEqual([states.stored, states.failed], [stored, expected.size - stored]);
  for (let row = 0; row < 5000; row++) assert.equal(states.isStored(row), expected.get(row) ?? false, `row ${row}`);
  for (const end of [0, 1, 4999, 1e6, Infinity])
    assert.equal(states.storedBefore(end), [...expected].filter(([row, isStored]) => isStored && row < end).length);
  for (const [row, isStored] of expected) assert.equal(states.isStored(row), isStored, `row ${row}`);
});

test("rows that nothing is known of are not stored, however far away", () => {
  const states = createRowStates();
  for (const row of [0, 3, 4, 262_143, 262_144, 2 ** 33]) assert.equal(states.isStored(row), false);
  states.set(1_048_577, true);
  assert.deepEqual([1_048_576, 1_048_577, 1_048_578].map(states.isStored), [false, true, false]);
  assert.deepEqual([states.stored, states.failed], [1, 0]);
});

test("rows become ranges, whatever order they come in", () => {
  assert.deepEqual(rangesOf([]), []);
  assert.deepEqual(rangesOf([7]), [[7, 8]]);
  assert.deepEqual(rangesOf([10, 9, 2, 1, 0, 100]), [
    [0, 3],
    [9, 11],
    [100, 101],
  ]);
  const random = seededUniform(2);
  const rows = Array.from({ length: 3000 }, (_, row) => row).filter(() => random() < 0.7);
  const shuffled = rows.map((row) => [random(), row] as const).sort(([a], [b]) => a - b);
  const ranges = rangesOf(shuffled.map(([, row]) => row));
  const back = ranges.flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => from + i));
  assert.deepEqual(back, rows);
  assert.ok(
    ranges.every(([from], at) => at === 0 || from > ranges[at - 1]![1]),
    "ranges touch each other",
  );
});
