import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { bytesOf, type DType, type TypedArray } from "../../src/data/dtype.ts";
import type { Field } from "../../src/data/rows.ts";
import { npyEncoder, npyHeader, npyStoredRows, readNpyArray, readNpyHeader } from "../../src/formats/npy.ts";
import { openFramer } from "../../src/formats/table.ts";
import { assertSameBytes } from "../reference/same.ts";
import { memorySource } from "../support/memory.ts";

const fixture = (name: string) => new Uint8Array(readFileSync(new URL(`../fixtures/${name}.npy`, import.meta.url)));
const ramp = (length: number) => Array.from({ length }, (_, i) => i);

// Made by NumPy with test/fixtures/make.py.
const stored: [name: string, dtype: DType, shape: number[], values: TypedArray][] = [
  ["f4_0", "<f4", [0], new Float32Array(0)],
  ["f4_0x7", "<f4", [0, 7], new Float32Array(0)],
  ["i8_10", "<i8", [10], BigInt64Array.from(ramp(10), BigInt)],
  ["f4_3x4", "<f4", [3, 4], Float32Array.from(ramp(12), (i) => i / 8)],
  ["f8_2x3x2", "<f8", [2, 3, 2], Float64Array.from(ramp(12), (i) => i / 3)],
  ["u1_300", "|u1", [300], Uint8Array.from(ramp(300))],
  ["i1_5", "|i1", [5], Int8Array.of(-2, -1, 0, 1, 2)],
  ["u2_3", "<u2", [3], Uint16Array.of(0, 30000, 60000)],
  ["i4_3", "<i4", [3], Int32Array.of(0, -1e9, -2e9)],
  ["u8_2", "<u8", [2], BigUint64Array.of(2n ** 64n - 2n, 2n ** 64n - 1n)],
  ["f4_scalar", "<f4", [], Float32Array.of(0.5)],
];

const headers: [name: string, dtype: DType, shape: number[]][] = [
  ["header_f4_100000x100", "<f4", [100000, 100]],
  ["header_u1_1000x16x16", "|u1", [1000, 16, 16]],
  ["header_f4_wide", "<f4", [2 ** 53 - 1, 65536]],
  ["header_f4_grown", "<f4", [5, 123456789012, 123456789012, 123456789012]],
];

test("headers are NumPy's, byte for byte", () => {
  for (const [name, dtype, shape] of [...stored, ...headers]) {
    const header = npyHeader(dtype, shape);
    assertSameBytes(header, fixture(name).subarray(0, header.length), name);
    assert.equal(header.length, name === "header_f4_grown" ? 192 : 128, name);
  }
});

test("headers of any shape end on a multiple of 64 and say what they were made of", async () => {
  for (const shape of [[], [1], [2 ** 53 - 1], [7, 8, 9], ramp(20), Array.from({ length: 32 }, () => 123456)]) {
    const header = npyHeader("<f8", shape);
    assert.equal(header.length % 64, 0);
    const read = await readNpyHeader(memorySource(header));
    assert.deepEqual(read, { dtype: "<f8", shape, fortranOrder: false, byteLength: header.length });
  }
});

for (const [name, dtype, shape, values] of stored) {
  test(`reads ${name}.npy`, async () => {
    const array = await readNpyArray(memorySource(fixture(name)));
    assert.deepEqual(array, { dtype, shape, fortranOrder: false, data: values });
  });
}

for (const name of ["f4_3x4_version_2", "f4_3x4_version_3"]) {
  test(`reads ${name}.npy`, async () => {
    const array = await readNpyArray(memorySource(fixture(name)));
    assert.deepEqual(array, { dtype: "<f4", shape: [3, 4], fortranOrder: false, data: Float32Array.from(ramp(12)) });
  });
}

test("a file in Fortran order is read as it lies, and says so", async () => {
  const { shape, fortranOrder, data } = await readNpyArray(memorySource(fixture("f4_3x4_fortran")));
  assert.deepEqual([shape, fortranOrder], [[3, 4], true]);
  assert.deepEqual([...data], [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
});

for (const [name, dtype, shape] of headers) {
  test(`reads ${name}.npy`, async () => {
    const bytes = fixture(name);
    const header = await readNpyHeader(memorySource(bytes));
    assert.deepEqual(header, { dtype, shape, fortranOrder: false, byteLength: bytes.length });
  });
}

const field = (dtype: DType, shape: number[]): Field => ({ name: "x", dtype, shape });

test("encoder and framer write NumPy's file, whatever the blocks", async () => {
  for (const [name, dtype, shape, values] of stored) {
    const [rows = 0, ...rowShape] = shape;
    if (shape.length === 0) continue;
    const column = field(dtype, rowShape);
    const spec = { kind: "npy", field: "x" } as const;
    const encoder = npyEncoder("x");
    const rowValues = values.length / Math.max(1, rows);
    for (const blockRows of [1, 2, 1000]) {
      const framer = await openFramer(spec);
      const written = [...framer.open({ spec, fields: [column], pass: { rowStart: 5, rowEnd: 5 + rows } })];
      for (let start = 0; start < rows; start += blockRows) {
        const count = Math.min(blockRows, rows - start);
        const data = values.subarray(start * rowValues, (start + count) * rowValues);
        const encoded = encoder.encode({ start, rows: count, columns: [{ field: column, data }] });
        framer.add(encoded);
        written.push(...encoded.bytes);
      }
      assertSameBytes(Uint8Array.from([...written, ...framer.close(), ...framer.end()]), fixture(name), name);
    }
  }
});

test("stored rows are the bytes of any range", async () => {
  const [, dtype, , values] = stored.find(([name]) => name === "f8_2x3x2")!;
  const rows = await npyStoredRows(memorySource(fixture("f8_2x3x2")), field(dtype, [3, 2]));
  assert.equal(rows.rows, 2);
  for (const [start, count] of [
    [0, 0],
    [0, 1],
    [0, 2],
    [1, 1],
    [2, 0],
  ] as const) {
    const expected = bytesOf(values.subarray(start * 6, (start + count) * 6));
    assertSameBytes(await rows.read(start, count), expected, `rows ${start} + ${count}`);
  }
});

test("stored rows of another type, shape, order or length are refused", async () => {
  const refuses = async (name: string, dtype: DType, shape: number[], length = Infinity) =>
    assert.rejects(
      npyStoredRows(memorySource(fixture(name).slice(0, length)), field(dtype, shape)),
      { name: "InputError" },
      name,
    );
  await refuses("f4_3x4", "<f8", [4]);
  await refuses("f4_3x4", "<f4", [3]);
  await refuses("f4_3x4", "<f4", [2, 2]);
  await refuses("f4_3x4_fortran", "<f4", [4]);
  await refuses("f4_3x4", "<f4", [4], 175);
  await refuses("f4_scalar", "<f4", []);
});
