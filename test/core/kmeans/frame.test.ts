import assert from "node:assert/strict";
import test from "node:test";
import { createCore } from "../../../src/core/instance.ts";
import { frameOf, largestOf } from "../../../src/core/kmeans/frame.ts";
import { createRandom } from "../../formats/samples.ts";

function entered(rows: readonly number[], dim: number) {
  const values = Float32Array.from(rows);
  const frame = frameOf(values, dim, largestOf(createCore(), values, dim));
  const out = new Float32Array(values.length);
  frame.enter(out, values);
  return { values, frame, out };
}

test("rows about their origin stay as they are", () => {
  for (const rows of [
    [1, -1, 0.1, 0.3, -0.2, 0],
    [0, 0],
    [0.5, 1, 2, 3],
    [-1e6, 1e6, 1e6, -1e6],
  ]) {
    const { values, frame, out } = entered(rows, 2);
    assert.deepEqual([...out], [...values]);
    assert.deepEqual([...frame.leave(out.slice(0, 2))], [...values.slice(0, 2)]);
    assert.equal(frame.scale, 1);
  }
});

test("rows far from their origin come near, and very large and small ones to about 1; all come back", () => {
  const random = createRandom(1);
  for (const [scale, shift] of [
    [1, 1000],
    [1, -7],
    [1e30, 0],
    [1e-38, 0],
    [1e-42, 0],
    [1e34, 1e38],
    [100, 3e4],
  ] as const) {
    const rows = Array.from({ length: 300 }, (_, i) => scale * (random() - 0.5) + shift * (i % 3));
    const { values, frame, out } = entered(rows, 3);
    const size = out.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    assert.ok(size <= frame.largest, `${size} is above ${frame.largest}`);
    assert.ok(size <= 2 ** 20 && size >= 2 ** -21, `${scale}, ${shift}: as large as ${size}`);
    const back = frame.leave(out.slice(0, 3));
    back.forEach((x, i) => assert.ok(Math.abs(x - values[i]!) <= 2 ** -23 * Math.abs(values[i]!) + 2 ** -149));
    if (Math.abs(shift) > 20 * scale) assert.ok(size * 2 < Math.abs(shift) * frame.scale * 2, "it was not shifted");
  }
});

test("a value that is no finite number is named with its row", () => {
  for (const [value, name] of [
    [NaN, "NaN"],
    [Infinity, "Infinity"],
    [-Infinity, "-Infinity"],
  ] as const) {
    const values = new Float32Array(30).fill(2);
    values[17] = value;
    assert.throws(() => largestOf(createCore(), values, 5), {
      name: "InputError",
      message: `Cannot cluster: value 2 of row 3 is ${name}, and only finite numbers are allowed`,
    });
  }
  assert.equal(largestOf(createCore(), Float32Array.of(1, -3, 2), 1), 3);
});
