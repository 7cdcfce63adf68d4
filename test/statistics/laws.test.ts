import assert from "node:assert/strict";
import test from "node:test";
import { chiSquareTail, kolmogorovTail, normalTail, poissonTwoSided } from "./laws.ts";

function assertNear(actual: number, expected: number, relative = 1e-10): void {
  assert.ok(Math.abs(actual - expected) <= relative * Math.abs(expected), `${actual}, expected ${expected}`);
}

test("normal tail: tabulated values, symmetry, and both methods agree where they meet", () => {
  assert.equal(normalTail(0), 0.5);
  assertNear(normalTail(1), 0.15865525393145707);
  assertNear(normalTail(4), 3.167124183311992e-5);
  assertNear(normalTail(5), 2.866515718791939e-7);
  assertNear(normalTail(6), 9.865876450376981e-10);
  assertNear(normalTail(-1) + normalTail(1), 1);
  assertNear(normalTail(3 - 1e-12), normalTail(3), 1e-10);
});

test("chi-square tail: closed forms for 1, 2 and 4 degrees, and the normal limit", () => {
  for (const x of [0.1, 1, 3, 10, 40]) {
    assertNear(chiSquareTail(x, 1), 2 * normalTail(Math.sqrt(x)));
    assertNear(chiSquareTail(x, 2), Math.exp(-x / 2));
    assertNear(chiSquareTail(x, 4), Math.exp(-x / 2) * (1 + x / 2));
  }
  for (const z of [-3, -1, 0, 1, 3]) {
    const degrees = 60_000;
    const cubeRoot = 1 - 2 / (9 * degrees) + z * Math.sqrt(2 / (9 * degrees)); // Wilson and Hilferty
    assertNear(chiSquareTail(degrees * cubeRoot ** 3, degrees), normalTail(z), 1e-3);
  }
});

test("Poisson: sums of the law", () => {
  assertNear(poissonTwoSided(0, 3), 2 * Math.exp(-3));
  assertNear(poissonTwoSided(9, 1), 2 * 1.1252025979670893e-6, 1e-9);
  assert.equal(poissonTwoSided(2, 2), 1);
  const mean = 30_000;
  assertNear(poissonTwoSided(mean + 4 * Math.sqrt(mean), mean), 2 * normalTail(4), 0.1);
});

test("Kolmogorov tail: tabulated quantiles", () => {
  assertNear(kolmogorovTail(1.3580986), 0.05, 1e-6);
  assertNear(kolmogorovTail(1.6276236), 0.01, 1e-6);
  assertNear(kolmogorovTail(1.9494746), 0.001, 1e-5);
  assert.equal(kolmogorovTail(0.1), 1);
  assertNear(kolmogorovTail(0.2), 1);
});
