import assert from "node:assert/strict";
import test from "node:test";
import { createCore } from "../../src/core/instance.ts";
import { createCrc32 } from "../../src/core/measure.ts";
import { bytesOf, dtypes, type DType } from "../../src/data/dtype.ts";
import { InputError } from "../../src/data/errors.ts";
import type { Field } from "../../src/data/rows.ts";
import { joinBytes } from "../../src/formats/bytes.ts";
import { DEFLATE_WINDOW } from "../../src/formats/deflate.ts";
import { npyHeader } from "../../src/formats/npy.ts";
import { createNpzWriter, npzLength, npzStoredRows, readNpzArrays, type NpzOptions } from "../../src/formats/npz.ts";
import { readZipDirectory } from "../../src/formats/zipdirectory.ts";
import { assertSameBytes } from "../reference/same.ts";
import { COMPRESSORS, openEncoder, Rows, stored } from "./npzrows.ts";
import { memorySource } from "./samples.ts";

const vectors: Field = { name: "vectors", dtype: "<f4", shape: [96] };
const images: Field = { name: "images", dtype: "|u1", shape: [28, 28] };

test("arrays of every type come back, stored and compressed", async () => {
  for (const dtype of Object.keys(dtypes) as DType[]) {
    for (const shape of [[], [3], [4, 5]]) {
      const rows = new Rows({ name: "a", dtype, shape }, 500, "sparse");
      for (const compressor of COMPRESSORS) {
        const file = rows.file(0, 500, 200, { compressor, pieceRows: 50 });
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
      for (const compressor of COMPRESSORS) {
        const files = multiples.map((multiple) => rows.file(0, 700, multiple * pieceRows, { compressor, pieceRows }));
        for (const file of files) assertSameBytes(file, files[0]!, `${compressor} ${kind}, pieces of ${pieceRows}`);
      }
    }
  }
});

test("rows before a file's first do not matter", () => {
  const rows = new Rows(images, 300, "images");
  const alone = new Rows(images, 200, "zeros");
  alone.data.set(rows.bytes(100, 300));
  for (const compressor of COMPRESSORS) {
    const options: NpzOptions = { compressor, pieceRows: 20 };
    assertSameBytes(rows.file(100, 300, 60, options), alone.file(0, 200, 200, options), `${compressor}: file`);

    const encoder = openEncoder(images, options, { rowStart: 100, rowEnd: 300 });
    const ofMore = encoder.encode(rows.block(120, 20), rows.block(0, 120)).bytes.slice();
    const { bytes } = encoder.encode(rows.block(120, 20), rows.block(100, 20));
    assertSameBytes(ofMore, bytes, `${compressor}: with rows of before the file`);
  }
});

test("history spans the window, whatever the row size", () => {
  for (const shape of [[1], [100], [32768], [40000]]) {
    for (const compressor of ["fflate", "core"] as const) {
      const field: Field = { name: "a", dtype: "|u1", shape };
      const { historyRows } = openEncoder(field, { compressor, pieceRows: 1 }, { rowStart: 0, rowEnd: 9 });
      assert.ok(historyRows * shape[0]! >= DEFLATE_WINDOW);
      assert.ok((historyRows - 1) * shape[0]! < DEFLATE_WINDOW);
    }
  }
  assert.equal(openEncoder(vectors, stored, { rowStart: 0, rowEnd: 9 }).historyRows, 0);
});

for (const compressor of ["fflate", "core"] as const) {
  test(`${compressor}: blocks that would move the pieces, or lack their history, are refused`, () => {
    const rows = new Rows(images, 400, "images");
    const encoder = openEncoder(images, { compressor, pieceRows: 20 }, { rowStart: 110, rowEnd: 320 });
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
}

test("a file without rows is an empty array", async () => {
  for (const compressor of COMPRESSORS) {
    const options = { compressor, pieceRows: 10 };
    const file = new Rows(vectors, 0, "zeros").file(0, 0, 10, options);
    const { vectors: array } = await readNpzArrays(memorySource(file));
    assert.deepEqual(array!.shape, [0, 96]);
    assert.ok(file.length <= npzLength([[vectors, 0, options]]).atMost);
  }
});

test("several arrays in one file, which is as long as foretold", async () => {
  const labels = new Rows({ name: "labels", dtype: "|u1", shape: [] }, 100, "random");
  const factors = new Rows({ name: "factors", dtype: "<f8", shape: [5] }, 100, "text");
  const pixels = new Rows(images, 100, "images");
  const none = new Rows({ name: "none", dtype: "<i4", shape: [2] }, 0, "zeros");
  const allStored = [pixels, labels, none, factors].map((rows) => ({ rows, options: stored }));
  const mixed = [
    { rows: pixels, options: { compressor: "fflate", pieceRows: 10 } },
    { rows: labels, options: stored },
    { rows: none, options: { compressor: "core", pieceRows: 5 } },
    { rows: factors, options: { compressor: "core", pieceRows: 1 } },
  ] as const;
  for (const members of [allStored, mixed]) {
    const writer = createNpzWriter();
    const parts = members.flatMap(({ rows, options }) =>
      rows.member(writer, [0, rows.data.length / rows.rowBytes], 10, options),
    );
    const file = joinBytes([...parts, writer.end()]);
    const arrays = await readNpzArrays(memorySource(file));
    assert.deepEqual(
      Object.keys(arrays),
      members.map(({ rows }) => rows.field.name),
    );
    for (const { rows } of members) assertSameBytes(bytesOf(arrays[rows.field.name]!.data), rows.data, rows.field.name);

    const { expected, atMost } = npzLength(
      members.map(({ rows, options }) => [rows.field, rows.data.length / rows.rowBytes, options]),
    );
    if (members === allStored) assert.deepEqual([expected, atMost], [file.length, file.length]);
    assert.ok(file.length <= atMost && expected <= atMost);
  }
});

test("a member is closed before the next is opened, and no name comes twice", () => {
  const writer = createNpzWriter();
  writer.open(vectors, 0, stored);
  assert.throws(
    () => writer.open(images, 0, stored),
    /^Error: Cannot go on with a zip: member "vectors\.npy" is still open$/,
  );
  assert.throws(() => writer.end(), /^Error: Cannot go on with a zip: member "vectors\.npy" is still open$/);
  writer.close();
  assert.throws(() => writer.open(vectors, 0, stored), /^Error: Cannot write two zip members "vectors\.npy"$/);
});

test("a writer refuses fewer or more rows than announced", () => {
  const rows = new Rows(vectors, 10, "normals");
  for (const count of [9, 11]) {
    const writer = createNpzWriter();
    writer.open(vectors, count, stored);
    for (const encoded of rows.encode(0, 10, 5, stored)) writer.add(encoded);
    assert.throws(() => writer.close(), /Cannot close zip member "vectors.npy": expected \d+ bytes, got \d+/);
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
    assert.equal(rows.file(0, 120, 50, stored).length, npzLength([[images, 120, stored]]).atMost);
    for (const pieceRows of [1, 7, 120]) {
      for (const compressor of ["fflate", "core"] as const) {
        const options: NpzOptions = { compressor, pieceRows };
        assert.ok(
          rows.file(0, 120, 2 * pieceRows, options).length <= npzLength([[images, 120, options]]).atMost,
          `${compressor} ${kind} ${pieceRows}`,
        );
      }
    }
  }
  assert.ok(npzLength([[images, 6e6, stored]]).atMost > 2 ** 32);
  for (const compressor of ["fflate", "core"] as const) {
    const { expected, atMost } = npzLength([[images, 5.4e6, { compressor, pieceRows: 1 }]]);
    assert.ok(atMost > 2 ** 32 && expected < atMost);
  }
});

test("stored rows are read a range at a time", async () => {
  const rows = new Rows(images, 200, "images");
  for (const compressor of COMPRESSORS) {
    const found = await npzStoredRows(memorySource(rows.file(0, 200, 40, { compressor, pieceRows: 10 })), images);
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
  const file = rows.file(0, 100, 100, { compressor: "fflate", pieceRows: 30 });
  assert.equal((await readZipDirectory(memorySource(file)))[0]!.name, "images.npy");
  assert.equal(createCrc32(createCore())(file).toString(16), "c9a25971");
});
