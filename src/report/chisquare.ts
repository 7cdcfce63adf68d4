export interface ChiSquare {
  /** Sum of (observed - expected)^2 / expected; Infinity where something was observed that cannot be. */
  readonly statistic: number;
  /** Cells compared, less one. */
  readonly degrees: number;
  /** Chance of a statistic as large or larger, to six digits; 1 where there is nothing to compare. */
  readonly p: number;
  /** Expected count of each cell as given. */
  readonly expected: readonly number[];
}

const LEAST_EXPECTED = 5; // below it the statistic of a cell is too far from its law
const SHARE_SLACK = 1e-6;
const DIGITS = 6;

/**
 * Pearson's test of counts against shares that sum to 1.
 *
 * Cells with an expected count below 5 are taken together, with the next larger one where that is still too little.
 * Throws where counts and shares do not fit together.
 */
export function chiSquareTest(observed: readonly number[], expectedShares: readonly number[]): ChiSquare {
  checkCells(observed, expectedShares);
  const total = sum(observed);
  const expected = expectedShares.map((share) => share * total);
  const cells = mergeSmall(
    expected.map((count, i) => ({ expected: count, observed: observed[i]! })).filter((cell) => cell.expected > 0),
  );
  const degrees = Math.max(0, cells.length - 1);
  if (total > 0 && observed.some((count, i) => count > 0 && expectedShares[i] === 0))
    return { statistic: Infinity, degrees, p: 0, expected };
  if (degrees === 0) return { statistic: 0, degrees, p: 1, expected };
  const statistic = sum(cells.map((cell) => (cell.observed - cell.expected) ** 2 / cell.expected));
  return { statistic, degrees, p: Number(chiSquareTail(statistic, degrees).toPrecision(DIGITS)), expected };
}

/**
 * Pearson's test of whether several rows of counts follow one law; every row has a count above 0. Columns with an expected
 * count below 5 in the smallest row are taken together, and left out where that is still too little. `degrees` is 0 where
 * there is nothing to compare.
 */
export function homogeneityTest(rows: readonly (readonly number[])[]): Pick<ChiSquare, "statistic" | "degrees" | "p"> {
  const totals = rows.map(sum);
  const smallestShare = Math.min(...totals) / sum(totals);
  const isEnough = (column: readonly number[]) => sum(column) * smallestShare >= LEAST_EXPECTED;
  const columns = Array.from(rows[0] ?? [], (_, at) => rows.map((row) => row[at]!));
  const rare = columns.filter((column) => !isEnough(column));
  const together = rows.map((_, row) => sum(rare.map((column) => column[row]!)));
  const compared = [...columns.filter(isEnough), ...(isEnough(together) ? [together] : [])];
  const degrees = Math.max(0, (compared.length - 1) * (rows.length - 1));
  if (degrees === 0) return { statistic: 0, degrees, p: 1 };
  const rowTotals = rows.map((_, row) => sum(compared.map((column) => column[row]!)));
  const statistic = sum(
    compared.flatMap((column) => {
      const share = sum(column) / sum(rowTotals);
      return column.map((count, row) => (count - share * rowTotals[row]!) ** 2 / (share * rowTotals[row]!));
    }),
  );
  return { statistic, degrees, p: Number(chiSquareTail(statistic, degrees).toPrecision(DIGITS)) };
}

interface Cell {
  readonly expected: number;
  readonly observed: number;
}

/** Cells of at least 5 expected, unless all together are fewer. */
function mergeSmall(cells: readonly Cell[]): Cell[] {
  const ascending = cells.toSorted((a, b) => a.expected - b.expected);
  let merged: Cell = { expected: 0, observed: 0 };
  let next = 0;
  for (const cell of ascending) {
    const isSmall = cell.expected < LEAST_EXPECTED;
    const isNeeded = next > 0 && merged.expected < LEAST_EXPECTED;
    if (!isSmall && !isNeeded) break;
    merged = { expected: merged.expected + cell.expected, observed: merged.observed + cell.observed };
    next++;
  }
  return next > 0 ? [merged, ...ascending.slice(next)] : ascending;
}

function checkCells(observed: readonly number[], shares: readonly number[]): void {
  if (observed.length !== shares.length)
    throw new Error(`Cannot test ${observed.length} counts against ${shares.length} shares`);
  const wrongCount = observed.find((count) => !Number.isSafeInteger(count) || count < 0);
  if (wrongCount !== undefined) throw new Error(`Cannot test a count of ${wrongCount}: expected whole numbers`);
  const wrongShare = shares.find((share) => !(share >= 0 && share <= 1 + SHARE_SLACK));
  if (wrongShare !== undefined) throw new Error(`Cannot test against a share of ${wrongShare}: expected 0 to 1`);
  const whole = sum(shares);
  if (Math.abs(whole - 1) > SHARE_SLACK) throw new Error(`Cannot test against shares that sum to ${whole}: expected 1`);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** P(X > x) of the chi-square law: the regularised upper incomplete gamma function Q(degrees / 2, x / 2). */
export function chiSquareTail(x: number, degrees: number): number {
  return x <= 0 ? 1 : upperGamma(degrees / 2, x / 2);
}

const MAX_TERMS = 10_000; // about 10 sqrt(a) are needed near x = a
const PRECISION = 1e-16;

function upperGamma(a: number, x: number): number {
  const density = Math.exp(a * Math.log(x) - x - logGamma(a));
  return x < a + 1 ? 1 - density * lowerSeries(a, x) : density * upperFraction(a, x);
}

/** 1/a + x/(a (a+1)) + x^2/(a (a+1) (a+2)) + ... (Abramowitz and Stegun 6.5.29). */
function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let total = term;
  for (let n = 1; n < MAX_TERMS && term > total * PRECISION; n++) {
    term *= x / (a + n);
    total += term;
  }
  return total;
}

/** 1/(x+1-a - 1(1-a)/(x+3-a - 2(2-a)/(x+5-a - ...))) (even part of 6.5.31), by Lentz's method. */
function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let ratio = Number.MAX_VALUE; // of successive numerators
  let inverse = 1 / b; // of the ratio of successive denominators
  let value = inverse;
  for (let n = 1; n < MAX_TERMS; n++) {
    const numerator = n * (a - n);
    b += 2;
    inverse = 1 / (b + numerator * inverse);
    ratio = b + numerator / ratio;
    const factor = ratio * inverse;
    value *= factor;
    if (Math.abs(factor - 1) < PRECISION) break;
  }
  return value;
}

/** ln of the gamma function for a > 0: Stirling's series, whose error is below 1e-13 from 15 on. */
function logGamma(a: number): number {
  let product = 1;
  for (; a < 15; a++) product *= a;
  const series = (1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * a * a)) / (a * a)) / (a * a)) / a;
  return (a - 0.5) * Math.log(a) - a + Math.log(2 * Math.PI) / 2 + series - Math.log(product);
}
