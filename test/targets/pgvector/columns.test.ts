import assert from "node:assert/strict";
import { test } from "node:test";
import { byteLength, fieldColumns } from "../../../src/targets/pgvector/columns.ts";
import { recordOf } from "../../support/pgrecords.ts";

const typeOf = (...values: unknown[]): string => {
  const [column] = fieldColumns(values.map((value, row) => recordOf(row, { a: value })));
  return column!.type;
};
const namesOf = (...fields: string[]): Record<string, string> => {
  const columns = fieldColumns([recordOf(0, Object.fromEntries(fields.map((field) => [field, 1])))]);
  return Object.fromEntries(columns.map(({ field, name }) => [field, name]));
};

test("the type is the one that holds all values", () => {
  assert.equal(typeOf("a", "b"), "text");
  assert.equal(typeOf(1, -2, 2 ** 53), "double precision"); // a later row may have a fraction
  assert.equal(typeOf(1, 2.5), "double precision");
  assert.equal(typeOf(2.5, 1), "double precision");
  assert.equal(typeOf(2 ** 63), "double precision");
  assert.equal(typeOf(true, false), "boolean");
  assert.equal(typeOf({ a: 1 }, [1]), "jsonb");
});

test("null fits every type, and alone is taken for a text", () => {
  assert.equal(typeOf(null, null), "text");
  assert.equal(typeOf(null, 1, null), "double precision");
  assert.equal(typeOf(1.5, null), "double precision");
});

test("values of several types are kept as JSON", () => {
  for (const values of [
    [1, "a"],
    ["a", 1],
    [true, 1],
    [1.5, false],
    ["a", [1]],
    [1, "a", 1],
    [1, 2.5, "a"],
  ]) {
    assert.equal(typeOf(...values), "jsonb", JSON.stringify(values));
  }
});

test("a column for each field that any record has, in the order of their appearance", () => {
  const sample = [recordOf(0, { b: 1 }), recordOf(1, { a: "x", b: 2.5 }), recordOf(2)];
  assert.deepEqual(fieldColumns(sample), [
    { field: "b", name: "b", type: "double precision" },
    { field: "a", name: "a", type: "text" },
  ]);
});

test("fields are named apart from the columns that have a purpose", () => {
  assert.deepEqual(namesOf("id", "embedding", "source_id", "ctid", "title"), {
    id: "field_id",
    embedding: "field_embedding",
    source_id: "field_source_id",
    ctid: "field_ctid",
    title: "title",
  });
  const both = namesOf("id", "field_id");
  assert.equal(both["field_id"], "field_id");
  assert.match(both["id"]!, /^id_[0-9a-f]{8}$/);
  assert.deepEqual(namesOf("field_id", "id"), both);
});

test("names that no column can have are replaced by one of their own", () => {
  const long = "é".repeat(40);
  const names = namesOf("", "a\0b", long, `${long}x`, "x".repeat(63), '"quoted" name');
  assert.equal(new Set(Object.values(names)).size, 6);
  assert.equal(names["x".repeat(63)], "x".repeat(63));
  assert.equal(names['"quoted" name'], '"quoted" name');
  for (const name of Object.values(names)) {
    assert.ok(name !== "" && byteLength(name) <= 63 && !name.includes("\0") && name.isWellFormed(), name);
  }
});
