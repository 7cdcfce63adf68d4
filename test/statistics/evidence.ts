import assert from "node:assert/strict";
import { chiSquareTail } from "./laws.ts";

/** Asserts that a p-value is not too small. */
export function assertPlausible(p: number, least: number, what: string): void {
  assert.ok(p > least, `${what}: p = ${p}`);
}

/** Asserts that a standard normal statistic is within `bound` of 0. */
export function assertWithin(z: number, bound: number, what: string): void {
  assert.ok(Math.abs(z) < bound, `${what}: ${z} standard errors`);
}

/** Asserts that counts fit their shares: neither too far off nor too good. */
export function assertCounts(counts: ArrayLike<number>, shareOf: (cell: number) => number, what: string): void {
  const cells = Array.from(counts);
  const total = cells.reduce((sum, count) => sum + count, 0);
  let statistic = 0;
  cells.forEach((count, cell) => {
    const expected = total * shareOf(cell);
    statistic += (count - expected) ** 2 / expected;
  });
  const p = chiSquareTail(statistic, cells.length - 1);
  assert.ok(p > 1e-4 && p < 1 - 1e-4, `${what}: chi-square ${statistic} for ${cells.length} cells, p = ${p}`);
}

/** Asserts that counts fit equal shares. */
export function assertEvenCounts(counts: ArrayLike<number>, what: string): void {
  assertCounts(counts, () => 1 / counts.length, what);
}
