import assert from "node:assert/strict";
import test from "node:test";
import { joinBytes } from "../../src/formats/bytes.ts";
import { loadParquet, type ParquetColumn } from "../../src/formats/parquet.ts";
import { cutRowGroups, joinRowGroups, MAX_ROW_GROUPS } from "../../src/formats/parquetgroups.ts";
import { openParquetParts } from "../../src/formats/parquetparts.ts";
import { memorySource } from "../support/memory.ts";

const parquet = await loadParquet();

/** Texts that repeat, numbers and lists: with a dictionary and without. */
function columnsOf(from: number, to: number): ParquetColumn[] {
  const rows = Array.from({ length: to - from }, (_, i) => from + i);
  return [
    { name: "text", type: "string", values: rows.map((row) => `ä ${row % 7}`) },
    { name: "number", type: "int32", values: Int32Array.from(rows) },
    { name: "list", type: "float32[]", length: 3, values: Float32Array.from(rows.flatMap((row) => [row, -row, 0.5])) },
  ];
}

type Options = Parameters<typeof parquet.encode>[1];

/** A file of the rows between cuts, made of files of their own. */
function join(cuts: readonly number[], options?: Options): Uint8Array {
  const framer = joinRowGroups();
  const parts = [framer.open(undefined)];
  for (let i = 1; i < cuts.length; i++) {
    const cut = cutRowGroups(parquet.encode(columnsOf(cuts[i - 1]!, cuts[i]!), options));
    framer.add(cut);
    parts.push(cut.bytes);
  }
  return joinBytes([...parts, framer.close(), framer.end()]);
}

const ways: Record<string, Options> = {
  "as they are": { compression: "none", dictionary: false },
  "compressed, with dictionaries": {},
  "in several groups": { rowGroupRows: 100, compression: "snappy", metadata: { key: "about", value: "x" } },
};
for (const [way, options] of Object.entries(ways)) {
  test(`files ${way} become one of all their rows`, async () => {
    const cuts = [0, 250, 251, 1000, 1300];
    const file = join(cuts, options);
    assert.deepEqual(parquet.decode(file, 0, 2000), columnsOf(0, 1300));
    assert.deepEqual(parquet.decode(file, 245, 100), columnsOf(245, 345));
    const parts = await openParquetParts(memorySource(file));
    const expected = options?.rowGroupRows
      ? [100, 100, 50, 1, ...Array(7).fill(100), 49, 100, 100, 100]
      : [250, 1, 749, 300];
    assert.deepEqual(parts.rows, expected);
    const [text] = parquet.decode(await parts.read(expected.length - 1, "text"), 0, 1000);
    assert.deepEqual(text, columnsOf(1300 - expected.at(-1)!, 1300)[0]);
  });
}

test("one file alone keeps its rows, and its bytes but for the indexes of pages", () => {
  const whole = parquet.encode(columnsOf(0, 500));
  const joined = join([0, 500]);
  const { bytes } = cutRowGroups(whole);
  assert.deepEqual(joined.subarray(4, 4 + bytes.length), bytes);
  assert.ok(joined.length < whole.length, "without the indexes");
  assert.deepEqual(parquet.decode(joined, 0, 500), columnsOf(0, 500));
});

test("as many groups as are allowed are read", () => {
  const framer = joinRowGroups();
  const cut = cutRowGroups(parquet.encode(columnsOf(0, 1)));
  const parts = [framer.open(undefined)];
  for (let i = 0; i < MAX_ROW_GROUPS; i++) {
    framer.add(cut);
    parts.push(cut.bytes);
  }
  const file = joinBytes([...parts, framer.end()]);
  assert.equal(parquet.countRows(file), MAX_ROW_GROUPS);
  assert.deepEqual(parquet.decode(file, MAX_ROW_GROUPS - 1, 5), columnsOf(0, 1));
});

test("a file of no groups is no file", () => {
  assert.throws(() => joinRowGroups().end(), /Cannot write a Parquet file of no row groups/);
});
