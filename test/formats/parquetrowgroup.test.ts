import assert from "node:assert/strict";
import test from "node:test";
import { InputError } from "../../src/data/errors.ts";
import { joinBytes } from "../../src/formats/bytes.ts";
import { loadParquet } from "../../src/formats/parquet.ts";
import { joinRowGroups, MAX_ROW_GROUPS } from "../../src/formats/parquetfooter.ts";
import { openParquetParts } from "../../src/formats/parquetparts.ts";
import { encodeRowGroup, plainLists } from "../../src/formats/parquetrowgroup.ts";
import type { WrittenColumn } from "../../src/formats/parquetschema.ts";
import { memorySource } from "../support/memory.ts";
import { makeColumns } from "./columnsamples.ts";
import { createRandom } from "./samples.ts";

const parquet = await loadParquet();
const WRITTEN = ["text", "int32", "float32", "emb"];
const ALL = makeColumns(1300).filter(({ name }) => WRITTEN.includes(name)) as WrittenColumn[];

/** Rows of all types that can be written, with values at the ends of their ranges. */
function columnsOf(from: number, to: number): WrittenColumn[] {
  return ALL.map((column) => {
    const each = column.type === "float32[]" ? column.length : 1;
    return { ...column, values: column.values.slice(from * each, to * each) } as WrittenColumn;
  });
}

type Compression = Parameters<typeof encodeRowGroup>[1];

function fileOf(groups: readonly (readonly WrittenColumn[])[], compression?: Compression): Uint8Array {
  const framer = joinRowGroups();
  const parts = [framer.open(undefined)];
  for (const columns of groups) {
    const { pieces, footer } = encodeRowGroup(columns, compression);
    const bytes = joinBytes(pieces);
    framer.add({ bytes, footer });
    parts.push(bytes);
  }
  return joinBytes([...parts, framer.close(), framer.end()]);
}

for (const compression of ["gzip", "none"] as const) {
  test(`row groups become one file of all their rows: ${compression}`, async () => {
    const cuts = [0, 250, 251, 1000, 1300];
    const file = fileOf(
      cuts.slice(1).map((to, at) => columnsOf(cuts[at]!, to)),
      compression,
    );
    assert.deepEqual(parquet.decode(file, 245, 100), columnsOf(245, 345));
    assert.equal(parquet.countRows(file), 1300);
    const parts = await openParquetParts(memorySource(file));
    assert.deepEqual(parts.rows, [250, 1, 749, 300]);
    const [text] = parquet.decode(await parts.read(3, "text"), 0, 1000);
    assert.deepEqual(
      text,
      columnsOf(1000, 1300).find(({ name }) => name === "text"),
    );
  });
}

test("lists of one value, and of many, are read back", () => {
  for (const length of [1, 2, 63, 64, 65, 8192, 100_000]) {
    const values = Float32Array.from({ length: 3 * length }, (_, i) => i / 7);
    const list: WrittenColumn = { name: "list", type: "float32[]", length, values };
    assert.deepEqual(parquet.decode(fileOf([[list]]), 0, 3), [list], `${length} values`);
  }
});

test("lists that were stored as they are need no decoding; others are not taken for such", () => {
  const random = createRandom(3);
  for (const [rows, length] of [
    [1, 1],
    [3, 5],
    [1024, 384],
  ] as const) {
    const values = Float32Array.from({ length: rows * length }, () => random() - 0.5);
    const pageOf = (compression?: Compression) =>
      joinBytes(encodeRowGroup([{ name: "list", type: "float32[]", length, values }], compression).pieces);
    const page = pageOf("none");
    const shifted = joinBytes([new Uint8Array(3), page]).subarray(3);
    for (const each of [page, shifted]) assert.deepEqual(plainLists(each, rows), values);
    assert.equal(plainLists(page, rows + 1), undefined);
    assert.equal(plainLists(page.subarray(0, -1), rows), undefined);
    for (let at = 0; at < page.length - 4 * values.length; at++) {
      const other = page.slice();
      other[at]! ^= 1;
      assert.equal(takes(other, rows), false, `byte ${at}`);
    }
  }
  const zeros = encodeRowGroup([{ name: "list", type: "float32[]", length: 8, values: new Float32Array(8000) }]);
  assert.equal(plainLists(joinBytes(zeros.pieces), 1000), undefined);
});

/** A damaged head may be no Thrift at all, which is an error of its own. */
function takes(page: Uint8Array, rows: number): boolean {
  try {
    return plainLists(page, rows) !== undefined;
  } catch (error) {
    assert.ok(error instanceof InputError);
    return false;
  }
}

test("texts are compressed, and numbers where they shrink", () => {
  const random = createRandom(1);
  const sizeOf = (column: WrittenColumn) => fileOf([[column]]).length;
  const rows = 2000;
  const noise = Float32Array.from({ length: rows }, () => random() - 0.5);
  const one = { name: "x", type: "float32" } as const;
  assert.ok(sizeOf({ ...one, values: noise }) > 4 * rows);
  assert.ok(sizeOf({ ...one, values: noise }) < 4 * rows + 1000);
  assert.ok(sizeOf({ ...one, values: noise.map((value) => Math.round(4 * value)) }) < 2 * rows);
  const values = Array.from({ length: rows }, (_, i) => `a text of some words ${i}`);
  assert.ok(sizeOf({ name: "x", type: "string", values }) < 10 * rows);
});

test("a column of more than one piece of the compressor, and one of empty texts", () => {
  const random = createRandom(2);
  const word = () => `${Math.floor(random() * 1000)} `.repeat(1 + Math.floor(random() * 9));
  for (const values of [Array.from({ length: 200_000 }, word), ["", "", ""], [""]]) {
    const column: WrittenColumn = { name: "text", type: "string", values };
    assert.deepEqual(parquet.decode(fileOf([[column]]), 0, values.length), [column]);
  }
});

test("texts are read as they are, with what looks like a mark of UTF-8 before them", () => {
  const column: WrittenColumn = {
    name: "text",
    type: "string",
    values: ["\ufeffa", "\ufeff", "b\ufeff", "\ufeff\ufeffc"],
  };
  assert.deepEqual(parquet.decode(fileOf([[column]]), 0, 4), [column]);
});

test("as many groups as are allowed are read", () => {
  const columns = columnsOf(0, 1);
  const file = fileOf(Array<WrittenColumn[]>(MAX_ROW_GROUPS).fill(columns), "none");
  assert.equal(parquet.countRows(file), MAX_ROW_GROUPS);
  assert.deepEqual(parquet.decode(file, MAX_ROW_GROUPS - 1, 5), columns);
});

test("columns of different lengths, and a file of no groups, are faults", () => {
  const [first, second] = columnsOf(0, 5);
  assert.throws(() => encodeRowGroup([first!, { ...second!, values: second!.values.slice(1) } as WrittenColumn]), {
    message: `Cannot write 4 values of "${second!.name}": expected 5`,
  });
  assert.throws(() => joinRowGroups().end(), /Cannot write a Parquet file of no row groups/);
});
