import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { law, objectPixelsLaw } from "../../src/report/law.ts";

type Law = ReadonlyMap<number, number>;

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const assertNear = (actual: number, expected: number, what: string) =>
  assert.ok(Math.abs(actual - expected) < 1e-9, `${what}: ${actual}, expected ${expected}`);

/** Each of the values equally often. */
function uniform(values: readonly number[]): Law {
  const shares = new Map<number, number>();
  for (const value of values) shares.set(value, (shares.get(value) ?? 0) + 1 / values.length);
  return shares;
}

/** Of several laws one is drawn by its share, then a value of it. */
function mixture(parts: readonly (readonly [share: number, law: Law])[]): Law {
  const shares = new Map<number, number>();
  for (const [share, part] of parts) {
    for (const [value, chance] of part) shares.set(value, (shares.get(value) ?? 0) + share * chance);
  }
  return shares;
}

function plus(a: Law, b: Law): Law {
  return mixture([...b].map(([y, share]) => [share, new Map([...a].map(([x, chance]) => [x + y, chance]))]));
}

function moments(shares: Law): { mean: number; variance: number } {
  const mean = sum([...shares].map(([value, share]) => value * share));
  return { mean, variance: sum([...shares].map(([value, share]) => share * (value - mean) ** 2)) };
}

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
const pairs = (a: readonly number[], b: readonly number[]) => a.flatMap((x) => b.map((y) => [x, y] as const));

/** Pixels of an object, as the contract describes the shapes: counted by hand, not by drawing them. */
const blob = uniform(range(2, 15));
const rectangle = uniform(
  pairs(range(1, 5), range(1, 5))
    .map(([height, width]) => height * width)
    .filter((area) => area >= 2 && area <= 15),
);
const line = uniform(range(2, 8));
const pattern = mixture(
  [
    [2, 5], // checkerboards of 2 x 2 and 3 x 3
    pairs(range(2, 4), range(2, 4)).map(([a, b]) => a + b - 1), // Ls, whose arms share the corner
    pairs([3, 4], [2, 3]).map(([bar, stem]) => bar + stem), // Ts, whose stem begins below the bar
    [9, 13], // pluses with arms of 2 and 3
    range(3, 7), // zigzags
  ].map((sizes) => [1 / 5, uniform(sizes)]),
);
const object = mixture([
  [0.4, blob],
  [0.2, rectangle],
  [0.2, line],
  [0.2, pattern],
]);
const image = (() => {
  const [one, two] = [object, plus(object, object)];
  return mixture([one, two, plus(two, one), plus(two, two)].map((counted) => [1 / 4, counted]));
})();

test("shares are those of the contract, indexed by the value in the factors, and sum to 1", () => {
  assert.deepEqual(law.objects, [0, 0.25, 0.25, 0.25, 0.25]);
  assert.deepEqual(law.types, [0.4, 0.2, 0.2, 0.2]);
  assert.deepEqual(law.colours, [0, ...new Array<number>(9).fill(1 / 9)]);
  assert.deepEqual(law.blobSizes, [0, 0, ...new Array<number>(14).fill(1 / 14)]);
  for (const [name, shares] of Object.entries(law)) assertNear(sum([...shares]), 1, name);
});

test("means of the shapes, by hand", () => {
  assertNear(moments(blob).mean, 8.5, "blob");
  assertNear(moments(rectangle).mean, 7.15, "rectangle"); // 225 - 1 - 16 - 2 * 20 - 25, of 20 pairs
  assertNear(moments(line).mean, 5, "line");
  assertNear(moments(pattern).mean, 6.1, "pattern"); // 3.5, 5, 6, 11, 5
});

test("pixels of an image have the mean and the variance of their whole law", () => {
  const { mean, variance } = objectPixelsLaw();
  assertNear(mean, 17.625, "mean"); // 2.5 * (0.4 * 8.5 + 0.2 * (7.15 + 5 + 6.1))
  assertNear(sum([...image.values()]), 1, "the law itself");
  assertNear(mean, moments(image).mean, "mean");
  assertNear(variance, moments(image).variance, "variance");
});

test("a million images of the NumPy program beside the bench have that many pixels", () => {
  const path = new URL("../fixtures/images_sample_16.json", import.meta.url);
  const { n, tables } = JSON.parse(readFileSync(path, "utf8"));
  const found = moments(
    new Map(Object.entries(tables["pixels of image"] as object).map(([pixels, count]) => [Number(pixels), count / n])),
  );
  const { mean, variance } = objectPixelsLaw();
  const errors = (found.mean - mean) / Math.sqrt(variance / n);
  assert.ok(Math.abs(errors) < 4, `${errors} standard errors off`);
  assert.ok(Math.abs(found.variance / variance - 1) < 0.01, `variance ${found.variance}, expected ${variance}`);
});
