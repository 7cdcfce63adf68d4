import assert from "node:assert/strict";
import test from "node:test";
import { createCore } from "../../src/core/instance.ts";
import type { Field } from "../../src/data/rows.ts";
import { jsonlEncoder, jsonlLength } from "../../src/formats/jsonl.ts";
import { openFramer } from "../../src/formats/table.ts";

const LABELS = [
  "A",
  "",
  'quo"ted',
  "back\\slash",
  "new\nline",
  "tab\tnul\0",
  "zwölf",
  "日本語",
  "👩‍🚀",
  "\u2028",
  "\ud800 alone",
  "a label that is longer than sixteen bytes",
  "x".repeat(16),
  "y".repeat(15),
];

const labelled = (name: string, labels: readonly string[]): Field => ({ name, dtype: "|u1", shape: [], labels });

/** Codes of a column, in an order that meets every pair of neighbours sooner or later. */
function codesOf({ labels }: Field, rows: number, step: number): Uint8Array {
  return Uint8Array.from({ length: rows }, (_, row) => (row * step + (row >> 3)) % labels!.length);
}

function encodeLines(fields: readonly Field[], rows: number, maxRows = rows): { text: string; expected: string } {
  const columns = fields.map((field, at) => ({ field, data: codesOf(field, rows, at + 1) }));
  const { bytes } = jsonlEncoder(createCore(), fields, maxRows).encode({ start: 0, rows, columns });
  const lines = Array.from({ length: rows }, (_, row) => {
    const values = columns.map(({ field, data }) => [field.name, field.labels![data[row]!]!] as const);
    return `{${values.map(([name, label]) => `${JSON.stringify(name)}:${JSON.stringify(label)}`).join(",")}}\n`;
  });
  return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), expected: lines.join("") };
}

test("a line is the JSON text of its label, whatever the label", () => {
  const { text, expected } = encodeLines([labelled("cls", LABELS)], 300);
  assert.equal(text, expected);
  const labels = text
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { cls: string }).cls);
  assert.deepEqual(new Set(labels), new Set(LABELS));
});

test("several fields share a line in the order given", () => {
  const fields = [labelled("cls", ["A", "B", "C"]), labelled("länge\n", LABELS), labelled("__proto__", ["x", "yy"])];
  for (const order of [fields, fields.toReversed(), fields.slice(0, 2)]) {
    const { text, expected } = encodeLines(order, 200);
    assert.equal(text, expected);
  }
});

test("any number of rows up to the most that was announced", () => {
  for (const rows of [0, 1, 2, 15, 16, 17, 67]) {
    const { text, expected } = encodeLines([labelled("cls", LABELS)], rows, 67);
    assert.equal(text, expected, `${rows} rows`);
  }
});

test("256 labels, all of them long", () => {
  const labels = Array.from({ length: 256 }, (_, code) => `${code}`.repeat(100));
  const { text, expected } = encodeLines([labelled("cls", labels), labelled("again", labels)], 1000);
  assert.equal(text, expected);
});

test("a block encoded twice, with others between, has the same bytes", () => {
  const field = labelled("cls", LABELS);
  const encoder = jsonlEncoder(createCore(), [field], 100);
  const encode = (rows: number, step: number) =>
    encoder.encode({ start: 0, rows, columns: [{ field, data: codesOf(field, rows, step) }] }).bytes.slice();
  const first = encode(100, 1);
  encode(37, 5);
  assert.deepEqual(encode(100, 1), first);
});

test("the length foretold is that of the lines in the shares of their labels, and at most of the longest", () => {
  const labels = ["A", "longer"];
  const field = { ...labelled("zwölf", labels), shares: [0.75, 0.25] };
  const [short, long] = labels.map((label) => new TextEncoder().encode(`${JSON.stringify({ zwölf: label })}\n`).length);
  assert.deepEqual(jsonlLength([field], 400), { expected: 300 * short! + 100 * long!, atMost: 400 * long! });
});

test("nothing stands before, between or after the lines", async () => {
  const spec = { kind: "jsonl", fields: ["cls"] } as const;
  const framer = await openFramer(spec);
  const before = framer.open({ spec, fields: [labelled("cls", LABELS)], pass: { rowStart: 0, rowEnd: 1 } });
  framer.add({ bytes: new Uint8Array(10) });
  assert.deepEqual([before.length, framer.close().length, framer.end().length], [0, 0, 0]);
});

test("a field without labels is refused", () => {
  const field: Field = { name: "vectors", dtype: "<f4", shape: [3] };
  assert.throws(() => jsonlEncoder(createCore(), [field], 1), /vectors.*labels/);
});
