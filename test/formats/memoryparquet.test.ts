import assert from "node:assert/strict";
import test from "node:test";
import { createCore } from "../../src/core/instance.ts";
import { InputError } from "../../src/data/errors.ts";
import type { MemoryParquetSpec } from "../../src/data/plan.ts";
import type { RowBlock } from "../../src/data/rows.ts";
import { joinBytes } from "../../src/formats/bytes.ts";
import { memoryBytesEncoder } from "../../src/formats/memorycolumns.ts";
import { memoryLinesEncoder } from "../../src/formats/memorylines.ts";
import { memoryParquetEncoder, memoryParquetLength } from "../../src/formats/memoryparquet.ts";
import { isMemoryTable, memoryTableStoredRows, openMemoryTable } from "../../src/formats/memorytable.ts";
import { OBJECTS, SENTENCES } from "../../src/formats/memorywords.ts";
import { loadParquet, type ParquetColumn } from "../../src/formats/parquet.ts";
import { joinRowGroups } from "../../src/formats/parquetfooter.ts";
import { openRecordLines } from "../../src/formats/recordlines.ts";
import { openRecordMemories } from "../../src/formats/recordmemories.ts";
import { createRunningHash } from "../../src/runtime/files.ts";
import { assertSameBytes } from "../reference/same.ts";
import { drain } from "../support/chunks.ts";
import { memorySource } from "../support/memory.ts";
import type { MemoryLine } from "../support/memories.ts";
import { createRandom } from "./samples.ts";

const SPEC: MemoryParquetSpec = { kind: "memoryparquet", idPrefix: "0123456789ab-", groupRows: 100 };

function blockOf(start: number, rows: number, dim: number): RowBlock {
  const random = createRandom(start + rows + dim);
  const floats = (length: number) => Float32Array.from({ length }, () => random() - 0.5);
  const numbers = (bound: number) => Uint32Array.from({ length: rows }, () => Math.floor(random() * bound));
  const sentences = numbers(SENTENCES);
  sentences.set([0, SENTENCES - 1, OBJECTS.length].slice(0, rows));
  const columns = [
    { field: { name: "embedding", dtype: "<f4", shape: [dim] }, data: floats(rows * dim) },
    { field: { name: "confidence", dtype: "<f4", shape: [] }, data: floats(rows).map((value) => value + 0.5) },
    { field: { name: "cluster", dtype: "<u4", shape: [] }, data: numbers(2 ** 27) },
    { field: { name: "sentence", dtype: "<u4", shape: [] }, data: sentences },
  ] as const;
  return { start, rows, columns };
}

async function fileOf(blocks: readonly RowBlock[], dim: number): Promise<Uint8Array> {
  const encoder = await memoryParquetEncoder(SPEC, dim);
  const framer = joinRowGroups();
  const parts = [framer.open(undefined)];
  for (const block of blocks) {
    const encoded = encoder.encode(block);
    framer.add(encoded);
    parts.push(encoded.bytes.slice());
  }
  return joinBytes([...parts, framer.end()]);
}

/** The same memories as lines of JSON. */
function linesOf(block: RowBlock, dim: number): Uint8Array {
  const spec = { kind: "memorylines", idPrefix: SPEC.idPrefix, withEmbedding: true, digits: 0, lineBytes: 0 } as const;
  return memoryLinesEncoder(createCore(), spec, dim, block.rows).encode(block).bytes.slice();
}

const STARTS = [
  [0, 100],
  [9_999_950, 100],
  [2 ** 53 - 3, 3],
] as const;

test("rows say what the lines of JSON say, whatever their numbers", async () => {
  for (const dim of [1, 3, 768]) {
    for (const [start, rows] of STARTS) {
      const block = blockOf(start, rows, dim);
      const table = await openMemoryTable(memorySource(await fileOf([block], dim)));
      assert.deepEqual([table.rows, await table.dim()], [[rows], dim]);
      const { contents, embeddings, confidences, ids, clusters } = await table.read(0);
      const lines = new TextDecoder().decode(linesOf(block, dim)).trimEnd().split("\n");
      const memories = lines.map((line) => JSON.parse(line) as MemoryLine);
      assert.deepEqual(
        contents,
        memories.map(({ content }) => content),
      );
      assert.deepEqual(
        ids,
        memories.map(({ id }) => id),
      );
      assert.deepEqual(embeddings, Float32Array.from(memories.flatMap(({ embedding }) => embedding)));
      assert.deepEqual(confidences, Float32Array.from(memories.map(({ confidence }) => confidence)));
      assert.deepEqual(
        [...clusters],
        memories.map(({ cluster }) => cluster),
      );
    }
  }
});

test("stored rows are the values of any range, across row groups too", async () => {
  const [whole, dim] = [blockOf(50, 250, 5), 5];
  const part = (from: number, to: number): RowBlock => ({
    start: whole.start + from,
    rows: to - from,
    columns: whole.columns.map(({ field, data }) => {
      const each = field.shape[0] ?? 1;
      return { field, data: data.slice(from * each, to * each) };
    }),
  });
  const file = await fileOf([part(0, 100), part(100, 200), part(200, 250)], dim);
  const stored = await memoryTableStoredRows(memorySource(file));
  assert.equal(stored.rows, 250);
  const encoder = memoryBytesEncoder(SPEC.idPrefix);
  for (const [from, to] of [
    [0, 1],
    [0, 250],
    [99, 101],
    [150, 150],
    [249, 250],
  ] as const) {
    assertSameBytes(await stored.read(from, to - from), encoder.encode(part(from, to)).bytes, `${from} to ${to}`);
  }
});

test("its records are those of the lines of JSON", async () => {
  const blocks = [blockOf(0, 100, 4), blockOf(100, 33, 4)];
  const { input, rows } = await openRecordMemories(memorySource(await fileOf(blocks, 4)), createRunningHash);
  const lines = joinBytes(blocks.map((block) => linesOf(block, 4)));
  const fromLines = await openRecordLines(memorySource(lines), createRunningHash);
  const read = async (from: typeof input, rowEnd = Infinity) => {
    const { items } = await drain(from.read({ rowEnd, wants: (row) => row % 3 !== 1 }).pieces);
    return items.flatMap(({ records }) =>
      records.map(({ row, id, embedding, fields }) => [row, id, [...embedding], fields]),
    );
  };
  assert.deepEqual([rows, input.dim], [133, 4]);
  assert.deepEqual(await read(input), await read(fromLines));
  assert.deepEqual(await read(input, 101), await read(fromLines, 101));
});

test("lengths are foretold within a hundredth, and never too short at most", async () => {
  for (const dim of [1, 2, 7, 8, 15, 16, 50, 100, 768, 1536]) {
    const blocks = [0, 100, 200].map((start) => blockOf(start, 100, dim));
    const { length } = await fileOf(blocks, dim);
    const { expected, atMost } = memoryParquetLength(SPEC, dim, [0, 300]);
    assert.ok(Math.abs(expected / length - 1) < 0.01, `${dim} values: ${length} bytes, foretold ${expected}`);
    assert.ok(length <= atMost);
  }
});

const parquet = await loadParquet();
const good: Record<string, ParquetColumn> = {
  content: { name: "content", type: "string", values: ["a"] },
  embedding: { name: "embedding", type: "float32[]", length: 2, values: Float32Array.of(1, 2) },
  confidence: { name: "confidence", type: "float32", values: Float32Array.of(0.7) },
  id: { name: "id", type: "string", values: ["i"] },
  cluster: { name: "cluster", type: "int32", values: Int32Array.of(3) },
};
const tableWith = (column: ParquetColumn) =>
  memorySource(parquet.encode(Object.values({ ...good, [column.name]: column })));

test("a table is one of memories where it has all of their columns", async () => {
  assert.equal(await isMemoryTable(memorySource(parquet.encode(Object.values(good)))), true);
  for (const name of Object.keys(good)) {
    const others = Object.values(good).filter((column) => column.name !== name);
    assert.equal(await isMemoryTable(memorySource(parquet.encode(others))), false, name);
  }
  await assert.rejects(isMemoryTable(memorySource("PAR1 or not")), InputError);
});

const malformed: Record<string, [ParquetColumn, RegExp]> = {
  "numbers for texts": [
    { name: "content", type: "int32", values: Int32Array.of(1) },
    /"content" has another type, expected string/,
  ],
  "whole confidences": [
    { name: "confidence", type: "int32", values: Int32Array.of(1) },
    /"confidence" has another type/,
  ],
  "clusters of 64 bits": [
    { name: "cluster", type: "int64", values: BigInt64Array.of(1n) },
    /"cluster" has another type/,
  ],
  "an id of bytes": [
    { name: "id", type: "binary", values: { bytes: Uint8Array.of(1), offsets: Int32Array.of(0, 1) } },
    /"id" has another type/,
  ],
};
for (const [what, [column, says]] of Object.entries(malformed)) {
  test(`${what}: one clear line`, async () => {
    const { input } = await openRecordMemories(tableWith(column), createRunningHash);
    const { error } = await drain(input.read({ rowEnd: 10, wants: () => true }).pieces);
    assert.ok(error instanceof InputError, String(error));
    assert.match(error.message, says);
    assert.match(error.message, /^[^\n]+$/);
  });
}

test("a value that is not finite is a bad row with its id", async () => {
  const embedding = { ...good["embedding"], values: Float32Array.of(1, NaN) } as ParquetColumn;
  const { input } = await openRecordMemories(tableWith(embedding), createRunningHash);
  const { items } = await drain(input.read({ rowEnd: 10, wants: () => true }).pieces);
  assert.deepEqual(
    items.flatMap(({ bad }) => bad),
    [{ row: 0, id: "i", reason: "value 1 of its vector is NaN" }],
  );
});
