import assert from "node:assert/strict";
import test from "node:test";
import { bytesOf } from "../../src/data/dtype.ts";
import { InputError } from "../../src/data/errors.ts";
import { joinBytes } from "../../src/formats/bytes.ts";
import { npyHeader } from "../../src/formats/npy.ts";
import { loadParquet } from "../../src/formats/parquet.ts";
import { openRecordPairs } from "../../src/formats/recordpairs.ts";
import { openVectorFile, type VectorFile } from "../../src/formats/vectorfile.ts";
import { createRunningHash } from "../../src/runtime/files.ts";
import { assertSameBits } from "../reference/same.ts";
import { memorySource } from "../support/memory.ts";
import { readRecords } from "../support/records.ts";
import { sha256 } from "../support/sums.ts";
import { bvecsBytes, fbinBytes, fvecsBytes, makeRows } from "./vectorbytes.ts";
import { zipOf } from "./zips.ts";

const [ROWS, DIM] = [40, 5];
const values = makeRows(ROWS, DIM);
const metadata = Array.from({ length: ROWS }, (_, row) => `{"id":"r${row}","cluster":${row % 7},"note":"ö"}`);

/** Vectors in memory, in blocks of so many rows, each overwritten by the next one. */
function vectorsOf(data: Float32Array, blockRows: number): VectorFile {
  const rows = data.length / DIM;
  const block = new Float32Array(blockRows * DIM);
  return {
    ...{ kind: "test", dim: DIM, rows },
    async *blocks() {
      for (let start = 0; start < rows; start += blockRows) {
        const count = Math.min(blockRows, rows - start);
        block.fill(Number.NaN).set(data.subarray(start * DIM, (start + count) * DIM));
        yield { start, rows: count, data: block };
      }
    },
  };
}

const open = (vectors: VectorFile, text?: string) =>
  openRecordPairs(vectors, text === undefined ? undefined : memorySource(text), createRunningHash);

const npy = (type: "<f4" | "<f8" | "<f2", data: Uint8Array, dim = DIM) =>
  joinBytes([npyHeader(type as "<f4", [ROWS, dim]), data]);
const halves = Uint16Array.from({ length: ROWS * DIM }, (_, i) => (i % 2 ? 0x8000 : 0) + 0x3c00 + i);
const small = Uint8Array.from({ length: ROWS * DIM }, (_, i) => (i * 7) % 256);
const doubles = Float64Array.from(values, (value) => value * (1 + 2 ** -40));
const parquet = (await loadParquet()).encode(
  [
    { name: "id", type: "int32", values: new Int32Array(ROWS) },
    { name: "emb", type: "float32[]", length: DIM, values },
  ],
  { rowGroupRows: 17 },
);

const files: readonly (readonly [name: string, bytes: Uint8Array, expected: Float32Array])[] = [
  ["a.npy", npy("<f4", bytesOf(values)), values],
  ["f8.npy", npy("<f8", bytesOf(doubles)), Float32Array.from(doubles)],
  [
    "f2.npy",
    npy("<f2", bytesOf(halves)),
    Float32Array.from(halves, (bits) => (bits >> 15 ? -1 : 1) * (1 + (bits & 1023) / 1024)),
  ],
  ["a.npz", zipOf({ name: "vectors.npy", method: "deflated", data: npy("<f4", bytesOf(values)) }), values],
  ["a.fvecs", fvecsBytes(values, DIM), values],
  ["a.bvecs", bvecsBytes(small, DIM), Float32Array.from(small)],
  ["a.fbin", fbinBytes(values, DIM), values],
  ["a.parquet", parquet, values],
];

for (const [name, bytes, expected] of files) {
  test(`rows of ${name} with their metadata, bit for bit`, async () => {
    const input = await open(await openVectorFile(name, memorySource(bytes)), metadata.join("\n"));
    assert.equal(input.dim, DIM);
    for (let time = 0; time < 2; time++) {
      const { records, bad, mark } = await readRecords(input);
      assert.deepEqual(bad, []);
      assertSameBits(Float32Array.from(records.flatMap(({ embedding }) => [...embedding])), expected, name);
      records.forEach(({ row, line, id, fields, json }, at) => {
        assert.deepEqual([row, line, id, json], [at, at + 1, `r${at}`, undefined]);
        assert.deepEqual(fields, { cluster: at % 7, note: "ö" });
      });
      assert.deepEqual(mark, { rows: ROWS, sums: [sha256(expected), sha256(`${metadata.join("\n")}\n`)] });
    }
  });
}

test("without metadata rows have numbers only", async () => {
  const { records, mark } = await readRecords(await open(vectorsOf(values, 7)));
  assert.deepEqual(
    { ...records[3] },
    {
      ...{ row: 3, line: undefined, id: undefined, fields: {}, json: undefined },
      embedding: values.slice(3 * DIM, 4 * DIM),
    },
  );
  assert.deepEqual(mark, { rows: ROWS, sums: [sha256(values)] });
});

test("the mark is that of the rows up to there, in whatever blocks they come and whatever is wanted", async () => {
  for (const blockRows of [1, 7, 16, 23, 1000]) {
    const input = await open(vectorsOf(values, blockRows), metadata.join("\n"));
    for (let rowEnd = 0; rowEnd <= ROWS; rowEnd++) {
      const text = metadata
        .slice(0, rowEnd)
        .map((line) => `${line}\n`)
        .join("");
      const expected = { rows: rowEnd, sums: [sha256(values.subarray(0, rowEnd * DIM)), sha256(text)] };
      for (const wants of [() => true, () => false, (row: number) => row % 2 > 0]) {
        const { records, mark } = await readRecords(input, rowEnd, wants);
        assert.deepEqual(mark, expected);
        for (const { row, embedding } of records)
          assertSameBits(embedding, values.subarray(row * DIM, (row + 1) * DIM), `row ${row}`);
      }
    }
  }
});

test("more rows with more metadata leave the mark of those before", async () => {
  const markOf = async (rows: number, text: string) =>
    (await readRecords(await open(vectorsOf(values.subarray(0, rows * DIM), 16), text), 10)).mark;
  const expected = await markOf(10, metadata.slice(0, 10).join("\n"));
  assert.deepEqual(await markOf(11, metadata.slice(0, 11).join("\n")), expected);
  const other = [...metadata.slice(0, 9), metadata[9]!.replace("r9", "R9")].join("\n");
  assert.notDeepEqual(await markOf(10, other), expected);
});

test("rows whose vector or metadata cannot be stored are told with their places", async () => {
  const data = values.slice();
  data[3 * DIM + 2] = Number.NaN;
  data[4 * DIM] = -Infinity;
  const lines = [...metadata];
  Object.assign(lines, { 5: "{", 6: "", 7: "[1]", 8: '{"id":1.5}', 9: '{"id":9,"x":null}', 10: '{"x":NaN}', 20: "\r" });
  const { records, bad } = await readRecords(await open(vectorsOf(data, 16), `${lines.join("\n")}\n`));
  assert.deepEqual(
    bad.map(({ row, line, id, reason }) => [row, line, id, reason]),
    [
      [3, 4, "r3", "value 2 of its vector is NaN"],
      [4, 5, "r4", "value 0 of its vector is -Infinity"],
      [5, 6, undefined, 'not JSON: "{"'],
      [6, 7, undefined, 'not JSON: ""'],
      [7, 8, undefined, "no JSON object"],
      [8, 9, undefined, "its id is 1.5: expected a text or a whole number"],
      [10, 11, undefined, "not JSON, which has no NaN"],
      [20, 21, undefined, 'not JSON: "\\r"'],
    ],
  );
  assert.equal(records.length, ROWS - bad.length);
  const nine = records.find(({ row }) => row === 9)!;
  assert.deepEqual([nine.id, nine.fields], ["9", { x: null }]);
});

test("metadata of another length are refused before a row is read", async () => {
  for (const text of ["", metadata.slice(1).join("\n"), [...metadata, "{}"].join("\n"), `${metadata.join("\n")}\n\n`]) {
    const lines = text === "" ? 0 : text.replace(/\n$/, "").split("\n").length;
    const message = `Cannot pair ${lines} lines of metadata with ${ROWS} vectors: expected a line for each vector`;
    await assert.rejects(open(vectorsOf(values, 16), text), new InputError(message));
  }
});

test("where the number of vectors is not known, metadata that end early are told", async () => {
  const input = await open({ ...vectorsOf(values, 16), rows: undefined }, "{}\n".repeat(20));
  assert.equal((await readRecords(input, 20)).records.length, 20);
  const expected = new InputError("The metadata end at row 20: expected a line for each vector");
  await assert.rejects(readRecords(input), expected);
});
