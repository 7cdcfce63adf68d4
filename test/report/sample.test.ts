import assert from "node:assert/strict";
import test from "node:test";
import { sampleBlocks, splitRows } from "../../src/report/sample.ts";
import { passOf } from "../support/passes.ts";

const HASHES = ["00".repeat(32), "ff".repeat(32), "0123456789abcdef".repeat(4)];

test("a sample ascends from the first rows to the last, within the rows there are", () => {
  for (const options of [
    { rows: 10 ** 6 },
    { rows: 2 ** 53 - 1, dim: 1 },
    { rows: 10 ** 9, range: [10 ** 8, 10 ** 8 + 99_999] as const },
  ]) {
    const pass = passOf(options);
    for (const hash of HASHES) {
      const blocks = sampleBlocks(pass, hash);
      assert.equal(blocks.length, 34);
      assert.equal(blocks[0]!.start, pass.rowStart);
      assert.equal(blocks.at(-1)!.start + blocks.at(-1)!.rows, pass.rowEnd);
      blocks.forEach(({ start }, at) =>
        assert.ok(Number.isSafeInteger(start) && (at === 0 || start >= blocks[at - 1]!.start)),
      );
      assert.deepEqual(sampleBlocks(pass, hash), blocks);
    }
    assert.equal(new Set(HASHES.map((hash) => JSON.stringify(sampleBlocks(pass, hash)))).size, HASHES.length);
  }
});

test("few rows are all sampled", () => {
  for (const rows of [1, 15, 1023, 1024, 1025, 34 * 1024]) {
    const blocks = sampleBlocks(passOf({ rows, dim: 2 }), HASHES[2]!);
    assert.equal(
      blocks.reduce((sum, block) => sum + block.rows, 0),
      rows,
    );
    blocks.forEach(({ start }, at) => assert.equal(start, at * 1024));
  }
});

test("rows are split into ranges without gaps", () => {
  assert.deepEqual(
    [...splitRows(3, 8, 2)],
    [
      { start: 3, rows: 2 },
      { start: 5, rows: 2 },
      { start: 7, rows: 1 },
    ],
  );
  assert.deepEqual([...splitRows(3, 3, 2)], []);
});
