import type { Core } from "../instance.ts";
import { floats, type StoredRows } from "./rows.ts";

/** Below this share of a row's squared length a squared distance from it is taken for none: rounding makes as much. */
const NEGLIGIBLE = 1 / 2 ** 20;

/**
 * Chooses `k` of the first `count` stored rows, far from each other: greedy k-means++ (Arthur and Vassilvitskii, "k-means++: the
 * advantages of careful seeding", 2007), which proposes 2 + floor(ln k) rows a step, at most four, with chances as their squared distances
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
  const proposals = proposalsFor(k);
  const places = core.alloc(4 * width);
  const halves = core.alloc(16);
  const scores = core.alloc(16 * count);
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
    const region = floats(core, places, 4 * stride).fill(0);
    proposed.forEach((row, at) => region.set(stored.row(row), at * stride));
    core.kernels.halfSquares(halves, places, 4, width);
    let done = 0;
    for (const { pointer, rows } of stored.runs(0, count)) {
      core.kernels.scores(scores + 16 * done, pointer, rows, places, halves, 1, width);
      done += rows;
    }
    const scored = floats(core, scores, 4 * count);
    const sums = new Float64Array(proposed.length);
    for (let row = 0; row < count; row++) {
      for (let at = 0; at < proposed.length; at++) sums[at]! += nearer(row, scored[4 * row + at]!);
    }
    const best = sums.indexOf(Math.min(...sums));
    for (let row = 0; row < count; row++) apart[row] = nearer(row, scored[4 * row + best]!);
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
    yield sum > 0 ? choose(Array.from({ length: proposals }, () => weighted(apart, draw() * sum))) : anyRow();
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

// e and e^2, rounded up to whole numbers: logarithms of the host differ between engines.
const [E, E_SQUARED] = [3, 8];

/** 2 + floor(ln k), at most four: so many are scored in the time of one. */
function proposalsFor(k: number): number {
  return 2 + (k >= E ? 1 : 0) + (k >= E_SQUARED ? 1 : 0);
}
