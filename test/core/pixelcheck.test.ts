import assert from "node:assert/strict";
import test from "node:test";
import { createPixelCheck, FACTOR_BYTES } from "../../src/core/images.ts";
import { createCore } from "../../src/core/instance.ts";
import { images, type ImageSpec } from "../reference/images.ts";

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

/**
 * The rows whose pixels are not what the factors say: so many of each colour, counted in a table, and of each object one
 * in the first row and one in the first column of its box.
 */
function twin({ images: pixels, factors }: Drawn, size: number, palette: readonly number[] | undefined): number[] {
  const wrong: number[] = [];
  const corners = (image: number): boolean =>
    [0, 6, 12, 18].every((slot) => {
      const [present, , colour, row, column] = factors.subarray(image * FACTOR_BYTES + slot) as unknown as number[];
      const isOf = (y: number, x: number) => {
        const value = pixels[image * size * size + y * size + x]!;
        return value !== 0 && (!palette || palette.indexOf(value) === colour);
      };
      const below = Array.from({ length: size }, (_, y) => y >= row! && column! < size && isOf(y, column!));
      const behind = Array.from({ length: size }, (_, x) => x >= column! && row! < size && isOf(row!, x));
      return present === 0 || (below.includes(true) && behind.includes(true));
    });
  for (let row = 0; row * FACTOR_BYTES < factors.length; row++) {
    const said = new Map<number | string, number>();
    const add = (colour: number | string, count: number) => said.set(colour, (said.get(colour) ?? 0) + count);
    for (let at = row * FACTOR_BYTES; at < (row + 1) * FACTOR_BYTES; at += 6) {
      if (factors[at] !== 0) add(palette ? factors[at + 2]! : "any", factors[at + 5]!);
    }
    for (const value of pixels.subarray(row * size * size, (row + 1) * size * size)) {
      if (value !== 0) add(palette ? palette.indexOf(value) : "any", -1);
    }
    if ([...said.values()].some((left) => left !== 0) || !corners(row)) wrong.push(row);
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
        1,
        1,
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

test("the corner of an object is looked for in its row and its column, in its colour, and nowhere beyond the image", () => {
  const image = new Uint8Array(128).fill(4, 64); // what is beyond the first image is all of colour 4
  const none = new Array<number>(6).fill(0);
  const at = (row: number, column: number) => 8 * row + column;
  // An L of colour 4 whose box begins at row 2, column 3, and a dot of colour 5 at row 1, column 6.
  for (const place of [at(2, 3), at(3, 3), at(3, 4)]) image[place] = 4;
  image[at(1, 6)] = 5;
  const cases: [row: number, column: number, isWrong: boolean, isWrongUnknown: boolean][] = [
    [2, 3, false, false],
    [1, 3, true, false], // the dot is of another colour
    [0, 3, true, true],
    [2, 2, true, true],
    [2, 4, true, true], // in column 4 of row 3, but not in row 2 from there on
    [4, 3, true, true],
    [2, 5, true, true],
    [3, 3, false, false], // further in: a box is looked at from its corner only
    [7, 7, true, true],
    [8, 3, true, true],
    [2, 8, true, true],
    [255, 255, true, true],
  ];
  for (const [row, column, isWrong, isWrongUnknown] of cases) {
    const factors = Uint8Array.from([
      1,
      3,
      4,
      row,
      column,
      3,
      1,
      0,
      5,
      1,
      6,
      1,
      ...none,
      ...none,
      1,
      0,
      4,
      0,
      0,
      64,
      ...none,
      ...none,
      ...none,
    ]);
    for (const [palette, expected] of [
      [PALETTES.arc, isWrong],
      [undefined, isWrongUnknown],
    ] as const) {
      const what = `${row}, ${column} ${palette ? "by colour" : "by any"}`;
      assert.equal(twin({ images: image, factors }, 8, palette).length, Number(expected), `the twin: ${what}`);
      assert.equal(createPixelCheck(createCore(), 8, palette, 4)(image, factors), Number(expected), what);
    }
  }
});

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
