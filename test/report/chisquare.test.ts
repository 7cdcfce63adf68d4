import assert from "node:assert/strict";
import test from "node:test";
import { chiSquareTail, chiSquareTest, homogeneityTest } from "../../src/report/chisquare.ts";

// SciPy 1.17.1: [[x, k, float("%.6g" % scipy.stats.chi2.sf(x, k))] for x, k in ...]
const tails: [x: number, degrees: number, p: number][] = [
  [0, 4, 1],
  [0.02, 1, 0.887537],
  [3.841458820694124, 1, 0.05],
  [10, 2, 0.00673795],
  [2.5, 3, 0.475291],
  [25, 10, 0.00534551],
  [63, 63, 0.476302],
  [70.5, 63, 0.241274],
  [340, 255, 0.000290125],
  [255, 255, 0.488223],
  [100, 255, 1],
  [1500, 255, 4.24475e-175],
  [30000, 10000, 0],
];

test("the upper tail of the chi-square law is that of SciPy", () => {
  for (const [x, degrees, p] of tails) {
    assert.equal(Number(chiSquareTail(x, degrees).toPrecision(6)), p, `${x}, ${degrees} degrees`);
  }
});

test("the tail falls without a step where its two formulas meet", () => {
  for (const degrees of [1, 2, 7, 255]) {
    const seam = degrees + 2;
    const [before, at, after] = [-1e-6, 0, 1e-6].map((d) => chiSquareTail(seam + d, degrees));
    assert.ok(before! > at! && at! > after!, `${degrees} degrees`);
    assert.ok(Math.abs(before! - 2 * at! + after!) < 1e-12, `${degrees} degrees`);
  }
});

// SciPy 1.17.1: scipy.stats.chisquare(observed, expected), cells below 5 summed by hand.
const tests: [what: string, observed: number[], shares: number[], statistic: number, degrees: number, p: number][] = [
  ["equal shares", [18, 22, 16, 25, 19], [0.2, 0.2, 0.2, 0.2, 0.2], 2.5, 4, 0.644636],
  ["types of objects", [412, 199, 187, 202], [0.4, 0.2, 0.2, 0.2], 1.23, 3, 0.745818],
  ["a die that is loaded", [130, 170, 110, 190, 100, 300], Array(6).fill(1 / 6), 164, 5, 1.38949e-33],
  ["two small cells", [50, 25, 15, 3, 7], [0.46, 0.3, 0.16, 0.045, 0.035], 1.74366, 3, 0.627271],
  ["one small cell, which joins the next larger", [60, 37, 3], [0.5, 0.46, 0.04], 4, 1, 0.0455003],
  ["cells that cannot be and were not", [60, 0, 40, 0], [0.5, 0, 0.5, 0], 4, 1, 0.0455003],
  ["as expected", [40, 20, 20, 20], [0.4, 0.2, 0.2, 0.2], 0, 3, 1],
  ["too few for any comparison", [3, 1], [0.5, 0.5], 0, 0, 1],
  ["all but one cell small", [99, 1], [0.97, 0.03], 0, 0, 1],
  ["nothing", [0, 0, 0], [0.5, 0.25, 0.25], 0, 0, 1],
  ["what cannot be", [50, 49, 1], [0.5, 0.5, 0], Infinity, 1, 0],
];

for (const [what, observed, shares, statistic, degrees, p] of tests) {
  test(`the test of ${what}`, () => {
    const found = chiSquareTest(observed, shares);
    assert.equal(Number(found.statistic.toPrecision(6)), statistic);
    assert.equal(found.degrees, degrees);
    assert.equal(found.p, p);
    const total = observed.reduce((sum, count) => sum + count, 0);
    assert.deepEqual(
      found.expected,
      shares.map((share) => share * total),
    );
  });
}

test("the order of cells changes nothing that is seen", () => {
  const { statistic, degrees, p } = chiSquareTest([7, 50, 3, 15, 25], [0.035, 0.46, 0.045, 0.16, 0.3]);
  assert.deepEqual([Number(statistic.toPrecision(6)), degrees, p], [1.74366, 3, 0.627271]);
});

const misfits: [what: string, observed: number[], shares: number[]][] = [
  ["fewer shares than counts", [1, 2, 3], [0.5, 0.5]],
  ["shares that do not sum to 1", [50, 50], [0.5, 0.4]],
  ["a negative share", [50, 50], [1.5, -0.5]],
  ["a share that is no number", [50, 50], [1, NaN]],
  ["a negative count", [50, -1], [0.5, 0.5]],
  ["a count that is not whole", [50.5, 1], [0.5, 0.5]],
  ["no cells", [], []],
];
for (const [what, observed, shares] of misfits) {
  test(`refused: ${what}`, () => assert.throws(() => chiSquareTest(observed, shares), /^Error: Cannot test [^\n]+$/));
}

// SciPy 1.17.1: scipy.stats.chi2_contingency(rows, correction=False)
const tables: [rows: number[][], statistic: number, degrees: number, p: number][] = [
  [
    [
      [10, 20, 30],
      [30, 20, 10],
    ],
    20,
    2,
    4.53999e-5,
  ],
  [
    [
      [100, 50, 50],
      [40, 30, 30],
      [9, 11, 20],
    ],
    13.95670034663323,
    4,
    0.00743454,
  ],
];
test("homogeneity: rows of counts are compared as SciPy does", () => {
  for (const [rows, statistic, degrees, p] of tables) {
    const found = homogeneityTest(rows);
    assert.ok(Math.abs(found.statistic - statistic) < 1e-9, `${found.statistic}`);
    assert.deepEqual([found.degrees, found.p], [degrees, p]);
  }
});

test("homogeneity: rare columns are compared together, left out where they are still too few, and so may be all", () => {
  const [rows] = tables[0]!;
  const [first, second] = rows as [number[], number[]];
  // Ten columns of 3 and 3 stand for one of 30 and 30.
  const rare = new Array<number>(10).fill(3);
  assert.deepEqual(
    homogeneityTest([
      [...first, ...rare],
      [...second, ...rare],
    ]),
    homogeneityTest([
      [...first, 30],
      [...second, 30],
    ]),
  );
  assert.deepEqual(
    homogeneityTest([
      [...first, 4],
      [...second, 0],
    ]).degrees,
    2,
    "4 of 124 are too few",
  );
  assert.deepEqual(
    homogeneityTest([
      [...first, 0],
      [...second, 0],
    ]),
    homogeneityTest(rows),
  );
  for (const nothing of [
    [
      [3, 1],
      [2, 2],
    ],
    [first],
    [
      [50, 0],
      [70, 0],
    ],
  ]) {
    assert.deepEqual(homogeneityTest(nothing), { statistic: 0, degrees: 0, p: 1 });
  }
});
