import assert from "node:assert/strict";
import test from "node:test";
import { int32, tableFromArrays, tableToIPC } from "@uwdata/flechette";
import { InputError } from "../../src/data/errors.ts";
import { toArrow } from "../../src/formats/arrow.ts";
import { loadParquet, PARQUET_MAX_BYTES, type ParquetColumn } from "../../src/formats/parquet.ts";
import { fromArrow } from "../../src/formats/unarrow.ts";
import { sha256 } from "../support/sums.ts";
import { makeColumns } from "./columnsamples.ts";

const parquet = await loadParquet();
const metadata = { key: "about", value: '{"zwölf":12}' };

const isOneLine = (error: unknown) => {
  assert.ok(error instanceof InputError, String(error));
  assert.match(error.message, /^[\x20-\x7e]+$/);
  return true;
};

for (const compression of ["zstd", "snappy", "none"] as const) {
  test(`columns of every type are read back as they were, ${compression}`, () => {
    for (const rows of [0, 1, 2, 1000]) {
      for (const options of [{ compression }, { compression, rowGroupRows: 300, dictionary: false, metadata }]) {
        const columns = makeColumns(rows);
        const file = parquet.encode(columns, options);
        assert.equal(parquet.countRows(file), rows);
        assert.deepEqual(parquet.decode(file, 0, rows), columns);
      }
    }
  });
}

test("any range of rows is that of the columns, across row groups", () => {
  const file = parquet.encode(makeColumns(1000), { rowGroupRows: 300 });
  const texts = makeColumns(1000).find(({ name }) => name === "text")!.values as readonly string[];
  const numbers = makeColumns(1000)[0]!.values as Uint8Array;
  for (const [start, rows] of [
    [0, 1],
    [299, 2],
    [250, 700],
    [999, 1],
    [1000, 0],
  ] as const) {
    const columns = parquet.decode(file, start, rows);
    assert.deepEqual(columns.find(({ name }) => name === "text")!.values, texts.slice(start, start + rows));
    assert.deepEqual(columns[0]!.values, numbers.slice(start, start + rows));
  }
});

test("a file of many row groups and batches has all its rows", () => {
  const values = Int32Array.from({ length: 200_000 }, (_, i) => i);
  const file = parquet.encode([{ name: "id", type: "int32", values }], { rowGroupRows: 70_000 });
  assert.equal(parquet.countRows(file), 200_000);
  assert.deepEqual(parquet.decode(file, 0, 200_000)[0]!.values, values);
});

test("bytes are the same at every call, on every runtime, and never change", () => {
  for (const [rows, options, sum] of [
    [1000, { metadata }, "fdaa1cddf3b3f78571f870950421bdc75f702f356aeb37340e695b80b83ce340"],
    [
      1000,
      { compression: "snappy", dictionary: false, rowGroupRows: 300 },
      "2208ff6ba78d09c7057f753f91db90e3ff8b6ec24e70e5416d5033ef68447d01",
    ],
    [0, { compression: "none" }, "982f0c6c17993f5afee09018b14e6e433f486c1a1f073ba5227dd97f40c6605b"],
  ] as const) {
    const sums = Array.from({ length: 4 }, () => sha256(parquet.encode(makeColumns(rows), options)));
    assert.deepEqual(new Set(sums), new Set([sum]));
  }
});

test("columns of different lengths are refused", () => {
  const columns: ParquetColumn[] = [
    { name: "a", type: "uint8", values: new Uint8Array(3) },
    { name: "b", type: "uint8[]", length: 2, values: new Uint8Array(7) },
  ];
  assert.throws(() => parquet.encode(columns), /3\.5 values of "b".*3/);
});

test("more than the writer can hold is refused before anything is copied", () => {
  const values = new Uint8Array(PARQUET_MAX_BYTES + 1);
  assert.throws(
    () => parquet.encode([{ name: "a", type: "uint8", values }]),
    (error) => isOneLine(error) && /536870913.*536870912/.test(String(error)),
  );
});

test("a file cut short is refused", () => {
  const file = parquet.encode(makeColumns(100));
  for (const length of [0, 1, 4, 12, 100, file.length - 1000, file.length - 1]) {
    assert.throws(() => parquet.decode(file.slice(0, length), 0, 100), isOneLine, `${length} bytes`);
    assert.throws(() => parquet.countRows(file.slice(0, length)), isOneLine, `${length} bytes`);
  }
});

test("a file with any byte of its footer changed gives columns or one clear line, and the next file is read", () => {
  const file = parquet.encode(makeColumns(3));
  const refused = Array.from({ length: 400 }, (_, back) => {
    const damaged = file.map((byte, at) => (at === file.length - 1 - back ? byte ^ 0xff : byte));
    try {
      parquet.decode(damaged, 0, 3);
      return 0;
    } catch (error) {
      isOneLine(error);
      return 1;
    }
  });
  assert.ok(refused.filter(Boolean).length > 8);
  assert.deepEqual(parquet.decode(file, 0, 3), makeColumns(3));
});

test("values of a part of a longer column are found where they are", () => {
  const slices = { bytes: Uint8Array.of(0, 1, 2, 3, 4, 5, 6), offsets: Int32Array.of(2, 5, 5, 6) };
  const { bytes } = toArrow([{ name: "a", type: "binary", values: slices }], 1000, new Map());
  const values = { bytes: Uint8Array.of(2, 3, 4, 5), offsets: Int32Array.of(0, 3, 3, 4) };
  assert.deepEqual(fromArrow(bytes), [{ name: "a", type: "binary", values }]);
});

test("columns of other types, or with values that are missing, are refused by their names", () => {
  const refuses = (columns: Record<string, unknown[]>) =>
    assert.throws(
      () => fromArrow(tableToIPC(tableFromArrays(columns), { format: "stream" })!),
      (error) => isOneLine(error) && /"other"/.test(String(error)),
    );
  refuses({ other: [0.1, 0.2] });
  refuses({ other: [true, false] });
  refuses({ other: [{ a: 1 }] });
  refuses({ other: [[1], [2, 3]] });
  const missing = tableToIPC(tableFromArrays({ other: [1, null, 3] }, { types: { other: int32() } }), {})!;
  assert.throws(() => fromArrow(missing), isOneLine);
});
