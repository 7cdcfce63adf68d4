import assert from "node:assert/strict";
import { test } from "node:test";
import { copyPieces } from "../../../src/targets/pgvector/copy.ts";
import { kindOf, realArrays, vectors } from "../../../src/targets/pgvector/kinds.ts";
import type { PgColumn } from "../../../src/targets/pgvector/plan.ts";
import { joinBytes } from "../../../src/formats/bytes.ts";
import { recordOf } from "../../support/pgrecords.ts";

const HEADER = `50 47 43 4f 50 59 0a ff 0d 0a 00 ${"00 ".repeat(8)}`;

/** What is sent of one row whose columns have these values. */
function sent(...values: [type: string, value: unknown][]): string {
  const columns = values.map(([type, value]): PgColumn => ({
    name: type,
    type,
    kind: type === "vector" ? vectors("vector", false) : type === "real[]" ? realArrays : kindOf(type, type),
    valueOf: () => value,
  }));
  return hex(joinBytes([...copyPieces(columns, [recordOf(0)])]));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

function row(...fields: string[]): string {
  return `${HEADER}${hex(Uint8Array.of(0, fields.length))} ${fields.join(" ")} ff ff`;
}

// What COPY ... TO with the format binary gives of the same values.
const known: [type: string, value: unknown, bytes: string][] = [
  ["int8", 1, "00 00 00 08 00 00 00 00 00 00 00 01"],
  ["int8", -1, "00 00 00 08 ff ff ff ff ff ff ff ff"],
  ["int8", 2 ** 32, "00 00 00 08 00 00 00 01 00 00 00 00"],
  ["int8", -(2 ** 32) - 1, "00 00 00 08 ff ff ff fe ff ff ff ff"],
  ["int8", 2 ** 53, "00 00 00 08 00 20 00 00 00 00 00 00"],
  ["int8", -(2 ** 63), "00 00 00 08 80 00 00 00 00 00 00 00"],
  ["float8", -0, "00 00 00 08 80 00 00 00 00 00 00 00"],
  ["float8", 1.5, "00 00 00 08 3f f8 00 00 00 00 00 00"],
  ["float8", 5e-324, "00 00 00 08 00 00 00 00 00 00 00 01"],
  ["bool", true, "00 00 00 01 01"],
  ["bool", false, "00 00 00 01 00"],
  ["text", "", "00 00 00 00"],
  ["text", "ab", "00 00 00 02 61 62"],
  ["text", "é€😀", "00 00 00 09 c3 a9 e2 82 ac f0 9f 98 80"],
  ["text", null, "ff ff ff ff"],
  ["text", undefined, "ff ff ff ff"],
  ["jsonb", [1], "00 00 00 04 01 5b 31 5d"],
  ["json", { a: "é" }, "00 00 00 0a 7b 22 61 22 3a 22 c3 a9 22 7d"],
  ["vector", Float32Array.of(1, -2), "00 00 00 0c 00 02 00 00 3f 80 00 00 c0 00 00 00"],
  [
    "real[]",
    Float32Array.of(1, -0),
    "00 00 00 24 00 00 00 01 00 00 00 00 00 00 02 bc 00 00 00 02 00 00 00 01 00 00 00 04 3f 80 00 00 00 00 00 04 80 00 00 00",
  ],
];

for (const [type, value, bytes] of known) {
  test(`${type} ${JSON.stringify(value)} is sent as PostgreSQL writes it`, () => {
    assert.equal(sent([type, value]), row(bytes));
  });
}

test("the columns of a row stand in their order", () => {
  assert.equal(
    sent(["bool", true], ["text", null], ["int8", 2]),
    row("00 00 00 01 01", "ff ff ff ff", known[0]![2].slice(0, -1) + "2"),
  );
});

test("texts of all lengths around the one from which another way is taken", () => {
  for (let length = 0; length < 100; length++) {
    for (const text of ["x".repeat(length), "x".repeat(length) + "é"]) {
      const bytes = new TextEncoder().encode(text);
      assert.equal(
        sent(["text", text]),
        row(hex(Uint8Array.of(0, 0, 0, bytes.length)) + (bytes.length ? ` ${hex(bytes)}` : "")),
      );
    }
  }
});

test("many rows come in pieces, and a row of any size in one", () => {
  const texts = Array.from({ length: 300 }, (_, i) => "é".repeat(i % 7 === 0 ? 400_000 : i));
  const columns: PgColumn[] = [
    { name: "a", type: "text", kind: kindOf("text", "text"), valueOf: ({ row: i }) => texts[i] },
  ];
  const pieces = [
    ...copyPieces(
      columns,
      texts.map((_, i) => recordOf(i)),
    ),
  ];
  assert.ok(pieces.length > 40);
  const bytes = joinBytes(pieces);
  const view = new DataView(bytes.buffer);
  let at = 19;
  for (const text of texts) {
    assert.equal(view.getInt16(at), 1);
    const length = view.getInt32(at + 2);
    assert.equal(new TextDecoder().decode(bytes.subarray(at + 6, at + 6 + length)), text);
    at += 6 + length;
  }
  assert.equal(view.getInt16(at), -1);
  assert.equal(at + 2, bytes.length);
});
