import type { Core } from "./instance.ts";
import { floats, type StoredRows } from "./rows.ts";

/** Below this share of a row's squared length a squared distance from it is taken for none: rounding makes as much. */
const NEGLIGIBLE = 1 / 2 ** 20;

/**
 * Chooses `k` of the first `count` stored rows, far from each other: greedy k-means++ (Arthur and Vassilvitskii, "k-means++: the
 * advantages of careful seeding", 2007), which draws 2 + floor(ln k) rows a step, with chances as their squared distances
 * from those chosen, and keeps the one that leaves the least sum of them. `draw` gives numbers from 0 to 1. Yields after
 * each choice; rows come twice only where all different ones are chosen.
 */
export function* chooseRows(
  core: Core,
  stored: StoredRows,
  count: number,
  k: number,
  draw: () => number,
): Generator<number> {
  const { stride } = stored;
  const width = 4 * stride;
  const candidates = 2 + naturalLog(k);
  const fours = Math.ceil(candidates / 4);
  const places = core.alloc(4 * fours * width);
  const halves = core.alloc(16 * fours);
  const scores = core.alloc(16 * fours * count);
  const squares = core.alloc(4 * count);
  let measured = 0;
  for (const { pointer, rows } of stored.runs(0, count)) {
    core.kernels.halfSquares(squares + 4 * measured, pointer, rows, width);
    measured += rows;
  }
  const halfSquares = floats(core, squares, count);

  const apart = new Float64Array(count).fill(Infinity); // from the nearest chosen row, squared
  let sum = Infinity;
  const choose = (proposed: readonly number[]): number => {
    const region = floats(core, places, 4 * fours * stride).fill(0);
    proposed.forEach((row, at) => region.set(stored.row(row), at * stride));
    core.kernels.halfSquares(halves, places, 4 * fours, width);
    let done = 0;
    for (const { pointer, rows } of stored.runs(0, count)) {
      core.kernels.scores(scores + 16 * fours * done, pointer, rows, places, halves, fours, width);
      done += rows;
    }
    const scored = floats(core, scores, 4 * fours * count);
    const sums = new Float64Array(proposed.length);
    for (let row = 0; row < count; row++) {
      for (let at = 0; at < proposed.length; at++) sums[at]! += nearer(row, scored[4 * fours * row + at]!);
    }
    const best = sums.indexOf(Math.min(...sums));
    for (let row = 0; row < count; row++) apart[row] = nearer(row, scored[4 * fours * row + best]!);
    sum = sums[best]!;
    return proposed[best]!;
  };
  const nearer = (row: number, score: number): number => {
    const half = halfSquares[row]!;
    const square = 2 * (half + score);
    return Math.min(apart[row]!, square > NEGLIGIBLE * half ? square : 0);
  };

  const anyRow = () => Math.floor(draw() * count);
  yield choose([anyRow()]);
  for (let chosen = 1; chosen < k; chosen++) {
    yield sum > 0 ? choose(Array.from({ length: candidates }, () => weighted(apart, draw() * sum))) : anyRow();
  }
}

/** The first place where the weights so far add up to more than `target`. */
function weighted(weights: Float64Array, target: number): number {
  let sum = 0;
  let last = 0;
  for (let at = 0; at < weights.length; at++) {
    if (weights[at] === 0) continue;
    sum += weights[at]!;
    last = at;
    if (sum > target) break;
  }
  return last;
}

// Powers of e, rounded up to whole numbers: logarithms of the host differ between engines.
const POWERS = [3, 8, 21, 55, 149, 404, 1097, 2981, 8104, 22_027, 59_875, 162_755, 442_414, 1_202_605];

/** floor(ln x) of a positive whole number. */
function naturalLog(x: number): number {
  return POWERS.filter((power) => power <= x).length;
}
