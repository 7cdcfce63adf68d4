import test from "node:test";
import { drawNormals, drawUniforms } from "./draws.ts";
import { assertWithin } from "./evidence.ts";

const COUNT = 10_000_000;

test("mean, variance, skewness and kurtosis of normals are within 5 standard errors", () => {
  let [s1, s2, s3, s4] = [0, 0, 0, 0];
  for (const z of drawNormals(COUNT)) {
    const square = z * z;
    s1 += z;
    s2 += square;
    s3 += square * z;
    s4 += square * square;
  }
  const mean = s1 / COUNT;
  const variance = s2 / COUNT - mean ** 2;
  const third = s3 / COUNT - (3 * mean * s2) / COUNT + 2 * mean ** 3;
  const fourth = s4 / COUNT - (4 * mean * s3) / COUNT + (6 * mean ** 2 * s2) / COUNT - 3 * mean ** 4;
  assertWithin(mean / Math.sqrt(1 / COUNT), 5, "mean");
  assertWithin((variance - 1) / Math.sqrt(2 / COUNT), 5, "variance");
  assertWithin(third / variance ** 1.5 / Math.sqrt(6 / COUNT), 5, "skewness");
  assertWithin((fourth / variance ** 2 - 3) / Math.sqrt(24 / COUNT), 5, "kurtosis");
});

test("raw moments 1 to 4 of uniforms around 1/2 are within 5 standard errors", () => {
  let [s1, s2, s3, s4] = [0, 0, 0, 0];
  for (const u of drawUniforms(COUNT)) {
    const x = 2 * u - 1;
    const square = x * x;
    s1 += x;
    s2 += square;
    s3 += square * x;
    s4 += square * square;
  }
  // The mean of x^2k over (-1, 1) is 1 / (2k + 1).
  const error = (sum: number, mean: number, meanOfSquare: number) =>
    (sum / COUNT - mean) / Math.sqrt((meanOfSquare - mean ** 2) / COUNT);
  assertWithin(error(s1, 0, 1 / 3), 5, "first");
  assertWithin(error(s2, 1 / 3, 1 / 5), 5, "second");
  assertWithin(error(s3, 0, 1 / 7), 5, "third");
  assertWithin(error(s4, 1 / 5, 1 / 9), 5, "fourth");
});
