import assert from "node:assert/strict";
import test from "node:test";
import { InputError } from "../../src/data/errors.ts";
import type { Field } from "../../src/data/rows.ts";
import { joinBytes } from "../../src/formats/bytes.ts";
import { idxEncoder, idxHeader, idxLength, idxStoredRows, readIdxHeader } from "../../src/formats/idx.ts";
import { assertSameBytes } from "../reference/same.ts";
import { memorySource } from "../support/memory.ts";
import { encodeInBlocks, makeImages } from "./imagesamples.ts";

const images = (size: number): Field => ({ name: "images", dtype: "|u1", shape: [size, size] });
const labels: Field = { name: "labels", dtype: "|u1", shape: [] };

// The first bytes of MNIST's files of 10,000 test images and of their labels.
const MNIST_IMAGES = [0, 0, 8, 3, 0, 0, 0x27, 0x10, 0, 0, 0, 28, 0, 0, 0, 28];
const MNIST_LABELS = [0, 0, 8, 1, 0, 0, 0x27, 0x10];

test("headers are those of MNIST", () => {
  assert.deepEqual([...idxHeader([10_000, 28, 28])], MNIST_IMAGES);
  assert.deepEqual([...idxHeader([10_000])], MNIST_LABELS);
  assert.deepEqual([...idxHeader([2 ** 32 - 1])], [0, 0, 8, 1, 255, 255, 255, 255]);
});

test("more rows than IDX can count are refused", () => {
  for (const rows of [2 ** 32, 2 ** 40]) {
    assert.throws(() => idxHeader([rows, 16, 16]), { name: "InputError", message: new RegExp(`${rows}`) });
  }
});

test("a file is its header and the rows as they are, whatever the blocks, and as long as foretold", async () => {
  const block = makeImages(16, 37);
  for (const [field, column] of [images(16), labels].map((f, at) => [f, block.columns[at]!] as const)) {
    const file = joinBytes([idxHeader([37, ...field.shape]), column.data as Uint8Array]);
    for (const rows of [1, 5, 37])
      assertSameBytes(encodeInBlocks(idxEncoder(field.name), block, rows), column.data as Uint8Array, field.name);
    assert.deepEqual(idxLength(field, 37), { expected: file.length, atMost: file.length });
    assert.deepEqual((await readIdxHeader(memorySource(file))).shape, [37, ...field.shape]);
    const stored = await idxStoredRows(memorySource(file), field);
    const rowBytes = column.data.length / 37;
    assert.equal(stored.rows, 37);
    for (const [start, count] of [
      [0, 0],
      [0, 37],
      [5, 7],
      [36, 1],
    ] as const) {
      const expected = (column.data as Uint8Array).subarray(start * rowBytes, (start + count) * rowBytes);
      assertSameBytes(await stored.read(start, count), expected, `rows ${start} + ${count}`);
    }
  }
});

test("no rows are a file too", async () => {
  const stored = await idxStoredRows(memorySource(idxHeader([0, 16, 16])), images(16));
  assert.deepEqual([stored.rows, (await stored.read(0, 0)).length], [0, 0]);
});

test("values that are not uint8 are not written", () => {
  const field: Field = { name: "vectors", dtype: "<f4", shape: [2] };
  const block = { start: 0, rows: 1, columns: [{ field, data: new Float32Array(2) }] };
  assert.throws(() => idxEncoder("vectors").encode(block), /vectors.*<f4.*\|u1/);
});

const good = joinBytes([idxHeader([3, 2, 2]), new Uint8Array(12)]);
const withByte = (at: number, value: number) => good.map((byte, i) => (i === at ? value : byte));
const malformed: Record<string, Uint8Array> = {
  "no bytes": good.slice(0, 0),
  "three bytes": good.slice(0, 3),
  "a header cut short": good.slice(0, 15),
  "items cut short": good.slice(0, -1),
  "trailing bytes": joinBytes([good, new Uint8Array(1)]),
  "a first byte that is not zero": withByte(0, 1),
  "a second byte that is not zero": withByte(1, 1),
  "items of another type": withByte(2, 0x0d),
  "axes that are missing": withByte(3, 4),
  "axes that are too many": withByte(3, 255),
  "a product beyond the file": withByte(4, 255),
};
for (const [what, bytes] of Object.entries(malformed)) {
  test(`${what}: one clear line`, async () => {
    await assert.rejects(readIdxHeader(memorySource(bytes)), (error) => {
      assert.ok(error instanceof InputError, String(error));
      assert.match(error.message, /^[\x20-\x7e]+$/);
      return true;
    });
  });
}

test("rows of another shape are refused", async () => {
  for (const field of [images(3), labels]) {
    await assert.rejects(idxStoredRows(memorySource(good), field), { name: "InputError" });
  }
  await assert.rejects(idxStoredRows(memorySource(Uint8Array.of(0, 0, 8, 0, 7)), labels), { name: "InputError" });
});
