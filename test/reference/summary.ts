interface Lane {
  min: number;
  max: number;
  sum: number;
  squares: number;
}

/**
 * Minimum, maximum, sum, sum of squares and number of NaN. Value i belongs to lane i mod 4; lanes are added as
 * (0 + 1) + (2 + 3), then the last one to three values follow one by one.
 */
export function summary(values: Float32Array): [min: number, max: number, sum: number, squares: number, nan: number] {
  const lanes = Array.from({ length: 4 }, (): Lane => ({ min: Infinity, max: -Infinity, sum: 0, squares: 0 }));
  const whole = values.length - (values.length % 4);
  let nan = 0;
  values.forEach((x, i) => {
    if (Number.isNaN(x)) nan++;
    else if (i < whole) add(lanes[i % 4]!, x);
  });

  const [a, b, c, d] = lanes as [Lane, Lane, Lane, Lane];
  const total: Lane = {
    min: Math.min(least(a.min, c.min), least(b.min, d.min)),
    max: Math.max(most(a.max, c.max), most(b.max, d.max)),
    sum: a.sum + b.sum + (c.sum + d.sum),
    squares: a.squares + b.squares + (c.squares + d.squares),
  };
  for (const x of values.subarray(whole)) if (!Number.isNaN(x)) add(total, x);
  return [total.min, total.max, total.sum, total.squares, nan];
}

function add(lane: Lane, x: number): void {
  lane.min = least(lane.min, x);
  lane.max = most(lane.max, x);
  lane.sum += x;
  lane.squares += x * x;
}

/** The earlier one when equal, so that -0 and 0 are kept in order of arrival. */
function least(a: number, b: number): number {
  return b < a ? b : a;
}

function most(a: number, b: number): number {
  return a < b ? b : a;
}
