import assert from "node:assert/strict";
import test from "node:test";
import { imageStream } from "../../src/core/images.ts";
import { seenRowsBytes } from "../../src/core/distinct.ts";
import { createCore } from "../../src/core/instance.ts";
import { InputError } from "../../src/data/errors.ts";
import { columnOf } from "../../src/data/rows.ts";
import { SPLITS } from "../../src/data/splits.ts";
import { imageSpec, imageSplits, resolveImages, splitCounts } from "../../src/datasets/images.ts";
import { MAX_UNIQUE, redrawnImages, redrawMemory, type SplitRows } from "../../src/datasets/unique.ts";
import { openSource } from "../../src/sources/table.ts";

// The smallest images are the likeliest to be equal.
const recipe = resolveImages({ numImages: 200_000, gridSize: 8, splits: [0.8, 0.15, 0.05], unique: true });
const counts = splitCounts(recipe);
const splits: readonly SplitRows[] = SPLITS.map((split) => ({ spec: imageSpec(recipe, split), rows: counts[split] }));

const hexOf = (pixels: Uint8Array) => Buffer.from(pixels).toString("hex");

/** Each image of a split, with what is drawn again. */
function* imagesOf({ spec, rows }: SplitRows, redrawn = spec.redrawn): Generator<string> {
  const block = 5000;
  const source = openSource(createCore(), [{ ...spec, redrawn }], block);
  const pixels = spec.size ** 2;
  for (let start = 0; start < rows; start += block) {
    const { data } = columnOf(source.read(start, Math.min(block, rows - start)), "images");
    for (let at = 0; at < data.length; at += pixels) yield hexOf((data as Uint8Array).subarray(at, at + pixels));
  }
}

const found = await redrawnImages(createCore(), splits);

test("200,000 images of 8 x 8 have duplicates, and none is left", () => {
  const [before, after] = [new Set<string>(), new Set<string>()];
  for (const [at, split] of splits.entries()) {
    for (const image of imagesOf(split)) before.add(image);
    for (const image of imagesOf(split, found[at])) after.add(image);
  }
  assert.equal(after.size, 200_000);
  const redrawn = found.reduce((sum, { rows }) => sum + rows.length, 0);
  // More than there were duplicates: an image that takes the place of one may be that of a later row.
  assert.ok(before.size < 199_000 && redrawn >= 200_000 - before.size, `${before.size} distinct, ${redrawn} redrawn`);
  assert.ok(redrawn < 1.1 * (200_000 - before.size), `${before.size} distinct, ${redrawn} redrawn`);
});

test("an image is drawn again just where it was seen before, as often as needed, split after split", () => {
  const seen = new Set<string>();
  for (const [at, split] of splits.entries()) {
    const { spec } = split;
    const stream = imageStream(createCore(), spec, spec, { maxRows: 1 });
    const expected: { rows: number[]; draws: number[] } = { rows: [], draws: [] };
    let row = 0;
    for (let image of imagesOf(split)) {
      let draw = 0;
      while (seen.has(image)) image = hexOf(stream.read(row, 1, ++draw).images);
      seen.add(image);
      if (draw > 0) {
        expected.rows.push(row);
        expected.draws.push(draw);
      }
      row++;
    }
    assert.equal(row, split.rows);
    assert.deepEqual(found[at], expected);
  }
  assert.ok(found.every(({ rows }) => rows.length > 0) && found.some(({ draws }) => Math.max(...draws) > 1));
});

test("the first images of a train split are the same in a larger one", async () => {
  for (const rows of [1, 4095, 4096, 4097, 50_000]) {
    const [few] = await redrawnImages(createCore(), [{ ...splits[0]!, rows }, splits[1]!]);
    const count = found[0]!.rows.filter((row) => row < rows).length;
    const { rows: allRows, draws: allDraws } = found[0]!;
    assert.deepEqual(few, { rows: allRows.slice(0, count), draws: allDraws.slice(0, count) }, `${rows} images`);
  }
});

test("what is drawn again is the same whatever the core held, and whoever asks", async () => {
  const few = splits.map((split) => ({ ...split, rows: Math.floor(split.rows / 10) }));
  const expected = await redrawnImages(createCore(), few);
  const core = createCore();
  core.bytes(core.alloc(1 << 22), 1 << 22).fill(0xff);
  core.reset();
  assert.deepEqual(await redrawnImages(core, few), expected, "in memory that was used");
  assert.deepEqual(await redrawnImages(core, few), expected, "beside another search");
  core.reset();
  assert.deepEqual(await redrawnImages(core, few), expected, "after a reset");
  const some = resolveImages({ ...recipe, numImages: 20_000, gridSize: 8, splits: [0.8, 0.15, 0.05] });
  const specs = (await imageSplits(some)).map(({ spec }) => spec.redrawn);
  assert.deepEqual(specs, expected, "as a recipe");
});

test("splits without rows change nothing, and what a palette makes equal is told apart by nothing else", async () => {
  const [train, val] = splits.map((split) => ({ ...split, rows: 3000 })) as [SplitRows, SplitRows];
  const none = { ...val, rows: 0 };
  const [alone] = await redrawnImages(createCore(), [train]);
  assert.deepEqual(await redrawnImages(createCore(), [none, train, none]), [
    { rows: [], draws: [] },
    alone,
    { rows: [], draws: [] },
  ]);
  const twoColours = { ...train.spec, palette: [0, ...Array.from({ length: 9 }, () => 1)] };
  const [outlines] = await redrawnImages(createCore(), [{ spec: twoColours, rows: 3000 }]);
  assert.ok(outlines!.rows.length > 4 * alone!.rows.length, `${outlines!.rows.length} and ${alone!.rows.length}`);
  assert.equal(new Set(imagesOf({ spec: twoColours, rows: 3000 }, outlines)).size, 3000);
});

test("the search tells how far it has come, waits for who is told, and ends with what he throws", async () => {
  const told: number[] = [];
  let isTold = false;
  await redrawnImages(createCore(), splits, async (share) => {
    assert.ok(!isTold, "it did not wait");
    isTold = true;
    await new Promise((resolve) => setTimeout(resolve, 0));
    isTold = false;
    told.push(share);
  });
  assert.ok(told.length > 20 && told.every((share, at) => (at === 0 ? share === 0 : share > told[at - 1]!)));
  assert.equal(told.at(-1), 1);
  const enough = new Error("enough");
  const stop = (share: number) => {
    if (share > 0.5) throw enough;
  };
  await assert.rejects(redrawnImages(createCore(), splits, stop), (error) => error === enough);
  await assert.rejects(imageSplits(recipe, stop), (error) => error === enough);
});

test("more images than can be told apart are refused before any is drawn", () => {
  const most = { ...recipe, numImages: MAX_UNIQUE, gridSize: 8, splits: [0.8, 0.15, 0.05] };
  assert.deepEqual([MAX_UNIQUE, resolveImages(most).images], [50_000_000, 50_000_000]);
  assert.throws(
    () => resolveImages({ ...most, numImages: MAX_UNIQUE + 1 }),
    new InputError("50000001 images without duplicates are not allowed: give at most 50000000"),
  );
  assert.equal(resolveImages({ ...most, numImages: MAX_UNIQUE + 1, unique: false }).images, 50_000_001);
});

test("what cannot be is refused: images that are all equal, and of two sizes", async () => {
  const [train] = splits as [SplitRows];
  const black = { ...train.spec, palette: Array.from({ length: 10 }, () => 0) };
  const message = "Cannot make image 1 unique: 65535 draws were all seen before";
  await assert.rejects(redrawnImages(createCore(), [{ spec: black, rows: 2 }]), new InputError(message));
  const larger = { spec: { ...train.spec, size: 9 }, rows: 10 };
  await assert.rejects(
    redrawnImages(createCore(), [train, larger]),
    /^Error: Cannot compare images of different sizes$/,
  );
});

test("a search takes its table of the core and a few MB, and the memory foretold has room for both", async () => {
  for (const images of [10_000, 500_000]) {
    const core = createCore();
    const search = redrawnImages(core, [{ ...splits[0]!, rows: images }], (share) => {
      if (share > 0) throw new Error("enough");
    });
    await assert.rejects(search, /enough/);
    const taken = core.alloc(1); // regions lie one behind the other
    const table = seenRowsBytes(images);
    assert.ok(taken >= table && taken < table + 4e6, `${taken} bytes, ${table} of them the table`);
    // And not twice as much: the process has the images to be drawn again, and what growing memory leaves behind.
    const foretold = redrawMemory(images);
    assert.ok(foretold >= taken - 4e6 && foretold < 2 * taken, `${taken} bytes, foretold ${foretold}`);
    // A table is not over three quarters full, nor under three eighths.
    assert.ok(table >= (8 * images) / 0.75 && table < (2 * 8 * images) / 0.75, `${table} bytes`);
  }
});
