import assert from "node:assert/strict";
import test from "node:test";
import { InputError } from "../../src/data/errors.ts";
import {
  imageParquetEncoder,
  imageParquetLength,
  imageParquetStoredRows,
  readParquetImages,
} from "../../src/formats/imageparquet.ts";
import { imageBytesEncoder } from "../../src/formats/imagerows.ts";
import { loadParquet, type ParquetColumn } from "../../src/formats/parquet.ts";
import { encodePng } from "../../src/formats/png.ts";
import { assertSameBytes } from "../reference/same.ts";
import { memorySource } from "../support/memory.ts";
import { sha256 } from "../support/sums.ts";
import { colours, drawImages, joinBlocks, makeImages, sliceImages } from "./imagesamples.ts";
import { createRandom, samples } from "./samples.ts";

test("a file for each block is read back as its rows were", async () => {
  for (const [size, rows, start, palette] of [
    [8, 1, 0, undefined],
    [16, 9000, 7, colours],
    [64, 3, 99_999_999, colours],
  ] as const) {
    const encoder = await imageParquetEncoder({ size, palette });
    const block = makeImages(size, rows, { start });
    const read = await joinBlocks(readParquetImages(memorySource(encoder.encode(block).bytes)));
    assert.equal(read.start, start);
    assert.deepEqual(read.columns, block.columns);
  }
});

test("a file of no rows has none", async () => {
  const { bytes } = (await imageParquetEncoder({ size: 16 })).encode(makeImages(16, 0));
  for await (const block of readParquetImages(memorySource(bytes))) assert.fail(`${block.rows} rows of none`);
  assert.equal((await imageParquetStoredRows(memorySource(bytes))).rows, 0);
});

test("stored rows are the values of any range", async () => {
  const block = makeImages(16, 500, { start: 30 });
  const { bytes } = (await imageParquetEncoder({ size: 16 })).encode(block);
  const stored = await imageParquetStoredRows(memorySource(bytes));
  assert.equal(stored.rows, 500);
  for (const [start, end] of [
    [0, 500],
    [3, 20],
    [100, 100],
    [499, 500],
  ] as const) {
    const expected = imageBytesEncoder().encode(sliceImages(block, start, end)).bytes;
    assertSameBytes(await stored.read(start, end - start), expected, `${start} to ${end}`);
  }
});

test("bytes are the same whatever was encoded before, and never change", async () => {
  const encoder = await imageParquetEncoder({ size: 16, palette: colours });
  const block = makeImages(16, 300);
  const first = encoder.encode(block).bytes.slice();
  encoder.encode(makeImages(16, 700, { seed: 5 }));
  assertSameBytes(encoder.encode(block).bytes, first, "again");
  assert.equal(sha256(first), "f3b8101aac425eef5e1d4329842afddc667eba2b3504a6d03b4c0e319ef7c518");
});

test("lengths are foretold within a tenth, and never too short at most", async () => {
  for (const size of [8, 16, 32, 64]) {
    const { length } = (await imageParquetEncoder({ size })).encode(drawImages(size, 5000)).bytes;
    const { expected, atMost } = imageParquetLength({ size }, 5000);
    assert.ok(Math.abs(expected / length - 1) < 0.1, `${length}, foretold ${expected}`);
    assert.ok(length <= atMost);
  }
  const noise = samples["random"]!(2000 * 256, createRandom(1));
  const block = makeImages(16, 2000);
  (block.columns[0]!.data as Uint8Array).set(noise);
  const { length } = (await imageParquetEncoder({ size: 16 })).encode(block).bytes;
  assert.ok(length <= imageParquetLength({ size: 16 }, 2000).atMost, `${length}`);
});

const parquet = await loadParquet();
const png = encodePng(new Uint8Array(64), 8);
const image = (path: string, bytes: Uint8Array = png): ParquetColumn => ({
  name: "image",
  type: "image",
  values: { bytes: { bytes, offsets: Int32Array.of(0, bytes.length) }, path: [path] },
});
const label: ParquetColumn = { name: "label", type: "uint8", values: Uint8Array.of(5) };
const factors: ParquetColumn = { name: "factors", type: "uint8[]", length: 24, values: new Uint8Array(24) };
const malformed: Record<string, readonly ParquetColumn[]> = {
  "no image": [label, factors],
  "no label": [image("00000000.png"), factors],
  "no factors": [image("00000000.png"), label],
  "factors of another length": [
    image("00000000.png"),
    label,
    { ...factors, length: 12, values: new Uint8Array(12) } as ParquetColumn,
  ],
  "a label of another type": [
    image("00000000.png"),
    { name: "label", type: "int32", values: Int32Array.of(5) },
    factors,
  ],
  "a name that is no number": [image("a.png"), label, factors],
  "a name of another kind": [image("00000000.jpg"), label, factors],
  "a damaged image": [image("00000000.png", png.slice(0, 50)), label, factors],
};
for (const [what, columns] of Object.entries(malformed)) {
  test(`${what}: one clear line`, async () => {
    await assert.rejects(joinBlocks(readParquetImages(memorySource(parquet.encode(columns)))), (error) => {
      assert.ok(error instanceof InputError, String(error));
      assert.match(error.message, /^[\x20-\x7e]+$/);
      return true;
    });
  });
}

test("a file that is no Parquet is refused", async () => {
  await assert.rejects(joinBlocks(readParquetImages(memorySource("PAR1 or not"))), { name: "InputError" });
});
