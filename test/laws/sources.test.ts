import assert from "node:assert/strict";
import test from "node:test";
import { createCore } from "../../src/core/instance.ts";
import { bytesOf, dtypes } from "../../src/data/dtype.ts";
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

/** The bytes of some rows, field by field in the order of the source. */
type Columns = readonly (readonly [field: string, bytes: Uint8Array])[];

function columnsOf(source: Source, start: number, rows: number): Columns {
  const block = source.read(start, rows);
  assert.deepEqual([block.start, block.rows], [start, rows]);
  assert.deepEqual(
    block.columns.map(({ field }) => field),
    source.fields,
  );
  return block.columns.map(({ field, data }) => {
    assert.ok(data instanceof dtypes[field.dtype].array);
    assert.equal(data.length, rows * valuesPerRow(field), field.name);
    return [field.name, bytesOf(data).slice()];
  });
}

function inBlocks(source: Source, start: number, rows: number, blockRows: number): Columns {
  const parts: Columns[] = [];
  for (let at = 0; at < rows; at += blockRows) {
    parts.push(columnsOf(source, start + at, Math.min(blockRows, rows - at)));
  }
  return parts[0]!.map(([name], at) => [name, joinBytes(parts.map((part) => part[at]![1]))]);
}

/** Rows `from` to `to`, exclusive, of `columns` that hold `rows` of them. */
function sliceOf(columns: Columns, from: number, to: number, rows: number): Columns {
  return columns.map(([name, bytes]) => [
    name,
    bytes.subarray((from * bytes.length) / rows, (to * bytes.length) / rows),
  ]);
}

function assertSameColumns(actual: Columns, expected: Columns, what: string): void {
  assert.deepEqual(
    actual.map(([name]) => name),
    expected.map(([name]) => name),
  );
  actual.forEach(([name, bytes], at) => assertSameBytes(bytes, expected[at]![1], `${what}, ${name}`));
}

/** The same source under another name of its field, where it may have one. */
function renamed(spec: SourceSpec, field: string): SourceSpec {
  return "field" in spec ? { ...spec, field } : spec;
}

/** Whether all rows are the same, or few others. */
function isConstant(spec: SourceSpec): boolean {
  if (spec.kind === "category") return spec.labels.length === 1;
  if (spec.kind === "clustered") return spec.stdDev === 0; // another stream of noise changes nothing
  return spec.kind === "index" && spec.bound === 1;
}

function namesOf(spec: SourceSpec): string[] {
  return "field" in spec ? [spec.field] : ["images", "labels", "factors"];
}

test("every kind of source is held to the laws", () => {
  for (const kind of sourceKinds)
    assert.ok(Object.hasOwn(examples, kind), `no example of "${kind}" in test/laws/examples.ts`);
});

for (const { name, spec, twin } of Object.values(examples).flat()) {
  test(`${name}: rows are those of the scalar specification`, () => {
    const source = open(spec);
    for (const start of [...STARTS, LAST - 20]) {
      const expected = Object.entries(twin(BigInt(start), 20)).map(([field, data]) => [field, bytesOf(data)] as const);
      assertSameColumns(columnsOf(source, start, 20), expected, `${name} from ${start}`);
    }
  });

  test(`${name}: the block size changes nothing`, () => {
    const source = open(spec);
    for (const start of [0, 10 ** 12 + 5]) {
      const whole = columnsOf(source, start, ROWS);
      for (const blockRows of [1, 7, 16, 48, 160]) {
        assertSameColumns(inBlocks(source, start, ROWS, blockRows), whole, `${name} in blocks of ${blockRows}`);
      }
    }
  });

  test(`${name}: rows a to b are the slice of the whole, up to the last row there can be`, () => {
    const source = open(spec);
    for (const start of STARTS) {
      const whole = columnsOf(source, start, ROWS);
      for (const [a, b] of [
        [0, 1],
        [1, 2],
        [3, 20],
        [15, 33],
        [16, 32],
        [77, ROWS],
        [ROWS - 1, ROWS],
      ] as const) {
        const part = columnsOf(source, start + a, b - a);
        assertSameColumns(part, sliceOf(whole, a, b, ROWS), `${name} ${start} + ${a} to ${b}`);
      }
    }
  });

  test(`${name}: the first rows of many are the rows of few`, () => {
    const many = columnsOf(open(spec, 5 * ROWS), 0, 5 * ROWS);
    for (const k of [1, 15, 16, 17, 100]) {
      const few = columnsOf(open(spec, k), 0, k);
      assertSameColumns(few, sliceOf(many, 0, k, 5 * ROWS), `${name} ${k} of ${5 * ROWS}`);
    }
  });

  test(`${name}: the order of reads changes nothing`, () => {
    const source = open(spec);
    const ranges = STARTS.flatMap((start, at) => [[start, 1 + 7 * at] as const, [start + 30, 33] as const]);
    const fresh = ranges.map(([start, rows]) => columnsOf(open(spec), start, rows));
    const order = ranges.map((_, at) => (at * 7 + 3) % ranges.length); // 7 and 16 have no common factor
    assert.equal(new Set(order).size, ranges.length);
    for (const at of [...order, ...order.toReversed()]) {
      assertSameColumns(columnsOf(source, ...ranges[at]!), fresh[at]!, `${name} ${ranges[at]}`);
    }
  });

  test(`${name}: other fields beside it change nothing`, () => {
    const alone = columnsOf(open(spec), 33, ROWS);
    for (const other of Object.values(examples).map(([first]) => renamed(first!.spec, "other"))) {
      for (const specs of [
        [spec, other],
        [other, spec],
        [other, spec, renamed(other, "third")],
      ]) {
        const source = openSource(createCore(), specs, ROWS);
        const found = columnsOf(source, 33, ROWS);
        assert.deepEqual(
          found.map(([field]) => field),
          specs.flatMap(namesOf),
        );
        const before = specs.slice(0, specs.indexOf(spec)).flatMap(namesOf).length;
        const mine = found.slice(before, before + alone.length);
        assertSameColumns(mine, alone, `${name} beside ${other.kind}`);
      }
    }
  });

  test(`${name}: two instances agree, and one does not disturb the other`, () => {
    const [a, b] = [open(spec), open({ ...spec, key: [7, 7] })];
    const before = columnsOf(a, 1, 50);
    columnsOf(b, 1, 50);
    assertSameColumns(columnsOf(a, 1, 50), before, name);
    assertSameColumns(columnsOf(open(spec), 1, 50), before, name);
  });

  if (isConstant(spec)) continue;
  test(`${name}: another seed, stream or place gives other values`, () => {
    const { key, stream } = spec;
    const places = [0, 1, 16, 2 ** 32, 2 ** 48, LAST - ROWS].map((start) => columnsOf(open(spec), start, ROWS));
    const others = [
      { ...spec, key: [key[0] ^ 1, key[1]] as const },
      { ...spec, key: [key[0], key[1] ^ 0x8000_0000] as const },
      { ...spec, key: [key[1], key[0] ^ 7] as const },
      { ...spec, stream: stream ^ 1 },
      { ...spec, stream: (stream ^ 0x8000_0000) >>> 0 },
    ].map((other) => columnsOf(open(other), 0, ROWS));
    const all = [...places, ...others];
    places[0]!.forEach(([field], at) => {
      const distinct = new Set(all.map((columns) => sha256(columns[at]![1])));
      assert.equal(distinct.size, all.length, field);
    });
  });
}
