import assert from "node:assert/strict";
import test from "node:test";
import { createCore } from "../../src/core/instance.ts";
import { createCrc32 } from "../../src/core/measure.ts";
import { bytesOf, dtypes, type DType, type TypedArray } from "../../src/data/dtype.ts";
import { InputError } from "../../src/data/errors.ts";
import { valuesPerRow, type Field, type RowBlock } from "../../src/data/rows.ts";
import { joinBytes } from "../../src/formats/bytes.ts";
import { DEFLATE_WINDOW, type DeflateLevel } from "../../src/formats/deflate.ts";
import { npyHeader } from "../../src/formats/npy.ts";
import {
  createNpzWriter,
  npzLength,
  npzEncoder,
  npzFramer,
  npzStoredRows,
  readNpzArrays,
  type NpzOptions,
} from "../../src/formats/npz.ts";
import { readZipDirectory } from "../../src/formats/zipdirectory.ts";
import { assertSameBytes } from "../reference/same.ts";
import { createRandom, memorySource, samples } from "./samples.ts";

const checksum = createCrc32(createCore());
const stored: NpzOptions = { compress: false, pieceRows: 1 };

/** Rows 0, 1, ... of a dataset, all in memory. */
class Rows {
  readonly field: Field;
  readonly data: Uint8Array;
  readonly rowBytes: number;

  constructor(field: Field, rows: number, kind: string, seed = 1) {
    this.field = field;
    this.rowBytes = valuesPerRow(field) * dtypes[field.dtype].bytes;
    this.data = samples[kind]!(rows * this.rowBytes, createRandom(seed)).slice();
  }

  block(start: number, rows: number): RowBlock {
    const { bytes, array } = dtypes[this.field.dtype];
    const data: TypedArray = new array(
      this.data.buffer as ArrayBuffer,
      this.data.byteOffset + start * this.rowBytes,
      (rows * this.rowBytes) / bytes,
    );
    return { start, rows, columns: [{ field: this.field, data }] };
  }

  bytes(start: number, end: number): Uint8Array {
    return this.data.subarray(start * this.rowBytes, end * this.rowBytes);
  }

  /** The encoded blocks of rows `start` to `end`, each made by an encoder of its own, last first. */
  encode(start: number, end: number, blockRows: number, options: NpzOptions) {
    const starts = Array.from({ length: Math.ceil((end - start) / blockRows) }, (_, i) => start + i * blockRows);
    const encoded = starts.reverse().map((at) => {
      const encoder = npzEncoder(this.field, options, { rowStart: start, rowEnd: end }, checksum);
      const past = Math.min(encoder.historyRows, at - start);
      const history = encoder.historyRows > 0 ? this.block(at - past, past) : undefined;
      return encoder.encode(this.block(at, Math.min(blockRows, end - at)), history);
    });
    return encoded.reverse();
  }

  file(start: number, end: number, blockRows: number, options: NpzOptions): Uint8Array {
    const framer = npzFramer(this.field, end - start, options);
    const parts = [framer.begin()];
    for (const encoded of this.encode(start, end, blockRows, options)) {
      framer.add(encoded);
      parts.push(encoded.bytes);
    }
    return joinBytes([...parts, framer.end()]);
  }
}

const vectors: Field = { name: "vectors", dtype: "<f4", shape: [96] };
const images: Field = { name: "images", dtype: "|u1", shape: [28, 28] };

test("arrays of every type come back, stored and compressed", async () => {
  for (const dtype of Object.keys(dtypes) as DType[]) {
    for (const shape of [[], [3], [4, 5]]) {
      const rows = new Rows({ name: "a", dtype, shape }, 500, "sparse");
      for (const compress of [false, true]) {
        const file = rows.file(0, 500, 200, { compress, pieceRows: 50 });
        const { a, ...others } = await readNpzArrays(memorySource(file));
        assert.deepEqual(others, {});
        assert.deepEqual([a!.dtype, a!.shape, a!.fortranOrder], [dtype, [500, ...shape], false]);
        assert.ok(a!.data instanceof dtypes[dtype].array);
        assertSameBytes(bytesOf(a!.data), rows.data, `${dtype} ${shape}`);
      }
    }
  }
});

test("block size, order and worker change no byte", () => {
  for (const [field, kind] of [
    [images, "images"],
    [images, "zeros"],
    [vectors, "normals"],
  ] as const) {
    const rows = new Rows(field, 700, kind);
    for (const [pieceRows, multiples] of [
      [7, [1, 2, 5, 100]],
      [64, [1, 2, 3, 11]],
      [700, [1, 2]],
    ] as const) {
      for (const compress of [false, true]) {
        const files = multiples.map((multiple) => rows.file(0, 700, multiple * pieceRows, { compress, pieceRows }));
        for (const file of files) assertSameBytes(file, files[0]!, `${kind}, pieces of ${pieceRows}`);
      }
    }
  }
});

test("rows before a file's first do not matter", () => {
  const rows = new Rows(images, 300, "images");
  const options: NpzOptions = { compress: true, pieceRows: 20 };
  const alone = new Rows(images, 200, "zeros");
  alone.data.set(rows.bytes(100, 300));
  const file = rows.file(100, 300, 60, options);
  assertSameBytes(file, alone.file(0, 200, 200, options), "file");

  const encoder = npzEncoder(images, options, { rowStart: 100, rowEnd: 300 }, checksum);
  const ofMore = encoder.encode(rows.block(120, 20), rows.block(0, 120)).bytes.slice();
  assertSameBytes(
    ofMore,
    encoder.encode(rows.block(120, 20), rows.block(100, 20)).bytes,
    "with rows of before the file",
  );
});

test("history spans the window, whatever the row size", () => {
  for (const shape of [[1], [100], [32768], [40000]]) {
    const encoder = npzEncoder(
      { name: "a", dtype: "|u1", shape },
      { compress: true, pieceRows: 1 },
      { rowStart: 0, rowEnd: 9 },
      checksum,
    );
    assert.ok(encoder.historyRows * shape[0]! >= DEFLATE_WINDOW);
    assert.ok((encoder.historyRows - 1) * shape[0]! < DEFLATE_WINDOW);
  }
  assert.equal(npzEncoder(vectors, stored, { rowStart: 0, rowEnd: 9 }, checksum).historyRows, 0);
});

test("blocks that would move the pieces, or lack their history, are refused", () => {
  const rows = new Rows(images, 400, "images");
  const encoder = npzEncoder(images, { compress: true, pieceRows: 20 }, { rowStart: 110, rowEnd: 320 }, checksum);
  const wrong = /^Error: Cannot compress rows \d+ to \d+: expected whole pieces of 20 from 110, or up to 320$/;
  for (const [start, count] of [
    [110, 30],
    [120, 20],
    [90, 20],
    [310, 20],
    [310, 5],
  ] as const) {
    assert.throws(() => encoder.encode(rows.block(start, count), rows.block(0, start)), wrong);
  }
  encoder.encode(rows.block(310, 10), rows.block(200, 110));
  const lacking = /^Error: Cannot compress rows from 310: expected the 42 rows before them as history$/;
  for (const history of [undefined, rows.block(270, 40), rows.block(200, 109), rows.block(260, 51)]) {
    assert.throws(() => encoder.encode(rows.block(310, 10), history), lacking);
  }
});

test("a file without rows is an empty array", async () => {
  for (const compress of [false, true]) {
    const { vectors: array } = await readNpzArrays(
      memorySource(new Rows(vectors, 0, "zeros").file(0, 0, 10, { compress, pieceRows: 10 })),
    );
    assert.deepEqual(array!.shape, [0, 96]);
  }
});

test("several arrays in one file", async () => {
  const members = [
    { rows: new Rows(images, 100, "images"), options: { compress: true, pieceRows: 10 } },
    { rows: new Rows({ name: "labels", dtype: "|u1", shape: [] }, 100, "random"), options: stored },
    {
      rows: new Rows({ name: "factors", dtype: "<f8", shape: [5] }, 100, "text"),
      options: { compress: true, pieceRows: 1 },
    },
  ] as const;
  const writer = createNpzWriter();
  const parts: Uint8Array[] = [];
  for (const { rows, options } of members) {
    parts.push(writer.open(rows.field, 100, options));
    for (const encoded of rows.encode(0, 100, 10, options)) {
      writer.add(encoded);
      parts.push(encoded.bytes);
    }
    parts.push(writer.close());
  }
  const arrays = await readNpzArrays(memorySource(joinBytes([...parts, writer.end()])));
  assert.deepEqual(Object.keys(arrays), ["images", "labels", "factors"]);
  for (const { rows } of members) assertSameBytes(bytesOf(arrays[rows.field.name]!.data), rows.data, rows.field.name);
});

test("a framer refuses fewer or more rows than announced", () => {
  const rows = new Rows(vectors, 10, "normals");
  for (const count of [9, 11]) {
    const framer = npzFramer(vectors, count, stored);
    framer.begin();
    for (const encoded of rows.encode(0, 10, 5, stored)) framer.add(encoded);
    assert.throws(() => framer.end(), /Cannot close zip member "vectors.npy": expected \d+ bytes, got \d+/);
  }
});

test("the stored bytes begin at the header and are the rows as they lie in memory", () => {
  const rows = new Rows(vectors, 10, "normals");
  const file = rows.file(0, 10, 4, stored);
  const content = joinBytes([npyHeader("<f4", [10, 96]), rows.data]);
  const start = 30 + "vectors.npy".length;
  assertSameBytes(file.subarray(start, start + content.length), content, "member");
});

test("no file is longer than foretold, and one that is only stored is as long", () => {
  for (const kind of ["random", "zeros", "normals"]) {
    const rows = new Rows(images, 120, kind);
    assert.equal(rows.file(0, 120, 50, stored).length, npzLength(images, 120, stored).atMost);
    for (const pieceRows of [1, 7, 120]) {
      for (const level of [1, 6, 9] as DeflateLevel[]) {
        const options: NpzOptions = { compress: true, pieceRows, level };
        assert.ok(
          rows.file(0, 120, 2 * pieceRows, options).length <= npzLength(images, 120, options).atMost,
          `${kind} ${pieceRows}`,
        );
      }
    }
  }
  assert.ok(npzLength(images, 6e6, stored).atMost > 2 ** 32);
  assert.ok(npzLength(images, 5.4e6, { compress: true, pieceRows: 1 }).atMost > 2 ** 32);
});

test("stored rows are read a range at a time", async () => {
  const rows = new Rows(images, 200, "images");
  for (const compress of [false, true]) {
    const found = await npzStoredRows(memorySource(rows.file(0, 200, 40, { compress, pieceRows: 10 })), images);
    assert.equal(found.rows, 200);
    for (const [start, count] of [
      [0, 1],
      [1, 60],
      [61, 0],
      [150, 50],
      [20, 5],
    ] as const) {
      assertSameBytes(await found.read(start, count), rows.bytes(start, start + count), `rows from ${start}`);
    }
  }
});

test("what is wrong with an .npz is said in one line", async () => {
  const rows = new Rows(vectors, 50, "normals");
  const file = rows.file(0, 50, 50, stored);
  const fails = async (promise: Promise<unknown>, expected: RegExp) =>
    assert.rejects(promise, (error) => error instanceof InputError && expected.test(error.message));
  await fails(readNpzArrays(memorySource(file.subarray(0, 1000))), /^The zip is cut short: its directory is missing$/);
  await fails(npzStoredRows(memorySource(file), images), /^No images\.npy in the \.npz, which has vectors\.npy$/);
  await fails(
    npzStoredRows(memorySource(file), { ...vectors, shape: [95] }),
    /^Cannot read "vectors\.npy" in the \.npz: Rows of <f4 \(96\)/,
  );
  const damaged = file.slice();
  damaged[5000]! ^= 1;
  await fails(readNpzArrays(memorySource(damaged)), /^Cannot read "vectors\.npy" in the zip: CRC-32 /);
  const other = file.slice();
  other[41]! ^= 1; // the first byte of the .npy
  await fails(readNpzArrays(memorySource(other)), /^Cannot read "vectors\.npy" in the \.npz: Not a \.npy file/);
});

test("the same rows give the same file anywhere", async () => {
  const rows = new Rows(images, 100, "images");
  const file = rows.file(0, 100, 100, { compress: true, pieceRows: 30 });
  assert.equal((await readZipDirectory(memorySource(file)))[0]!.name, "images.npy");
  assert.equal(checksum(file).toString(16), "c9a25971");
});
