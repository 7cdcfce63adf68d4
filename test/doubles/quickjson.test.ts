import assert from "node:assert/strict";
import { test } from "node:test";
import { quickJson } from "./quickjson.ts";
import { memoryOf } from "./memories.ts";

const decode = (bytes: Uint8Array): string => new TextDecoder("utf-8", { fatal: true }).decode(bytes);
const quick = (text: string): unknown => quickJson(new TextEncoder().encode(text), decode);

/** With the embedding as JSON.parse gives it. */
function asParsed(value: unknown): unknown {
  const { embedding } = value as { embedding: Float32Array };
  assert.ok(embedding instanceof Float32Array);
  return { ...(value as object), embedding: [...embedding] };
}

test("a memory is what JSON.parse makes of it", () => {
  for (let i = 0; i < 20; i++) {
    const { id, embedding } = memoryOf(i);
    const rounded = embedding.map((value) => Math.fround(value));
    const text = JSON.stringify({ id, embedding: rounded, content: `größer "embedding:[ ${i}`, more: [[{}]] });
    assert.deepEqual(asParsed(quick(text)), JSON.parse(text));
  }
  assert.deepEqual(asParsed(quick('{"embedding":[],"id":"a"}')), { embedding: [], id: "a" });
});

test("numbers are rounded as JSON.parse rounds them", () => {
  const numbers = ["0", "-0", "0.0", "1", "-1.5", "123456789012345", "0.1234567890123456", "9007199254740991"];
  numbers.push(
    "1e3",
    "-2.5E-07",
    "12345678901234567890",
    "0.12345678901234567890123",
    "0.0000000000000000000001",
    "0.1",
    "0.3",
    "2.675",
    "900719925474099",
    "99999.99999999999",
  );
  for (let i = 1; i < 2000; i++) numbers.push(Math.sin(i).toPrecision(9), (Math.cos(i) * 100).toFixed(i % 15));
  for (const number of numbers) {
    const expected = Math.fround(JSON.parse(number) as number);
    for (const after of ["", `,"after":"${"1".repeat(20)}"`]) {
      const { embedding } = quick(`{"embedding":[${number},${number}]${after}}`) as { embedding: Float32Array };
      assert.ok(Object.is(embedding[0], expected) && Object.is(embedding[1], expected), number);
    }
  }
});

const notPlain = [
  " 1",
  "1 ",
  "1,,2",
  "1,",
  ",1",
  "01",
  "-",
  "1.",
  ".5",
  "+1",
  "NaN",
  "null",
  '"1"',
  "[1]",
  "1;2",
  "-01",
];
for (const inside of [...notPlain]) {
  test(`[${inside}] is left to JSON.parse`, () => assert.equal(quick(`{"embedding":[${inside}]}`), undefined));
}

test("what is not an embedding at the top is left to JSON.parse", () => {
  for (const text of [
    '{"a":{"embedding":[1]}}',
    '{"a":{"embedding":[1]},"embedding":[]}',
    '{"embedding":[1],"embedding":[2]}',
    '{"x\\"embedding":[1]}',
    '{"embedding":[1',
    '{"embedding": [1]}',
    '{"a":{"embedding":[0.5]},"embedding" :[]}',
    '"embedding":[1]',
    "{}",
    "",
  ]) {
    assert.equal(quick(text), undefined, text);
  }
  assert.throws(() => quick('{"embedding":[1],}'), SyntaxError);
});
