/** The middle of some samples and how far they spread: half of them lie from `low` to `high`. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Median and quartiles, interpolated between neighbours. */
export function spreadOf(samples: readonly number[]): Spread {
  const sorted = samples.toSorted((a, b) => a - b);
  return { median: quantile(sorted, 0.5), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75) };
}

/** The same of those that are known; null where none is. */
export function spreadOfKnown(samples: readonly (number | null)[]): Spread | null {
  const known = samples.filter((sample) => sample !== null);
  return known.length > 0 ? spreadOf(known) : null;
}

/**
 * How many times `b` is of `a`, where both were measured in the same rounds: the median of the rounds' own ratios, which a
 * slow moment of the machine does not move.
 */
export function ratioOf(b: readonly number[], a: readonly number[]): number {
  return spreadOf(b.map((value, round) => value / a[round]!)).median;
}

function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)]!;
  const above = sorted[Math.ceil(at)]!;
  return below + (above - below) * (at - Math.floor(at));
}
