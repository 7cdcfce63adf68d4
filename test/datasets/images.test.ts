import assert from "node:assert/strict";
import test from "node:test";
import { InputError } from "../../src/data/errors.ts";
import type { Json } from "../../src/data/recipe.ts";
import { SPLITS } from "../../src/data/splits.ts";
import {
  IMAGE_FORMATS,
  imageSpec,
  parseImagesRecipe,
  resolveImages,
  splitCounts,
  type ImagesOptions,
  type ImagesRecipe,
} from "../../src/datasets/images.ts";

const DEFAULTS: ImagesRecipe = {
  kind: "images",
  images: 1000,
  seed: "42",
  grid_size: 16,
  palette: "gray",
  label: "composition",
  splits: { train: 0.8, val: 0.1, test: 0.1 },
  unique: false,
  format: "npz",
};

const isOneClearLine = (pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof InputError, String(error));
  assert.match(error.message, /^[^\n]+$/);
  assert.match(error.message, pattern);
  return true;
};

test("what is not given is the default", () => {
  assert.deepEqual(resolveImages({ numImages: 1000 }), DEFAULTS);
  const none = { seed: undefined, gridSize: undefined, palette: undefined, label: undefined };
  assert.deepEqual(
    resolveImages({ numImages: 1000, ...none, splits: undefined, unique: undefined, format: undefined }),
    DEFAULTS,
  );
});

test("what is given is in the recipe, up to the bounds", () => {
  for (const [options, expected] of [
    [{ numImages: 1 }, { images: 1 }],
    [{ numImages: 2 ** 53 - 1 }, { images: 2 ** 53 - 1 }],
    [{ seed: 7n }, { seed: "7" }],
    [{ seed: "007" }, { seed: "7" }],
    [{ seed: "my-paper" }, { seed: "my-paper" }],
    [{ gridSize: 8 }, { grid_size: 8 }],
    [{ gridSize: 64 }, { grid_size: 64 }],
    [{ palette: "arc" }, { palette: "arc" }],
    [{ label: "count" }, { label: "count" }],
    [{ label: "type" }, { label: "type" }],
    [{ splits: [1, 0, 0] }, { splits: { train: 1, val: 0, test: 0 } }],
    [{ splits: [0.7, 0.2, 0.1] }, { splits: { train: 0.7, val: 0.2, test: 0.1 } }], // 0.9999999999999999
    [{ unique: true }, { unique: true }],
    ...IMAGE_FORMATS.map((format) => [{ format }, { format }] as const),
  ] as const) {
    assert.deepEqual(resolveImages({ numImages: 1000, ...options }), { ...DEFAULTS, ...expected });
  }
});

const refused: [options: Partial<Record<keyof ImagesOptions, unknown>>, message: RegExp][] = [
  [{ numImages: 0 }, /^Number of images 0 is not allowed: give an integer from 1 to 9007199254740991$/],
  [{ numImages: -5 }, /^Number of images -5 /],
  [{ numImages: 1.5 }, /^Number of images 1\.5 /],
  [{ numImages: 2 ** 53 }, /^Number of images 9007199254740992 /],
  [{ numImages: NaN }, /^Number of images NaN /],
  [{ numImages: "10" }, /^Number of images 10 /],
  [{ gridSize: 7 }, /^A grid of 7 x 7 is too small: lines are up to 8 pixels long, give 8 to 64$/],
  [{ gridSize: 1 }, /^A grid of 1 x 1 is too small/],
  [{ gridSize: 0 }, /^Grid size 0 is not allowed: give an integer from 8 to 64$/],
  [{ gridSize: 65 }, /^Grid size 65 /],
  [{ gridSize: 16.5 }, /^Grid size 16\.5 /],
  [{ seed: "" }, /^Seed /],
  [{ seed: -1 }, /^Seed /],
  [{ seed: 2n ** 64n }, /^Seed /],
  [{ palette: "grey" }, /^Palette "grey" is not allowed: give gray or arc$/],
  [{ palette: "constructor" }, /^Palette "constructor" /],
  [{ label: "size" }, /^Label "size" is not allowed: give composition or count or type$/],
  [{ format: "zip" }, /^Format "zip" is not allowed: give npz or /],
  [{ splits: [0.8, 0.2] }, /^Splits 0\.8,0\.2 are not allowed: give three shares from 0 to 1/],
  [{ splits: [0.7, 0.1, 0.1, 0.1] }, /^Splits 0\.7,0\.1,0\.1,0\.1 are not allowed/],
  [{ splits: [] }, /^Splits {2}are not allowed/],
  [{ splits: [1.1, -0.1, 0] }, /^Splits 1\.1,-0\.1,0 are not allowed/],
  [{ splits: [NaN, 0.5, 0.5] }, /^Splits NaN,0\.5,0\.5 are not allowed/],
  [{ splits: [0.8, 0.1, 0.2] }, /^Splits 0\.8,0\.1,0\.2 sum to 1\.1, expected 1$/],
  [{ splits: [0, 0, 0] }, /^Splits 0,0,0 sum to 0, expected 1$/],
  [{ splits: [0.8, 0.1, 0.0999] }, /sum to 0\.9999, expected 1$/],
];
for (const [options, message] of refused) {
  const shown = Object.entries(options).map(([name, value]) => `${name} ${String(value)}`);
  test(`refuses ${shown}`, () => {
    assert.throws(() => resolveImages({ numImages: 10, ...options } as ImagesOptions), isOneClearLine(message));
  });
}

const countsOf = (images: number, ...shares: number[]) => {
  const { train, val, test: rest } = splitCounts(resolveImages({ numImages: images, splits: shares }));
  return [train, val, rest];
};

test("counts are the floors of the shares as they are written, and the rest", () => {
  assert.deepEqual(countsOf(1000, 0.8, 0.1, 0.1), [800, 100, 100]);
  assert.deepEqual(countsOf(100, 0.29, 0.01, 0.7), [29, 1, 70]); // 0.29 * 100 is 28.999999999999996
  assert.deepEqual(countsOf(30, 0.8, 0.1, 0.1), [24, 3, 3]);
  assert.deepEqual(countsOf(30, 0.1, 0.8, 0.1), [3, 24, 3]);
  assert.deepEqual(countsOf(100, 0.57, 0.43, 0), [57, 43, 0]); // 0.57 * 100 is 56.99999999999999
  assert.deepEqual(countsOf(7, 0.8, 0.1, 0.1), [5, 0, 2]);
  assert.deepEqual(countsOf(1, 0.8, 0.1, 0.1), [0, 0, 1]);
  assert.deepEqual(countsOf(1, 1, 0, 0), [1, 0, 0]);
  assert.deepEqual(countsOf(10 ** 7, 0.9999998, 1e-7, 1e-7), [9_999_998, 1, 1]);
  assert.deepEqual(countsOf(10 ** 9, 1.5e-8, 1e-9, 0.999999984), [15, 1, 999_999_984]);
  assert.deepEqual(countsOf(2 ** 53 - 1, 1, 0, 0), [2 ** 53 - 1, 0, 0]);
  // 7205759403792792.8 and 900719925474099.1, between which and their neighbours no double is
  assert.deepEqual(
    countsOf(2 ** 53 - 1, 0.8, 0.1, 0.1),
    [7_205_759_403_792_792, 900_719_925_474_099, 900_719_925_474_100],
  );
});

test("counts of hundredths are those of whole numbers, for any number of images", () => {
  for (const images of [1, 2, 3, 7, 10, 30, 99, 100, 101, 1000, 12_345, 10 ** 6 + 1, 2 ** 53 - 1]) {
    for (let train = 0; train <= 100; train++) {
      for (const val of [0, 1, 7, 14, 29, 58].filter((share) => train + share <= 100)) {
        const rest = 100 - train - val;
        const expected = [train, val].map((share) => Number((BigInt(images) * BigInt(share)) / 100n));
        const counts = countsOf(images, train / 100, val / 100, rest / 100);
        assert.deepEqual(counts.slice(0, 2), expected, `${images} images in ${train}, ${val}, ${rest} %`);
        assert.equal(
          counts.reduce((sum, count) => sum + BigInt(count), 0n),
          BigInt(images),
        );
      }
    }
  }
});

test("shares that sum to a trifle more than 1 make no image that is not there", () => {
  assert.deepEqual(countsOf(10 ** 10, 0.5, 0.5000000001, 0), [5 * 10 ** 9, 5 * 10 ** 9, 0]);
  assert.deepEqual(countsOf(2 ** 53 - 1, 1, 1e-10, 1e-10), [2 ** 53 - 1, 0, 0]);
});

test("each split has a stream of its own, and the rest of a spec is that of the recipe", () => {
  const recipe = resolveImages({ numImages: 10, seed: 2n ** 33n + 5n, gridSize: 9, palette: "arc", label: "count" });
  for (const [at, split] of SPLITS.entries()) {
    assert.deepEqual(imageSpec(recipe, split), {
      kind: "images",
      size: 9,
      palette: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      label: "count",
      redrawn: { rows: [], draws: [] },
      key: [5, 2],
      stream: 4 + at,
    });
  }
});

const recipes: readonly ImagesRecipe[] = [
  DEFAULTS,
  resolveImages({ numImages: 2 ** 53 - 1, seed: "my-paper", gridSize: 64, palette: "arc", label: "type" }),
  resolveImages({ numImages: 1, splits: [0.29, 0.7, 0.01], unique: true, format: "parquet" }),
];

test("a recipe that was written is read as it was", () => {
  for (const recipe of recipes) {
    const json = JSON.parse(JSON.stringify(recipe)) as Json;
    assert.deepEqual(parseImagesRecipe(json), recipe);
    const reversed = Object.fromEntries(Object.entries(json as object).reverse()) as Json;
    assert.deepEqual(parseImagesRecipe(reversed), recipe);
  }
});

test("a recipe with anything missing, added or of another type is refused in one line", () => {
  const values = [null, true, false, -1, 0, 0.5, 1e300, "", "x", "16", [], [0.8, 0.1, 0.1], {}, { train: 1 }];
  const wrong: string[] = [];
  const check = (what: string, json: Json) => {
    try {
      parseImagesRecipe(json);
      wrong.push(`${what} is accepted`);
    } catch (error) {
      if (!(error instanceof InputError) || error.message.includes("\n")) wrong.push(`${what} throws ${String(error)}`);
    }
  };
  for (const recipe of recipes) {
    for (const key of Object.keys(recipe) as (keyof ImagesRecipe)[]) {
      const { [key]: _, ...rest } = recipe;
      check(`no ${key}`, rest as Json);
      for (const value of values) {
        const isAnother =
          key === "unique" ? typeof value === "boolean" : key === "seed" && ["x", "16"].includes(`${value}`);
        if (!isAnother) check(`${key} ${JSON.stringify(value)}`, { ...recipe, [key]: value } as Json);
      }
    }
    for (const split of SPLITS) {
      const { [split]: share, ...others } = recipe.splits;
      check(`no share of ${split}`, { ...recipe, splits: others } as Json);
      for (const value of [...values.filter((other) => other !== share), String(share)]) {
        check(`a share of ${JSON.stringify(value)}`, { ...recipe, splits: { ...others, [split]: value } } as Json);
      }
    }
    const asText = Object.fromEntries(Object.entries(recipe.splits).map(([split, share]) => [split, String(share)]));
    check("shares that are texts", { ...recipe, splits: asText } as Json);
    check("a fourth split", { ...recipe, splits: { ...recipe.splits, dev: 0 } });
    check("a key more", { ...recipe, extra: 1 });
    check("a seed not as we write it", { ...recipe, seed: "0042" });
    check("a seed with a space", { ...recipe, seed: " 42" });
  }
  assert.deepEqual(wrong, []);
});
