import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import type { StoreRecord } from "../../../src/data/records.ts";
import { createBodyWriter } from "../../../src/targets/chroma/body.ts";
import { createRowMaker, type ChromaRow } from "../../../src/targets/chroma/rows.ts";
import { record } from "../../support/chromaload.ts";

const decoder = new TextDecoder();

function rowOf(one: StoreRecord, sample: readonly StoreRecord[] = [one]): unknown {
  const row = createRowMaker(sample)(one);
  if (typeof row === "string") return row;
  return { metadata: JSON.parse(decoder.decode(row.metadata)), document: JSON.parse(decoder.decode(row.document)) };
}

test("content, or else document or text, becomes the document, and the other fields metadata", () => {
  const both = record(0, { text: "t", document: "d", year: 1999 });
  assert.deepEqual(rowOf(both), { metadata: { text: "t", year: 1999 }, document: "d" });
  assert.deepEqual(rowOf(record(0, { content: "c", text: "t" })), { metadata: { text: "t" }, document: "c" });
  assert.deepEqual(rowOf(record(0, { text: "" })), { metadata: null, document: "" });
  // As the sample says, so that a field does not change its place from row to row.
  assert.deepEqual(rowOf(record(0, { text: "t" }), [both]), { metadata: { text: "t" }, document: null });
  assert.deepEqual(rowOf(record(0, { document: 5 }), [both]), { metadata: { document: 5 }, document: null });
});

test("nulls are left out, objects and lists are texts of JSON, and the id is source_id", () => {
  const fields = { a: null, b: undefined, c: { d: [1, "é"] }, e: [], f: false, g: -1.5, h: "x", ["__proto__"]: 1 };
  const { metadata } = rowOf(record(0, fields, { id: "first" })) as { metadata: object };
  const expected = `{"c":"{\\"d\\":[1,\\"é\\"]}","e":"[]","f":false,"g":-1.5,"h":"x","__proto__":1,"source_id":"first"}`;
  assert.equal(JSON.stringify(metadata), expected);
  assert.deepEqual(rowOf(record(0, { source_id: "x" }, { id: "x" })), { metadata: { source_id: "x" }, document: null });
  assert.deepEqual(rowOf(record(0, { a: null })), { metadata: null, document: null });
});

const refused: [fields: StoreRecord["fields"], reason: RegExp][] = [
  [{ "": 1 }, /^its field "" has a name that Chroma does not take/],
  [{ "#x": 1 }, /^its field "#x" has a name/],
  [{ $in: 1 }, /^its field "\$in" has a name/],
  [{ "chroma:document": "x" }, /^its field "chroma:document" has a name/],
  [{ "a\ud800": 1 }, /^its field "a\\ud800" has a name with half of a character/],
  [{ a: "\udc00" }, /^its field "a" has half of a character/],
  [{ content: "x\ud800" }, /^its field "content" has half of a character/],
  [{ a: Number.NaN }, /^its field "a" is NaN: expected a finite number/],
];

test("what Chroma refuses, or drops without a word, is refused with the name of its field", () => {
  for (const [fields, reason] of refused) assert.match(rowOf(record(0, fields)) as string, reason);
  assert.match(
    rowOf(record(0, { source_id: "a" }, { id: "b" })) as string,
    /^its field "source_id" stands where its id/,
  );
});

test("a body is JSON of the size that was reckoned with, with embeddings as base64 or as shortest decimals", () => {
  const odd = Float32Array.of(-0, 1e-45, 3.4028234663852886e38, 0.1, 1e20, -1, 16777217, 1.17549435e-38);
  const within = Float32Array.of(7, ...odd, 7).subarray(1, 9); // as rows of a larger piece come
  const records = [record(9, { a: "é", content: "größer" }), record(123456, {}, { embedding: within })];
  const chromaRows = records.map(createRowMaker(records)) as ChromaRow[];
  for (const takesBase64 of [true, false]) {
    const writer = createBodyWriter(8, takesBase64);
    const bytes = writer.write(chromaRows);
    assert.ok(bytes.length < 60 + chromaRows.reduce((sum, row) => sum + writer.bytesOf(row), 0));
    const body = JSON.parse(decoder.decode(bytes)) as { embeddings: unknown[] };
    const embeddings = body.embeddings.map((value) => {
      if (!takesBase64) return Float32Array.from(value as number[]);
      const copy = Uint8Array.from(Buffer.from(value as string, "base64"));
      return new Float32Array(copy.buffer);
    });
    assert.deepEqual(
      embeddings.map((values) => [...values]),
      records.map(({ embedding }) => [...embedding]),
    );
    assert.deepEqual(
      { ...body, embeddings: [] },
      { ids: ["9", "123456"], embeddings: [], metadatas: [{ a: "é" }, null], documents: ["größer", null] },
    );
    if (!takesBase64) assert.ok(decoder.decode(bytes).includes(",0.1,"));
  }
});
