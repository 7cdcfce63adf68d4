import assert from "node:assert/strict";
import test from "node:test";
import type { SplitTally } from "../../src/report/tally.ts";
import { assertFails, checksOf, IMAGES, namesWith, type Case, type Tallies } from "./perfect.ts";

test("counts as the law says pass every check", () => {
  const checks = checksOf(() => {});
  assert.deepEqual([namesWith(checks, false), namesWith(checks, null)], [[], []]);
  for (const palette of ["gray", "arc"] as const) assertFails([], () => {}, { recipe: { palette } });
});

test("the number of images is what was said of it, in all and in each split", () => {
  assertFails(["number of images"], () => {}, { recipe: { numImages: IMAGES + 1 } });
  assertFails(["number of images"], ({ train }) => train.rows--);
  assertFails(["number of images"], ({ train, val }) => (train.rows--, val.rows++));
  assertFails(["number of images"], () => {}, { recipe: { splits: [0.25, 0.5, 0.25] } });
  const { value, threshold, detail } = checksOf(({ val }) => (val.rows += 2))["number of images"]!;
  assert.deepEqual(
    [value, threshold, detail],
    [IMAGES + 2, "train 1800, val 900, test 900", "train 1800, val 902, test 900"],
  );
});

test("what is not said of the number of images fails; of other programs the files say it", () => {
  const said = { train: 1800, val: NaN, test: 900 };
  assertFails(["number of images"], () => {}, { expectedRows: said });
  assert.match(checksOf(() => {}, { expectedRows: said })["number of images"]!.threshold, /val not said/);
  assertFails(["number of images"], () => {}, { expectedRows: {} });
  const foreign = (edit: Parameters<typeof checksOf>[0]) => checksOf(edit, { recipe: null })["number of images"]!.pass;
  assert.deepEqual([foreign(() => {}), foreign(({ test: rest }) => rest.rows--)], [true, false]);
  // As many as were said, but not as many as the file has.
  assertFails(["number of images"], ({ val }) => (val.rows = 899), { expectedRows: { ...said, val: 899 } });
});

test("a manifest whose recipe has another hash, or that lists no files, fails; other programs have none", () => {
  const edits: [editManifest: Case["editManifest"], says: RegExp][] = [
    [(manifest) => (manifest.recipe_sha256 = "0".repeat(64)), /recipe|hash/],
    [(manifest) => (manifest.files = []), /files/],
  ];
  for (const [editManifest, says] of edits) {
    assertFails(["manifest"], () => {}, { editManifest });
    assert.match(checksOf(() => {}, { editManifest })["manifest"]!.detail, says);
  }
  assertFails(["manifest"], () => {}, { hasOwnHead: false });
  const all = checksOf(() => {}, { hasOwnHead: false, editManifest: (manifest) => (manifest.files = []) })["manifest"]!;
  assert.equal(all.value, 2);
  assert.match(all.detail, /generation_params.*files/);
  assert.equal(checksOf(() => {}, { recipe: null })["manifest"]!.pass, null);
});

test("a value outside the palette fails, and is named; of other programs any byte is allowed", () => {
  const strange = ({ test: rest }: Tallies) => {
    rest.values[0]!--;
    rest.values[29]! += 1;
  };
  const { detail, value } = checksOf(strange)["pixel values"]!;
  assert.deepEqual([detail, value], ["strange: 29", 1]);
  assertFails(["pixel values"], ({ val }) => (val.values[1]!++, val.values[28]!--));
  assertFails(["pixel values"], ({ val }) => (val.values[10]!++, val.values[9]!--), { recipe: { palette: "arc" } });
  assert.ok(!namesWith(checksOf(strange, { recipe: null }), false).includes("pixel values"));
});

test("the background may be off by five standard errors", () => {
  // The pixels of an image have variance 97.38 (law.test.ts): 5 sqrt(97.38 * 3600) = 2960 pixels in all.
  for (const [pixels, isFar] of [
    [2960, false],
    [-2960, false],
    [2961, true],
    [-2961, true],
  ] as const) {
    const checks = checksOf(({ train }) => {
      train.values[255]! += pixels;
      train.values[0]! -= pixels;
    });
    assert.equal(checks["background share"]!.pass, !isFar, `${pixels} pixels: ${checks["background share"]!.detail}`);
  }
});

test("on small grids there may be less in an image: large objects find no room", () => {
  const fewer = (perImage: number) => (tallies: Record<string, SplitTally>) => {
    for (const tally of Object.values(tallies)) {
      tally.values[255]! -= perImage * tally.rows;
      tally.values[0]! += perImage * tally.rows;
    }
  };
  assertFails([], fewer(1.6), { recipe: { gridSize: 8 } });
  assertFails(["background share"], fewer(4), { recipe: { gridSize: 8 } });
  assertFails(["background share"], fewer(1.6), { recipe: { gridSize: 16 } });
  assert.deepEqual(namesWith(checksOf(fewer(1.6), { recipe: { gridSize: 8 } }), null), ["blob sizes"]);
});

test("one image with other pixels or another label than its factors say fails", () => {
  assertFails(["pixels and factors"], ({ val }) => (val.wrongPixels = 1));
  const both = checksOf(({ train, test: rest }) => ((train.wrongPixels = 3), (rest.wrongPixels = 4)));
  assert.equal(both["pixels and factors"]!.value, 7);
  assertFails(["labels and factors"], ({ val }) => (val.wrongLabels = 1));
});

/** Moves a count from one cell to another. */
const move = (counts: number[], from: number, to: number, count: number) => {
  counts[from]! -= count;
  counts[to]! += count;
};

// Two cells of e expected that are off by d add 2 d^2 / e. The chi-square law exceeds 30.66 with 3 degrees of freedom,
// 42.70 with 8 and 52.75 with 13 once in a million times (SciPy's chi2.isf).
const skews: [name: string, skew: (tally: SplitTally, by: number) => void, passes: number, fails: number][] = [
  ["objects in an image", ({ objects }, by) => move(objects, 1, 4, by), 117, 118], // 900 expected
  ["object types", ({ types }, by) => move(types, 2, 3, by), 166, 167], // 1800
  ["object colours", ({ colours }, by) => move(colours, 9, 1, by), 146, 147], // 1000
  ["blob sizes", ({ blobSizes }, by) => move(blobSizes, 2, 15, by), 81, 82], // 252
];
for (const [name, skew, passes, fails] of skews) {
  test(`${name}: a skew passes up to one chance in a million`, () => {
    assertFails([], ({ train }) => skew(train, passes));
    assertFails([name], ({ train }) => skew(train, fails));
    assertFails([], ({ train, val }) => (skew(train, fails), skew(val, -fails))); // all splits together
    const { value, threshold } = checksOf(({ train }) => skew(train, fails))[name]!;
    assert.ok(value! > 0 && value! < 1e-6 && threshold.includes("0.000001"));
  });
}

test("what cannot be fails however rare: an image without objects, an unknown type, colour 0 or 10, a blob of one", () => {
  assertFails(["objects in an image"], ({ train }) => move(train.objects, 1, 0, 1));
  assertFails(["object types"], ({ train }) => (train.types[0]!--, (train.types[9] = 1)));
  assertFails(["object colours"], ({ train }) => move(train.colours, 1, 0, 1));
  assertFails(["object colours"], ({ train }) => (train.colours[1]!--, (train.colours[200] = 1)));
  assertFails(["blob sizes"], ({ train }) => move(train.blobSizes, 2, 1, 1));
});

test("splits with other labels fail; rare labels are compared together", () => {
  assertFails(["labels of the splits"], ({ val }) => ((val.labels[1]! += 225), (val.labels[3] = 0)));
  assertFails(["labels of the splits"], ({ val }) => (val.labels.fill(0), (val.labels[7] = val.rows)));
  assertFails([], ({ val }) => move(val.labels as unknown as number[], 1, 2, 30));
  assertFails([], (tallies) => {
    // A hundred labels so rare that each is in one split only, but in all splits alike.
    for (const [at, tally] of Object.values(tallies).entries()) {
      tally.labels[1]! -= tally.rows / 20;
      for (let i = 0; i < 20; i++) tally.labels[30 + 20 * at + i]! += tally.rows / 400;
    }
  });
  assertFails(["labels of the splits"], ({ val }) => {
    for (const label of [1, 2, 3, 255]) val.labels[label]! -= 30; // which leaves them alike
    val.labels.fill(2, 100, 160);
  });
  const alone = checksOf(({ val, test: rest }) => {
    for (const tally of [val, rest]) Object.assign(tally, { rows: 0, labels: new Float64Array(256) });
  });
  assert.equal(alone["labels of the splits"]!.pass, null, "one split alone cannot differ");
});

test("copies: up to half of the images; none where the recipe says so", () => {
  const copies = (count: number) => (tallies: Tallies) => {
    tallies.train.copiesOf["train"] = count;
  };
  const leaks = (count: number) => (tallies: Tallies) => {
    tallies.val.copiesOf["train"] = count / 2;
    tallies.test.copiesOf["val"] = count / 2;
  };
  assertFails([], copies(1800));
  assertFails(["copies within a split"], copies(1801));
  assertFails([], leaks(900));
  assertFails(["copies of another split"], leaks(902));
  for (const [edit, name] of [
    [copies(1), "copies within a split"],
    [leaks(2), "copies of another split"],
  ] as const) {
    assertFails([name], edit, { recipe: { unique: true } });
    assert.match(checksOf(edit)[name]!.detail, /^[12] of \d+ images$/);
  }
  assertFails([], copies(450), { duplicatesOneIn: 4 });
  assertFails(["copies within a split"], copies(451), { duplicatesOneIn: 4 });
  assert.match(checksOf(copies(3), { duplicatesOneIn: 4 })["copies within a split"]!.detail, /^12 of .*one image in 4/);
});

test("files that changed are named; without checksums nothing is asked", () => {
  const checks = checksOf(() => {}, { wrongSums: ["val.npz", "test.npz"] });
  assert.deepEqual(namesWith(checks, false), ["checksums"]);
  assert.match(checks["checksums"]!.detail, /val\.npz, test\.npz/);
  assert.equal(checksOf(() => {}, { wrongSums: null })["checksums"]!.pass, null);
});

const LAWS = ["background share", "objects in an image", "object types", "object colours", "blob sizes"];

test("a corpus without duplicates is not held against the laws that it gives up", () => {
  const checks = checksOf(({ train }) => move(train.types, 0, 1, 1000), { recipe: { unique: true } });
  assert.deepEqual(namesWith(checks, null).sort(), [...LAWS, "labels of the splits"].sort());
  assert.deepEqual(namesWith(checks, false), []);
  for (const name of LAWS) assert.match(checks[name]!.detail, /^not asked: .*without duplicates/);
});

test("a corpus without factors is asked nothing about them, and told why", () => {
  const bare = (tallies: Record<string, SplitTally>) => {
    for (const tally of Object.values(tallies)) {
      for (const counts of [tally.objects, tally.types, tally.colours, tally.blobSizes]) counts.fill(0);
      Object.assign(tally, { wrongPixels: NaN, wrongLabels: NaN });
    }
  };
  const checks = checksOf(bare, { recipe: null, wrongSums: null });
  const notAsked = [...LAWS, "pixels and factors", "labels and factors", "checksums", "manifest"];
  assert.deepEqual([namesWith(checks, null).sort(), namesWith(checks, false)], [notAsked.sort(), []]);
  for (const name of LAWS) assert.match(checks[name]!.detail, /^not asked: .*(?:no factors|below 16)/);
});

test("a corpus of another program is not held against our laws, whatever its factors", () => {
  const checks = checksOf(({ train }) => move(train.types, 0, 1, 1000), { recipe: null, wrongSums: null });
  assert.deepEqual(
    [namesWith(checks, null).sort(), namesWith(checks, false)],
    [[...LAWS, "checksums", "manifest"].sort(), []],
  );
  for (const name of LAWS) assert.match(checks[name]!.detail, /^not asked: .*law.* not known/);
  assertFails(["pixels and factors"], ({ train }) => (train.wrongPixels = 1), { recipe: null });
});
