import test from "node:test";
import { normalStream } from "../../src/core/flat.ts";
import { createCore } from "../../src/core/instance.ts";
import { addressOf, drawCodes, drawNormals, drawUniforms } from "./draws.ts";
import { assertCounts, assertPlausible } from "./evidence.ts";
import { kolmogorovTail, normalTail, poissonTwoSided } from "./laws.ts";

const COUNT = 10_000_000;

/**
 * sqrt(n) times the largest distance between the values' distribution and `cumulative`.
 *
 * Equal values need no care: of a run of them the first and the last give the two sides of the step. That values are
 * multiples of float32 steps moves the law itself by less than a step's probability, 2^-23 for uniforms and about 2^-24
 * for normals: 4e-4 of the distance that chance makes at 10^7.
 */
function kolmogorovSmirnov(values: Float32Array, cumulative: (x: number) => number): number {
  const sorted = values.slice().sort();
  const n = sorted.length;
  let distance = 0;
  for (let i = 0; i < n; i++) {
    const p = cumulative(sorted[i]!);
    distance = Math.max(distance, p - i / n, (i + 1) / n - p);
  }
  return Math.sqrt(n) * distance;
}

test("10^7 uniforms follow their law (Kolmogorov-Smirnov)", () => {
  assertPlausible(kolmogorovTail(kolmogorovSmirnov(drawUniforms(COUNT), (u) => u)), 0.001, "uniforms");
});

test("10^7 normals follow their law (Kolmogorov-Smirnov)", () => {
  const distance = kolmogorovSmirnov(drawNormals(COUNT), (z) => normalTail(-z));
  assertPlausible(kolmogorovTail(distance), 0.001, "normals");
});

test("the tails of 5 * 10^8 normals beyond 4, 5 and 6 hold as many as the law says", () => {
  const block = 1 << 16; // stays in the second-level cache
  const blocks = 7630;
  const stream = normalStream(createCore(), addressOf(1), block);
  const beyond = [0, 0, 0];
  for (let b = 0; b < blocks; b++) {
    const values = stream.read(BigInt(b * block), block);
    for (let i = 0; i < block; i++) {
      const size = Math.abs(values[i]!);
      if (size > 4) {
        beyond[0]!++;
        if (size > 5) beyond[1]!++;
        if (size > 6) beyond[2]!++;
      }
    }
  }
  beyond.forEach((count, i) => {
    const expected = blocks * block * 2 * normalTail(4 + i);
    assertPlausible(poissonTwoSided(count, expected), 1e-4, `beyond ${4 + i}: ${count}, expected ${expected}`);
  });
});

test("classes of shares 0.1, 0.3 and 0.6 come in these shares", () => {
  const counts = [0, 0, 0];
  const thresholds = [Math.round(0.1 * 2 ** 32), Math.round(0.4 * 2 ** 32)];
  for (const code of drawCodes(COUNT, thresholds)) counts[code]!++;
  assertCounts(counts, (cell) => [0.1, 0.3, 0.6][cell]!, "classes");
});
