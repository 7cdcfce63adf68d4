import assert from "node:assert/strict";
import test from "node:test";
import { InputError } from "../../src/data/errors.ts";
import { loadParquet, type ParquetColumn } from "../../src/formats/parquet.ts";
import { openParquetParts } from "../../src/formats/parquetparts.ts";
import { openVectorFile } from "../../src/formats/vectorfile.ts";
import { memorySource } from "../support/memory.ts";
import { makeRows, readVectors } from "./vectorbytes.ts";

const parquet = await loadParquet();

type Column<Type> = Extract<ParquetColumn, { readonly type: Type }>;

function makeColumns(rows: number, dim: number): [Column<"string">, Column<"float32[]">, Column<"uint8[]">] {
  const texts = Array.from({ length: rows }, (_, row) => `${row} `.repeat(20));
  return [
    { name: "text", type: "string", values: texts },
    { name: "emb", type: "float32[]", length: dim, values: makeRows(rows, dim) },
    { name: "factors", type: "uint8[]", length: 24, values: new Uint8Array(rows * 24) },
  ];
}

test("row groups are read one at a time, and of them only the column", async () => {
  const columns = makeColumns(1000, 16);
  const file = parquet.encode(columns, { rowGroupRows: 300, compression: "none", dictionary: false });
  const reads: number[] = [];
  const stored = memorySource(file);
  const vectors = await openVectorFile("a.parquet", {
    byteLength: file.length,
    read(offset, length) {
      reads.push(length);
      return stored.read(offset, length);
    },
  });
  reads.length = 0;
  const blocks: [number, number][] = [];
  for await (const { start, rows, data } of vectors.blocks()) {
    blocks.push([start, rows]);
    assert.deepEqual(data, columns[1].values.slice(start * 16, (start + rows) * 16));
  }
  assert.deepEqual(blocks, [
    [0, 300],
    [300, 300],
    [600, 300],
    [900, 100],
  ]);
  assert.equal(reads.length, 4);
  for (const [group, length] of reads.entries()) {
    const plain = blocks[group]![1] * 16 * 4;
    assert.ok(
      length >= plain && length < 1.1 * plain, // and what says how the values make lists
      `${length} bytes of group ${group}`,
    );
  }
});

test("a part is a Parquet file of its rows and one column", async () => {
  const columns = makeColumns(700, 5);
  for (const options of [{}, { compression: "snappy", metadata: { key: "about", value: "x" } }] as const) {
    const file = parquet.encode(columns, { ...options, rowGroupRows: 512 });
    const parts = await openParquetParts(memorySource(file));
    assert.deepEqual(parts.rows, [512, 188]);
    for (const [group, start] of [0, 512].entries()) {
      for (const [at, name] of ["text", "emb"].entries()) {
        const part = await parts.read(group, name);
        assert.equal(parquet.countRows(part), parts.rows[group]);
        assert.ok(part.length < parts.byteLength(group, name) + 400);
        if (at === 1) continue; // without the writer's schema these are lists of any length
        const [found] = parquet.decode(part, 0, 700);
        const texts = columns[0].values.slice(start, start + parts.rows[group]!);
        assert.deepEqual(found, { name, type: "string", values: texts });
      }
    }
    await assert.rejects(parts.read(0, "other"), InputError);
  }
});

test("a block ends where a row group or what is decoded at once does", async () => {
  const dim = 1;
  const rows = 600_000;
  const values = makeRows(rows, dim);
  const file = parquet.encode([{ name: "emb", type: "float32[]", length: dim, values }], { rowGroupRows: 590_000 });
  const found = await readVectors("a.parquet", file);
  assert.deepEqual([found.rows, found.dim], [rows, dim]);
  assert.ok(found.values.every((value, at) => value === values[at]));
  assert.ok(found.blocks.every((count) => count <= 2 ** 18));
});

for (const compression of ["zstd", "none"] as const) {
  test(`any damaged byte gives rows or one clear line, ${compression}`, async () => {
    const [, emb, factors] = makeColumns(40, 6);
    const file = parquet.encode([factors, emb], { compression, rowGroupRows: 25 });
    let refused = 0;
    for (let at = 0; at < file.length; at += 2) {
      const damaged = file.map((byte, i) => (i === at ? byte ^ (at % 4 ? 0xff : 1) : byte));
      await readVectors("a.parquet", damaged).catch((error: unknown) => {
        assert.ok(error instanceof InputError, `byte ${at}: ${String(error)}`);
        assert.match(error.message, /^[^\n]+$/);
        refused++;
      });
    }
    assert.ok(refused > 200, `${refused} of ${file.length}`);
    assert.equal((await readVectors("a.parquet", file)).rows, 40);
  });
}

test("a file cut short is refused", async () => {
  const file = parquet.encode(makeColumns(40, 6));
  for (const length of [1, 4, 8, 11, 12, 100, file.length - 8, file.length - 1]) {
    await assert.rejects(readVectors("a.parquet", file.slice(0, length)), InputError, `${length} bytes`);
  }
  const withoutStart = Uint8Array.from([...file.slice(0, 4), ...file.slice(500)]);
  await assert.rejects(readVectors("a.parquet", withoutStart), InputError);
});
