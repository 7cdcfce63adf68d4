import assert from "node:assert/strict";
import test from "node:test";
import { createLabeler, createPixelCheck, FACTOR_BYTES, LABEL_KINDS } from "../../src/core/images.ts";
import { createCore } from "../../src/core/instance.ts";
import { createRandom } from "../formats/samples.ts";
import { images, label, type ImageSpec } from "../reference/images.ts";
import { assertSameBytes } from "../reference/same.ts";

const PALETTES = {
  arc: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  gray: [0, 28, 57, 85, 113, 142, 170, 198, 227, 255],
};
type Name = keyof typeof PALETTES;
const NAMES = Object.keys(PALETTES) as Name[];
const SIZES = [8, 9, 16, 64];
const ROWS = 40;

interface Drawn {
  readonly images: Uint8Array;
  readonly factors: Uint8Array;
}

/** Images of the reference program, with room to change them. */
const drawn = (size: number, palette: Name): Drawn =>
  images({ key: [42, 7], stream: 4, size, palette } satisfies ImageSpec, 0n, ROWS);

/** The rows whose pixels are not what the factors say, counted in a table of colours. */
function twin({ images: pixels, factors }: Drawn, size: number, palette: readonly number[] | undefined): number[] {
  const wrong: number[] = [];
  for (let row = 0; row * FACTOR_BYTES < factors.length; row++) {
    const said = new Map<number | string, number>();
    const add = (colour: number | string, count: number) => said.set(colour, (said.get(colour) ?? 0) + count);
    for (let at = row * FACTOR_BYTES; at < (row + 1) * FACTOR_BYTES; at += 6) {
      if (factors[at] !== 0) add(palette ? factors[at + 2]! : "any", factors[at + 5]!);
    }
    for (const value of pixels.subarray(row * size * size, (row + 1) * size * size)) {
      if (value !== 0) add(palette ? palette.indexOf(value) : "any", -1);
    }
    if ([...said.values()].some((left) => left !== 0)) wrong.push(row);
  }
  return wrong;
}

/** Asserts that the check finds as many as the twin, with a palette and without, and however rows are taken. */
function assertCheck(
  drawing: Drawn,
  size: number,
  name: Name,
  what: string,
  wrong: number,
  wrongUnknown: number,
): void {
  const cases = [
    [PALETTES[name], wrong],
    [undefined, wrongUnknown],
  ] as const;
  for (const [palette, expected] of cases) {
    const found = [1, 7, ROWS, 100].map((maxRows) =>
      createPixelCheck(createCore(), size, palette, maxRows)(drawing.images, drawing.factors),
    );
    const title = `${what}, size ${size}, ${palette ? name : "no palette"}`;
    assert.equal(twin(drawing, size, palette).length, expected, `the twin: ${title}`);
    assert.deepEqual(found, [expected, expected, expected, expected], title);
  }
}

function copyOf({ images: pixels, factors }: Drawn): Drawn {
  return { images: pixels.slice(), factors: factors.slice() };
}

/** The row that is changed. */
const EDITED = 5;

for (const name of NAMES) {
  for (const size of SIZES) {
    test(`pixels of ${size} x ${size} in ${name} are compared with the factors`, () => {
      const whole = drawn(size, name);
      const pixels = size * size;
      const inRow = (edit: (image: Uint8Array, factors: Uint8Array) => void, row = EDITED) => {
        const copy = copyOf(whole);
        edit(
          copy.images.subarray(row * pixels, (row + 1) * pixels),
          copy.factors.subarray(row * FACTOR_BYTES, (row + 1) * FACTOR_BYTES),
        );
        return copy;
      };
      const check = (drawing: Drawn, what: string, wrong: number, wrongUnknown: number) =>
        assertCheck(drawing, size, name, what, wrong, wrongUnknown);
      const value = (colour: number) => PALETTES[name][colour]!;
      const other = (pixel: number) => value((PALETTES[name].indexOf(pixel) % 9) + 1);
      const firstOf = (image: Uint8Array) => image.findIndex((pixel) => pixel > 0);
      const emptyOf = (image: Uint8Array) => image.lastIndexOf(0);

      check(whole, "as drawn", 0, 0);
      for (const row of [0, EDITED, ROWS - 1]) {
        check(
          inRow((image) => (image[firstOf(image)] = 0), row),
          `a pixel less in row ${row}`,
          1,
          1,
        );
        check(
          inRow((image) => (image[emptyOf(image)] = value(3)), row),
          `a pixel more in row ${row}`,
          1,
          1,
        );
      }
      // The last pixel of an image is in no whole word where the size is odd; the first is always in one.
      for (const at of [0, pixels - 1]) {
        check(
          inRow((image) => (image[at] = image[at] ? 0 : value(9))),
          `pixel ${at}`,
          1,
          1,
        );
      }
      check(
        inRow((image) => (image[firstOf(image)] = other(image[firstOf(image)]!))),
        "a pixel of another colour",
        1,
        0,
      );
      check(
        inRow((image) => (image[firstOf(image)] = 77)),
        "a value of no colour",
        1,
        0,
      );
      check(
        inRow((_, factors) => (factors[2] = (factors[2]! % 9) + 1)),
        "another colour in the factors",
        1,
        0,
      );
      check(
        inRow((_, factors) => factors[5]!++),
        "a pixel more in the factors",
        1,
        1,
      );
      check(
        inRow((_, factors) => factors[5]!--),
        "a pixel less in the factors",
        1,
        1,
      );
      check(
        inRow((_, factors) => factors.fill(0, 0, 6)),
        "an object less in the factors",
        1,
        1,
      );
      check(
        inRow((image) => image.fill(0)),
        "an empty image",
        1,
        1,
      );
      check(
        inRow((image) => image.forEach((pixel, at) => pixel > 0 && (image[at] = other(pixel)))),
        "an image in other colours",
        1,
        0,
      );
      check(
        inRow((image) => image.reverse()),
        "an image turned around, of the same pixels",
        0,
        0,
      );
    });

    test(`images of ${size} x ${size} in ${name} that changed places are noticed`, () => {
      const pixels = size * size;
      const shown = drawn(size, name);
      const { images: moved, factors } = copyOf(shown);
      // The next image's pixels for each but the last, which has the first's.
      moved.copyWithin(0, pixels);
      moved.set(shown.images.subarray(0, pixels), (ROWS - 1) * pixels);
      for (const palette of [PALETTES[name], undefined]) {
        const expected = twin({ images: moved, factors }, size, palette).length;
        assert.ok(expected > (palette ? 35 : 25), `${expected} are noticed`);
        const found = createPixelCheck(createCore(), size, palette, 16)(moved, factors);
        assert.equal(found, expected, palette ? name : "no palette");
      }
      const two = copyOf(shown);
      two.images.copyWithin(0, 3 * pixels, 4 * pixels);
      two.images.set(shown.images.subarray(0, pixels), 3 * pixels);
      const expected = twin(two, size, PALETTES[name]).length;
      assert.equal(expected, 2);
      assert.equal(createPixelCheck(createCore(), size, PALETTES[name], 100)(two.images, two.factors), 2);
    });
  }
}

test("with as many rows as it takes at once and more, the same rows are wrong; none for no rows", () => {
  const { images: pixels, factors } = drawn(9, "gray");
  for (let row = 0; row < ROWS; row += 3)
    pixels[row * 81 + pixels.subarray(row * 81).findIndex((value) => value > 0)] = 0;
  const check = createPixelCheck(createCore(), 9, PALETTES.gray, 8);
  const expected = twin({ images: pixels, factors }, 9, PALETTES.gray).length;
  assert.equal(expected, 14);
  for (let trial = 0; trial < 3; trial++) {
    assert.equal(check(pixels, factors), expected, `trial ${trial}`);
    assert.equal(check(new Uint8Array(0), new Uint8Array(0)), 0);
  }
  // A wrong row leaves nothing behind for those after it.
  assert.equal(check(pixels.subarray(0, 81), factors.subarray(0, 24)), 1);
  assert.equal(check(pixels.subarray(81, 162), factors.subarray(24, 48)), 0);
});

test("checks of several palettes and sizes live beside each other in one core", () => {
  const core = createCore();
  const arranged = SIZES.flatMap((size) =>
    NAMES.map((name) => ({ size, name, check: createPixelCheck(core, size, PALETTES[name], 16) })),
  );
  for (const { size, name, check } of arranged) {
    const right = drawn(size, name);
    assert.equal(check(right.images, right.factors), 0, `${name} of ${size}`);
    const wrongName = name === "gray" ? "arc" : "gray";
    assert.equal(check(drawn(size, wrongName).images, right.factors), ROWS, `${wrongName} as ${name}, ${size}`);
  }
});

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
