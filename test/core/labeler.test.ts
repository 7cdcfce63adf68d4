import assert from "node:assert/strict";
import test from "node:test";
import { createLabeler, FACTOR_BYTES, LABEL_KINDS } from "../../src/core/images.ts";
import { createCore } from "../../src/core/instance.ts";
import { createRandom } from "../formats/samples.ts";
import { label } from "../reference/images.ts";
import { assertSameBytes } from "../reference/same.ts";

/** Rows of factors with every kind of object, and absent ones in any slot. */
function randomFactors(rows: number, seed: number): Uint8Array {
  const next = createRandom(seed);
  const below = (n: number) => Math.floor(next() * n);
  const slots = Array.from({ length: 4 * rows }, () =>
    next() < 0.3 ? [0, 0, 0, 0, 0, 0] : [1, below(4), 1 + below(9), below(64), below(64), 2 + below(14)],
  );
  return Uint8Array.from(slots.flat());
}

const labelsOf = (factors: Uint8Array, kind: (typeof LABEL_KINDS)[number]) =>
  Uint8Array.from({ length: factors.length / FACTOR_BYTES }, (_, row) =>
    label(factors.subarray(row * FACTOR_BYTES, (row + 1) * FACTOR_BYTES), kind),
  );

test("the labeler gives known labels, one an image", () => {
  const slots = (...objects: readonly [type: number, pixels: number][]) =>
    [0, 1, 2, 3].flatMap((at) => (objects[at] ? [1, objects[at][0], 9, 0, 0, objects[at][1]] : [0, 0, 0, 0, 0, 0]));
  const known = [
    { row: slots([3, 5]), labels: [64, 1, 3] },
    { row: slots([0, 2], [1, 2], [2, 2], [3, 2]), labels: [85, 4, 0] },
    { row: slots([3, 2], [3, 4], [3, 13], [3, 5]), labels: [192, 4, 3] },
    { row: slots([1, 7], [2, 8], [0, 8]), labels: [21, 3, 2] },
    { row: slots([0, 4], [0, 15]), labels: [2, 2, 0] },
  ];
  const factors = Uint8Array.from(known.flatMap(({ row }) => row));
  LABEL_KINDS.forEach((kind, i) => {
    const expected = known.map(({ labels }) => labels[i]!);
    assert.deepEqual([...createLabeler(createCore(), kind, 8)(factors)], expected, kind);
  });
});

test("the labeler equals the twin, in pieces of any length, and keeps what it gave", () => {
  for (const kind of LABEL_KINDS) {
    for (const rows of [0, 1, 7, 8, 9, 64, 1001]) {
      const factors = randomFactors(rows, rows + 1);
      const expected = labelsOf(factors, kind);
      for (const maxRows of [1, 8, 64, 5000]) {
        const labels = createLabeler(createCore(), kind, maxRows);
        const first = labels(factors);
        assertSameBytes(first, expected, `${kind} of ${rows} rows in pieces of ${maxRows}`);
        labels(randomFactors(rows, 999));
        assertSameBytes(first, expected, `${kind} of ${rows} rows, after another call`);
      }
    }
  }
});

test("the labeler leaves the factors as they are", () => {
  const factors = randomFactors(100, 5);
  const before = factors.slice();
  createLabeler(createCore(), "type", 7)(factors);
  assertSameBytes(factors, before, "factors");
});
