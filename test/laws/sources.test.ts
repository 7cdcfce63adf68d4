import assert from "node:assert/strict";
import test from "node:test";
import { createCore } from "../../src/core/instance.ts";
import { bytesOf, type TypedArray } from "../../src/data/dtype.ts";
import type { SourceSpec } from "../../src/data/plan.ts";
import { valuesPerRow, type Source } from "../../src/data/rows.ts";
import { joinBytes } from "../../src/formats/bytes.ts";
import { openSource, sourceKinds } from "../../src/sources/table.ts";
import { assertSameBytes } from "../reference/same.ts";
import { sha256 } from "../support/sums.ts";
import { examples } from "./examples.ts";

const ROWS = 200;
const LAST = 2 ** 53 - 1; // number of rows of the largest dataset
const STARTS = [0, 1, 15, 17, 1_000_003, 2 ** 32 - 50, 10 ** 12 + 5, LAST - ROWS];

const open = (spec: SourceSpec, maxRows = ROWS) => openSource(createCore(), [spec], maxRows);

/** The bytes of rows of the first field, or of the named one. */
function rowsOf(source: Source, start: number, rows: number, field = source.fields[0]!.name): Uint8Array {
  const block = source.read(start, rows);
  assert.deepEqual([block.start, block.rows], [start, rows]);
  const column = block.columns.find((candidate) => candidate.field.name === field)!;
  assert.equal(column.data.length, rows * valuesPerRow(column.field));
  return bytesOf(column.data).slice();
}

function inBlocks(source: Source, start: number, rows: number, blockRows: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < rows; at += blockRows) {
    parts.push(rowsOf(source, start + at, Math.min(blockRows, rows - at)));
  }
  return joinBytes(parts);
}

const bytes = (values: TypedArray) => bytesOf(values);

test("every kind of source is held to the laws", () => {
  for (const kind of sourceKinds)
    assert.ok(Object.hasOwn(examples, kind), `no example of "${kind}" in test/laws/examples.ts`);
});

for (const { name, spec, twin } of Object.values(examples).flat()) {
  test(`${name}: rows are those of the scalar specification`, () => {
    const source = open(spec);
    for (const start of STARTS)
      assertSameBytes(rowsOf(source, start, 20), bytes(twin(BigInt(start), 20)), `${name} from ${start}`);
  });

  test(`${name}: the block size changes nothing`, () => {
    const source = open(spec);
    for (const start of [0, 10 ** 12 + 5]) {
      const whole = rowsOf(source, start, ROWS);
      for (const blockRows of [1, 7, 16, 48, 160]) {
        assertSameBytes(inBlocks(source, start, ROWS, blockRows), whole, `${name} in blocks of ${blockRows}`);
      }
    }
  });

  test(`${name}: rows a to b are the slice of the whole, up to the last row there can be`, () => {
    const source = open(spec);
    for (const start of STARTS) {
      const whole = rowsOf(source, start, ROWS);
      const rowBytes = whole.length / ROWS;
      for (const [a, b] of [
        [0, 1],
        [1, 2],
        [3, 20],
        [15, 33],
        [16, 32],
        [77, ROWS],
        [ROWS - 1, ROWS],
      ] as const) {
        const part = rowsOf(source, start + a, b - a);
        assertSameBytes(part, whole.subarray(a * rowBytes, b * rowBytes), `${name} ${start} + ${a} to ${b}`);
      }
    }
  });

  test(`${name}: the first rows of many are the rows of few`, () => {
    const many = rowsOf(open(spec, 5 * ROWS), 0, 5 * ROWS);
    for (const k of [1, 15, 16, 17, 100]) {
      const few = rowsOf(open(spec, k), 0, k);
      assertSameBytes(few, many.subarray(0, few.length), `${name} ${k} of ${5 * ROWS}`);
    }
  });

  test(`${name}: the order of reads changes nothing`, () => {
    const source = open(spec);
    const ranges = STARTS.flatMap((start, at) => [[start, 1 + 7 * at] as const, [start + 30, 33] as const]);
    const fresh = ranges.map(([start, rows]) => rowsOf(open(spec), start, rows));
    const order = ranges.map((_, at) => (at * 7 + 3) % ranges.length); // 7 and 16 have no common factor
    assert.equal(new Set(order).size, ranges.length);
    for (const at of [...order, ...order.toReversed()]) {
      assertSameBytes(rowsOf(source, ...ranges[at]!), fresh[at]!, `${name} ${ranges[at]}`);
    }
  });

  test(`${name}: other fields beside it change nothing`, () => {
    const alone = rowsOf(open(spec), 33, ROWS);
    for (const other of Object.values(examples).map(([first]) => ({ ...first!.spec, field: "other" }))) {
      for (const specs of [
        [spec, other],
        [other, spec],
        [other, spec, { ...other, field: "third" }],
      ]) {
        const source = openSource(createCore(), specs, ROWS);
        assert.deepEqual(
          source.fields.map((field) => field.name),
          specs.map(({ field }) => field),
        );
        assertSameBytes(rowsOf(source, 33, ROWS, spec.field), alone, `${name} beside ${other.kind}`);
      }
    }
  });

  test(`${name}: two instances agree, and one does not disturb the other`, () => {
    const [a, b] = [open(spec), open({ ...spec, key: [7, 7] })];
    const before = rowsOf(a, 1, 50);
    rowsOf(b, 1, 50);
    assertSameBytes(rowsOf(a, 1, 50), before, name);
    assertSameBytes(rowsOf(open(spec), 1, 50), before, name);
  });

  if (spec.kind === "category" && spec.labels.length === 1) continue; // one value only
  test(`${name}: another seed, stream or place gives other values`, () => {
    const { key, stream } = spec;
    const places = [0, 1, 16, 2 ** 32, 2 ** 48, LAST - ROWS].map((start) => rowsOf(open(spec), start, ROWS));
    const others = [
      { ...spec, key: [key[0] ^ 1, key[1]] as const },
      { ...spec, key: [key[0], key[1] ^ 0x8000_0000] as const },
      { ...spec, key: [key[1], key[0] ^ 7] as const },
      { ...spec, stream: stream ^ 1 },
      { ...spec, stream: (stream ^ 0x8000_0000) >>> 0 },
    ].map((other) => rowsOf(open(other), 0, ROWS));
    const distinct = new Set([...places, ...others].map((rows) => sha256(rows)));
    assert.equal(distinct.size, places.length + others.length);
  });
}
