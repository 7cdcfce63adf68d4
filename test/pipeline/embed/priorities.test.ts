import assert from "node:assert/strict";
import test from "node:test";
import { createPriorities } from "../../../src/pipeline/embed/priorities.ts";
import { createRowSet } from "../../../src/pipeline/embed/rowset.ts";
import { sharesOf } from "../../../src/pipeline/embed/shares.ts";
import { createRandom } from "../../formats/samples.ts";

test("shares are whole and add up, the largest remainders rounded up", () => {
  for (const [size, counts, shares] of [
    [10, [47, 16, 16, 6, 6, 3, 6].map((votes) => votes * 1000), [5, 2, 2, 1, 0, 0, 0]],
    [0, [5, 5], [0, 0]],
    [1, [5, 5], [1, 0]],
    [9, [3, 3, 3], [3, 3, 3]],
    [3, [0, 7, 0], [0, 3, 0]],
    [0, [], []],
    [0, [0], [0]],
  ] as const)
    assert.deepEqual(sharesOf(size, counts), shares);
  const random = createRandom(2);
  for (let round = 0; round < 200; round++) {
    const counts = Array.from({ length: 1 + (round % 9) }, () => Math.floor(random() * 10 ** (round % 12)));
    const total = counts.reduce((sum, count) => sum + count, 0);
    const size = Math.floor(random() * (total + 1));
    const shares = sharesOf(size, counts);
    assert.equal(
      shares.reduce((sum, share) => sum + share, 0),
      size,
    );
    for (const [at, share] of shares.entries())
      assert.ok(share <= counts[at]! && Math.abs(share - (size * counts[at]!) / (total || 1)) < 1 + 1e-6);
  }
});

test("the least of each group are told, and what comes again is refused", () => {
  const random = createRandom(4);
  const word = (round: number) => Math.floor(random() * (round % 2 ? 2 ** 32 : 40));
  for (let round = 0; round < 8; round++) {
    const priorities = createPriorities();
    const kept: { key: bigint; group: number }[] = [];
    const known = new Set<bigint>();
    for (let i = 0; i < 4000; i++) {
      const [high, low, group] = [word(round), word(round), Math.floor(random() * 3)];
      const key = (BigInt(high) << 32n) | BigInt(low);
      assert.equal(priorities.add(high, low, group), !known.has(key));
      if (!known.has(key)) kept.push({ key, group });
      known.add(key);
    }
    assert.equal(priorities.count, kept.length);
    const groups = [0, 1, 2].map((group) => kept.filter((each) => each.group === group));
    assert.deepEqual(
      priorities.groupSizes(3),
      groups.map(({ length }) => length),
    );
    const sizes = [0, Math.floor(groups[1]!.length / 2), groups[2]!.length];
    const isLeast = priorities.least(sizes);
    const expected = groups.map((group, at) =>
      group
        .map(({ key }) => key)
        .sort((a, b) => (a < b ? -1 : 1))
        .slice(0, sizes[at]),
    );
    for (const [at, { key, group }] of kept.entries()) assert.equal(isLeast(at), expected[group]!.includes(key));
  }
});

test("a set of rows has what was added", () => {
  const rows = createRowSet();
  const added = [0, 31, 32, 33, 32_767, 32_768, 1_000_000, 5_000_031];
  for (const row of added) rows.add(row);
  for (const row of added) assert.ok(rows.has(row), `${row}`);
  for (const row of [1, 30, 34, 64, 32_766, 999_999, 5_000_032, 2 ** 33]) assert.ok(!rows.has(row), `${row}`);
});
