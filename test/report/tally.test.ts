import assert from "node:assert/strict";
import test from "node:test";
import type { Manifest } from "../../src/data/manifest.ts";
import type { PaletteName } from "../../src/data/palettes.ts";
import type { Corpus } from "../../src/report/corpus.ts";
import type { ImageRows } from "../../src/report/readers.ts";
import { tallyCorpus, type SplitTally, type TallyOptions } from "../../src/report/tally.ts";
import { createRandom } from "../formats/samples.ts";
import { label as labelOf } from "../reference/images.ts";

const SIZE = 4;
const PIXELS = SIZE * SIZE;

/** An image by hand: its pixels up to the last that is not 0, its label, its objects and their first row and column, default 0. */
interface Made {
  readonly pixels: readonly number[];
  readonly label?: number;
  readonly objects?: readonly (readonly [
    type: number,
    colour: number,
    pixels: number,
    row?: number,
    column?: number,
  ])[];
}

interface MadeSplit {
  readonly name: string;
  readonly made: readonly Made[];
  readonly hasFactors?: boolean;
}

function rowsOf(made: readonly Made[], hasFactors: boolean): ImageRows {
  const images = new Uint8Array(made.length * PIXELS);
  const factors = new Uint8Array(made.length * 24);
  made.forEach(({ pixels, objects = [] }, row) => {
    images.set(pixels, row * PIXELS);
    objects.forEach(([type, colour, count, top = 0, left = 0], slot) => {
      factors.set([1, type, colour, top, left, count], row * 24 + slot * 6);
    });
  });
  const labels = Uint8Array.from(made, ({ label = 0 }) => label);
  return hasFactors ? { images, labels, factors } : { images, labels };
}

/** Of a corpus of ours; only whether there is one is asked here. */
const manifest = { recipe: {}, files: [] } as unknown as Manifest;

/** A corpus in memory that is read in blocks of so many rows; with a palette one of ours. */
function corpusOf(splits: readonly MadeSplit[], blockRows = 1000, palette?: PaletteName): Corpus {
  return {
    folder: "made",
    manifest: palette && manifest,
    expectedRows: undefined,
    hasOwnHead: true,
    size: SIZE,
    palette: palette ?? "gray",
    splits: splits.map(({ name, made, hasFactors = true }) => ({
      name,
      rows: made.length,
      size: SIZE,
      async *read() {
        for (let at = 0; at < made.length; at += blockRows) yield rowsOf(made.slice(at, at + blockRows), hasFactors);
      },
    })),
  };
}

async function tallySplits(splits: readonly MadeSplit[], options: TallyOptions = {}, blockRows?: number) {
  const { splits: tallies, duplicatesOneIn } = await tallyCorpus(corpusOf(splits, blockRows), options);
  assert.equal(duplicatesOneIn, 1);
  return Object.fromEntries(tallies.map((tally) => [tally.name, tally])) as Record<string, SplitTally>;
}

/** The counts that are not 0, by value. */
const present = (counts: ArrayLike<number>) =>
  Object.fromEntries(Array.from(counts, (count, value) => [value, count]).filter(([, count]) => count! > 0));

const [A, B, C, D] = [1, 2, 3, 4].map((value): Made => ({ pixels: [0, value, 255] }));

test("values, labels, objects, types, colours, sizes and pixels are counted, each split for itself", async () => {
  const { train, test: rest } = await tallySplits([
    {
      name: "train",
      made: [
        { pixels: [9, 9, 0, 7], label: 5, objects: [[0, 9, 2]] },
        {
          pixels: [7, 7],
          label: 255,
          objects: [
            [0, 7, 2],
            [3, 7, 13],
          ],
        },
        { pixels: [], label: 5 },
      ],
    },
    {
      name: "test",
      made: [
        {
          pixels: [255],
          label: 1,
          objects: [
            [2, 1, 8],
            [1, 1, 15],
            [0, 2, 15],
            [0, 2, 15],
          ],
        },
      ],
    },
  ]);
  assert.deepEqual([train!.rows, rest!.rows], [3, 1]);
  assert.deepEqual(present(train!.values), { 0: 3 * PIXELS - 5, 7: 3, 9: 2 });
  assert.deepEqual(present(rest!.values), { 0: PIXELS - 1, 255: 1 });
  assert.deepEqual([present(train!.labels), present(rest!.labels)], [{ 5: 2, 255: 1 }, { 1: 1 }]);
  assert.deepEqual(
    [train!.objects, rest!.objects],
    [
      [1, 1, 1, 0, 0],
      [0, 0, 0, 0, 1],
    ],
  );
  assert.deepEqual(
    [train!.types, rest!.types],
    [
      [2, 0, 0, 1],
      [2, 1, 1, 0],
    ],
  );
  assert.deepEqual(
    [present(train!.colours), present(rest!.colours)],
    [
      { 7: 2, 9: 1 },
      { 1: 2, 2: 2 },
    ],
  );
  assert.deepEqual([present(train!.blobSizes), present(rest!.blobSizes)], [{ 2: 2 }, { 15: 2 }]);
  // Without a palette coloured pixels are counted: 3 for 2, 2 for 15, none for none, 1 for 53.
  assert.deepEqual([train!.wrongPixels, rest!.wrongPixels], [2, 1]);
});

test("with a palette the pixels are compared colour by colour, without one as many as they are", async () => {
  const two = [
    [0, 1, 2],
    [3, 9, 1, 0, 2],
  ] as const;
  const made: [what: string, image: Made, isWrong: boolean, isWrongUnknown: boolean][] = [
    ["as they should be", { pixels: [28, 0, 255, 28], objects: two }, false, false],
    ["a pixel of the other colour", { pixels: [28, 0, 255, 255], objects: two }, true, false],
    ["a pixel of a third colour", { pixels: [28, 0, 255, 57], objects: two }, true, false],
    ["a value between the colours", { pixels: [28, 0, 255, 29], objects: two }, true, false],
    ["an object elsewhere", { pixels: [0, 28, 255, 28], objects: two }, true, true],
    ["a pixel less", { pixels: [28, 0, 255], objects: two }, true, true],
    ["a pixel more", { pixels: [28, 28, 255, 28], objects: two }, true, true],
    ["one object less", { pixels: [28, 0, 0, 28], objects: two }, true, true],
    ["no object, no pixel", { pixels: [] }, false, false],
  ];
  for (const [palette, column] of [
    ["gray", 2],
    [undefined, 3],
  ] as const) {
    for (const row of made) {
      const corpus = corpusOf([{ name: "train", made: [made[0]![1], row[1]] }], 1, palette);
      const { splits } = await tallyCorpus(corpus, {});
      assert.equal(splits[0]!.wrongPixels, Number(row[column]), `${palette}: ${row[0]}`);
    }
    const { splits } = await tallyCorpus(
      corpusOf([{ name: "train", made: made.map((row) => row[1]) }], 3, palette),
      {},
    );
    assert.equal(splits[0]!.wrongPixels, made.filter((row) => row[column]).length);
  }
  const arc: Made = { pixels: [1, 0, 9, 1], objects: two };
  const { splits } = await tallyCorpus(corpusOf([{ name: "train", made: [arc, made[0]![1]] }], 1, "arc"), {});
  assert.equal(splits[0]!.wrongPixels, 1, "the second has the values of another palette");
});

/** Images with up to four objects, of few kinds, so that some are equal. */
function random(count: number, seed: number): Made[] {
  const next = createRandom(seed);
  const below = (n: number) => Math.floor(next() * n);
  return Array.from({ length: count }, () => ({
    pixels: [below(3), below(40)],
    label: below(256),
    objects: Array.from({ length: below(5) }, () => [below(4), 1 + below(9), 2 + below(14)] as const),
  }));
}

test("how the rows are cut into blocks changes nothing", async () => {
  const splits = [
    { name: "train", made: random(700, 1) },
    { name: "val", made: [] },
    { name: "test", made: random(90, 2) },
  ];
  const whole = await tallySplits(splits, { label: "type" });
  for (const blockRows of [1, 7, 89, 699]) {
    assert.deepEqual(await tallySplits(splits, { label: "type" }, blockRows), whole, `blocks of ${blockRows}`);
  }
  assert.equal(whole["val"]!.rows, 0);
});

test("labels that do not follow from the factors are counted", async () => {
  for (const kind of ["composition", "count", "type"] as const) {
    const made = random(5000, 3); // more than are looked at together
    const { factors } = rowsOf(made, true);
    const right = made.map((image, row) => ({
      ...image,
      label: labelOf(factors!.subarray(row * 24, row * 24 + 24), kind),
    }));
    const wrong = right.map((image, row) => (row % 1000 === 7 ? { ...image, label: image.label ^ 1 } : image));
    const found = await tallySplits(
      [
        { name: "train", made: wrong },
        { name: "val", made: right },
      ],
      { label: kind },
      4500,
    );
    assert.deepEqual([found["train"]!.wrongLabels, found["val"]!.wrongLabels], [5, 0], kind);
  }
});

test("without factors, or without knowing what labels say, there is nothing to compare", async () => {
  const made = random(10, 4);
  const bare = await tallySplits([{ name: "train", made, hasFactors: false }], { label: "count" });
  assert.ok(Number.isNaN(bare["train"]!.wrongLabels) && Number.isNaN(bare["train"]!.wrongPixels));
  assert.deepEqual(present(bare["train"]!.objects), {});
  const unknown = await tallySplits([{ name: "train", made }]);
  assert.ok(Number.isNaN(unknown["train"]!.wrongLabels));
  assert.notDeepEqual(present(unknown["train"]!.objects), {});
});

test("copies are counted by the split in which the first of them is", async () => {
  const found = await tallySplits([
    { name: "train", made: [A!, A!, B!] },
    { name: "val", made: [A!, C!, C!, C!] },
    { name: "test", made: [C!, B!, D!, { ...A!, label: 9 }] }, // another label makes no other image
  ]);
  assert.deepEqual(found["train"]!.copiesOf, { train: 1, val: 0, test: 0 });
  assert.deepEqual(found["val"]!.copiesOf, { train: 1, val: 2, test: 0 });
  assert.deepEqual(found["test"]!.copiesOf, { train: 2, val: 1, test: 0 });
});

test("factors that no image has are counted all the same", async () => {
  const { train } = await tallySplits([
    {
      name: "train",
      made: [
        {
          pixels: [1],
          objects: [
            [200, 255, 255],
            [0, 0, 255],
          ],
        },
      ],
    },
  ]);
  assert.deepEqual([train!.types[200], train!.colours[255], train!.blobSizes[255]], [1, 1, 1]);
  assert.equal(train!.wrongPixels, 1);
});

test("each block is shown with its split and its first row; what the viewer throws ends the count", async () => {
  const seen: unknown[] = [];
  const splits = [
    { name: "train", made: random(25, 5) },
    { name: "test", made: random(3, 6) },
  ];
  await tallySplits(
    splits,
    { onBlock: (split, start, { labels }) => void seen.push([split, start, labels.length]) },
    10,
  );
  assert.deepEqual(seen, [
    ["train", 0, 10],
    ["train", 10, 10],
    ["train", 20, 5],
    ["test", 0, 3],
  ]);
  const fail = async () => {
    throw new Error("seen enough");
  };
  await assert.rejects(tallySplits(splits, { onBlock: fail }), /seen enough/);
});

test("of a corpus too large to be remembered a sample is, chosen by content: copies stay together", async () => {
  const kinds = 20_000;
  const made = Array.from({ length: 2 * kinds }, (_, row): Made => ({
    pixels: [(row % kinds) & 255, (row % kinds) >> 8],
  }));
  const { splits, ...corpus } = corpusOf([{ name: "train", made }]);
  const large = { ...corpus, splits: splits.map((split) => ({ ...split, rows: 30_000_000 })) }; // as its header says
  const { splits: tallies, duplicatesOneIn } = await tallyCorpus(large, {});
  assert.equal(duplicatesOneIn, 4); // 2^23 * 1.5 are remembered
  const copies = tallies[0]!.copiesOf["train"]!;
  const deviation = Math.sqrt(kinds * 0.25 * 0.75);
  assert.ok(Math.abs(copies - kinds / 4) < 5 * deviation, `${copies} copies of ${kinds} in a quarter`);
});
