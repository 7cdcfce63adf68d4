import test from "node:test";
import { addressOf, drawNormals, drawUniforms } from "./draws.ts";
import { assertEvenCounts, assertWithin } from "./evidence.ts";
import { normalTail } from "./laws.ts";

const COUNT = 4_000_000;

// Neighbours; the partner of a Box-Muller pair (4); the next group (16); neighbouring rows of usual dims; groups made
// by vector and scalar units (640 a turn); cached chunks (1280).
const LAGS = [...Array.from({ length: 20 }, (_, i) => i + 1), 32, 48, 64, 100, 128, 384, 512, 640, 768, 1280, 1536];

// About 200 correlations are looked at: 5 standard errors have a chance of 1e-4 in all.
const BOUND = 5;

const normals = drawNormals(COUNT);
const squares = normals.map((z) => (z * z - 1) / Math.SQRT2); // mean 0, variance 1
const uniforms = drawUniforms(COUNT).map((u) => (u - 0.5) * Math.sqrt(12));

/** Correlation of values of known mean 0 and variance 1, in standard errors. */
function correlation(a: Float32Array, b: Float32Array): number {
  const count = Math.min(a.length, b.length);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += a[i]! * b[i]!;
  return sum / Math.sqrt(count);
}

for (const [name, values] of Object.entries({ normals, "squares of normals": squares, uniforms })) {
  test(`${name} do not correlate with those 1 to 20 elements or a row before`, () => {
    for (const lag of LAGS) assertWithin(correlation(values, values.subarray(lag)), BOUND, `${name} at lag ${lag}`);
  });
}

/** Elements 0 to 3 and 8 to 11 of a group are cosine halves; their partners follow four elements later. */
function halves(values: Float32Array): [cosine: Float32Array, sine: Float32Array] {
  const cosine = new Float32Array(values.length / 2);
  const sine = new Float32Array(values.length / 2);
  for (let i = 0; i < values.length; i++) {
    const at = ((i >> 3) << 2) | (i & 3);
    if ((i & 4) === 0) cosine[at] = values[i]!;
    else sine[at] = values[i]!;
  }
  return [cosine, sine];
}

test("the cosine and the sine half of a pair are uncorrelated, and so are their squares and signs", () => {
  const [cosine, sine] = halves(normals);
  const [cosineSquare, sineSquare] = halves(squares);
  assertWithin(correlation(cosine, sine), BOUND, "values");
  assertWithin(correlation(cosineSquare, sineSquare), BOUND, "squares");
  assertWithin(correlation(cosineSquare, sine), BOUND, "square of cosine and sine");
  assertWithin(correlation(cosine, sineSquare), BOUND, "cosine and square of sine");
  assertWithin(correlation(cosine.map(Math.sign), sine.map(Math.sign)), BOUND, "signs");
});

test("streams, keys and parts of one stream do not correlate with each other", () => {
  const count = 500_000;
  const addresses = [
    ...[0, 1, 2, 3, 0xffffffff].map((stream) => addressOf(stream)),
    ...[0, 1, 2, 0x80000000].map((seed) => addressOf(1, seed)),
    { key: [20_261_120, 1], stream: 1 } as const,
  ];
  const sets = [...addresses.map((address) => drawNormals(count, address)), normals.slice(-count)];
  sets.forEach((a, i) => {
    sets.forEach((b, j) => {
      if (i < j) assertWithin(correlation(a, b), BOUND, `sets ${i} and ${j}`);
    });
  });
});

/** Cells of the square of (p of element i, p of element i + lag), 32 to a side, over the i that `use` accepts. */
function squareCells(cells: Uint8Array, lag: number, use: (i: number) => boolean): Uint32Array {
  const counts = new Uint32Array(1024);
  for (let i = 0; i + lag < cells.length; i++) if (use(i)) counts[(cells[i]! << 5) | cells[i + lag]!]!++;
  return counts;
}

test("neighbours, partners and rows fill the square of their probabilities evenly", () => {
  const normalCells = new Uint8Array(COUNT).map((_, i) => 32 * normalTail(-normals[i]!));
  const uniformCells = new Uint8Array(COUNT).map((_, i) => 32 * (uniforms[i]! / Math.sqrt(12) + 0.5));
  // Each element is used once, so that the cells are independent.
  const pairs: readonly (readonly [lag: number, use: (i: number) => boolean])[] = [
    [1, (i) => (i & 1) === 0],
    [4, (i) => (i & 4) === 0],
    [8, (i) => (i & 8) === 0],
    [16, (i) => (i & 16) === 0],
    [128, (i) => (i & 128) === 0],
    [640, (i) => Math.floor(i / 640) % 2 === 0],
  ];
  for (const [lag, use] of pairs) {
    assertEvenCounts(squareCells(normalCells, lag, use), `normals at lag ${lag}`);
    assertEvenCounts(squareCells(uniformCells, lag, use), `uniforms at lag ${lag}`);
  }
});
