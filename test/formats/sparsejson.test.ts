import assert from "node:assert/strict";
import test from "node:test";
import { parseSparse } from "../../src/formats/sparsejson.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Puts the long strings back. */
function filled(value: unknown, strings: readonly Uint8Array[]): unknown {
  if (typeof value === "number") return strings[value] ? textOf(strings[value]) : value;
  if (Array.isArray(value)) return value.map((item) => filled(item, strings));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, filled(item, strings)]));
}

const LONG = "0123456789".repeat(3);
const values: [what: string, value: unknown, long: number][] = [
  ["no string", [null, true, { a: [] }], 0],
  ["short strings", { a: "b", c: ["d", "123456789"] }, 0],
  ["a string that is just long enough", ["0123456789"], 1],
  ["long and short ones", { a: LONG, b: ["x", LONG, `${LONG}größer 𝄞`], c: "" }, 3],
  ["a long one alone", LONG, 1],
  ["escapes, where all is read", { a: LONG, b: 'say "hello"', c: "back\\slash", d: "\u0001" }, 0],
];

for (const [what, value, long] of values) {
  test(`JSON with ${what} is read as JSON.parse does`, () => {
    for (const space of [undefined, 2]) {
      const { value: found, strings } = parseSparse(bytesOf(JSON.stringify(value, undefined, space)), 10);
      assert.equal(strings.length, long);
      assert.deepEqual(filled(found, strings), value);
    }
  });
}

test("long strings are views of what was read", () => {
  const json = bytesOf(JSON.stringify([LONG]));
  assert.equal(parseSparse(json, 10).strings[0]!.buffer, json.buffer);
});

test("what is no JSON is refused as JSON.parse refuses it", () => {
  for (const text of ["", "{", `["${LONG}`, `["${LONG}"`, `"${LONG}" "${LONG}"`, `{"a" "${LONG}"}`, `["\\"]"`])
    assert.throws(() => parseSparse(bytesOf(text), 10), SyntaxError, text);
});
