import assert from "node:assert/strict";
import test from "node:test";
import { createCore } from "../../src/core/instance.ts";
import { createEndOfNumbers } from "../../src/core/plainnumbers.ts";
import type { BadRecord, StoreRecord } from "../../src/data/records.ts";
import { isBlankLine, metadataOf, recordOf } from "../../src/formats/recordjson.ts";
import { assertSameBits } from "../reference/same.ts";
import { createRandom } from "./samples.ts";

const endOfNumbers = createEndOfNumbers(createCore());
const encoder = new TextEncoder();

const lineOf = (text: string | Uint8Array) => {
  const bytes = typeof text === "string" ? encoder.encode(text) : text;
  return { number: 9, bytes, byteLength: bytes.length };
};

/** The record of a line; asserts that it is the same where every vector is read at once. */
function read(text: string | Uint8Array, dim = 2): StoreRecord | BadRecord {
  const line = lineOf(text);
  const found = recordOf(line, 7, dim, endOfNumbers);
  const eager = recordOf(line, 7, dim, () => undefined);
  assert.deepEqual({ ...found }, { ...eager }, String(text));
  assert.deepEqual([found.row, found.line], [7, 9]);
  return { ...found };
}

function good(text: string, dim?: number): StoreRecord {
  const found = read(text, dim);
  assert.ok(!("reason" in found), `${text}: ${"reason" in found && found.reason}`);
  return found;
}

function reasonOf(text: string | Uint8Array, dim?: number): string {
  const found = read(text, dim);
  assert.ok("reason" in found, String(text));
  assert.ok(!found.reason.includes("\n") && found.reason.length < 160, found.reason);
  return found.reason;
}

/** Whether the vector of a line was told without being read. */
function isLazy(text: string): boolean {
  const found = recordOf(lineOf(text), 0, 2, endOfNumbers);
  return Object.getOwnPropertyDescriptor(found, "embedding")?.get !== undefined;
}

test("a memory as programs write it: fields are kept, the text is as it was, the vector is not read", () => {
  for (const text of [
    '{"id":"a","content":"x [1,2] y","embedding":[1,-0.5],"confidence":0.5,"tags":["t"]}',
    '{"id": "a", "content": "x [1,2] y", "embedding": [1, -0.5], "confidence": 0.5, "tags": ["t"]}',
    '{"embedding":[1,-0.5],"tags":["t"],"confidence":0.5,"content":"x [1,2] y","id":"a"}\r',
  ]) {
    assert.ok(isLazy(text));
    const { id, embedding, fields, json } = good(text);
    assert.deepEqual([id, textOf(json), embedding], ["a", text, Float32Array.of(1, -0.5)]);
    assert.deepEqual(fields, { content: "x [1,2] y", confidence: 0.5, tags: ["t"] });
  }
});

test("the vector is that of the outermost object's last key of that name, whatever else looks like one", () => {
  const vectors: readonly (readonly [text: string, vector: readonly number[]])[] = [
    ['{"id":"a","content":"\\"embedding\\":[3,4]","embedding":[1,2]}', [1, 2]],
    ['{"id":"a","content":"\\\\\\"embedding\\":[3,4]","embedding":[1,2]}', [1, 2]],
    ['{"id":"a","x":{"embedding":[3,4]},"embedding":[1,2]}', [1, 2]],
    ['{"id":"a","embedding":[1,2],"x":{"embedding":[3,4]}}', [1, 2]],
    ['{"id":"a","embedding":[1,2],"x":[{"embedding":[3,4]}]}', [1, 2]],
    ['{"id":"a","embedding":[3,4],"embedding":[1,2]}', [1, 2]],
    ['{"id":"a","embedding":[3,4],"\\u0065mbedding":[1,2]}', [1, 2]],
    ['{"id":"a","embedding":[],"embedding":[1,2]}', [1, 2]],
    ['{"id":"a","embedding":null,"embedding":[1,2]}', [1, 2]],
    ['{"id":"a","my embedding":[3,4],"embedding":[1,2]}', [1, 2]],
    ['{"id":"a","embedding" : [1,2]}', [1, 2]],
    ['{"id":"a","embedding":  [1,2]}', [1, 2]],
    ['{"id":"a","embedding":[1,2 ]}', [1, 2]],
    ['{"id":"a","embedding":[1e10,0.1e+01]}', [1e10, 1]],
  ];
  for (const [text, vector] of vectors) assert.deepEqual(good(text).embedding, Float32Array.from(vector), text);
});

test("a vector elsewhere is not taken for the one that is missing", () => {
  const lines: readonly (readonly [text: string, reason: RegExp])[] = [
    ['{"id":"a","x":{"embedding":[1,2]},"embedding":[]}', /has 0 values, expected 2/],
    ['{"id":"a","embedding":[1,2],"embedding":[]}', /has 0 values, expected 2/],
    ['{"id":"a","embedding":[1,2],"embedding":null}', /its vector is null/],
    ['{"id":"a","x":{"embedding":[1,2]}}', /no vector/],
    ['{"id":"a","x":[{"embedding":[1,2]}],"embedding":"x"}', /its vector is "x"/],
    ['{"id":"a","content":"\\"embedding\\":[1,2]"}', /no vector/],
    ['[{"id":"a","embedding":[1,2]}]', /has 1 values, expected 2/],
    ['{"id":"a","embedding":[1,2]', /not JSON/],
    ['{"id":"a","embedding":[1,2]]}', /not JSON/],
    ['{"id":"a","embedding":[1,2]}{', /not JSON/],
    ['"embedding":[1,2]', /not JSON/],
  ];
  for (const [text, reason] of lines) assert.match(reasonOf(text), reason, text);
});

test("names of fields, the likeliest first; arrays alone; the text is kept only where a store can take it as it is", () => {
  for (const name of ["embedding", "vector", "values", "emb"]) {
    const text = `{"x":[],"${name}":[1,2],"id":"a"}`;
    const { fields, json } = good(text);
    assert.deepEqual([fields, textOf(json)], [{ x: [] }, name === "embedding" ? text : undefined]);
  }
  assert.deepEqual(good('{"emb":[5,6],"vector":[1,2],"embedding":[3,4],"id":"a"}').fields, {
    emb: [5, 6],
    vector: [1, 2],
  });
  const { row: _row, line: _line, ...alone } = good("[1,2]");
  assert.deepEqual(alone, { id: undefined, embedding: Float32Array.of(1, 2), fields: {}, json: undefined });
});

test("ids are texts or whole numbers", () => {
  const idOf = (id: string) => good(`{"id":${id},"embedding":[1,2]}`);
  assert.deepEqual([idOf('"a"').id, idOf('" "').id, idOf('"ö"').id], ["a", " ", "ö"]);
  for (const [id, expected] of [
    ["17", "17"],
    ["-1", "-1"],
    ["1.0", "1"],
    ["-0", "0"],
    ["9007199254740991", "9007199254740991"],
    ["null", undefined],
  ] as const) {
    const record = idOf(id);
    assert.deepEqual([record.id, record.json, record.fields], [expected, undefined, {}]);
  }
  assert.equal(good('{"embedding":[1,2]}').id, undefined);
  for (const id of ['""', "1.5", "1e400", "true", "{}", '["a"]'])
    assert.match(reasonOf(`{"id":${id},"embedding":[1,2]}`), /^its id is .*: expected a text or a whole number$/);
  assert.equal(read('{"id":"a","embedding":[1]}').id, "a");
});

test("what is no vector is said, with its place", () => {
  for (const [vector, reason] of [
    ["[1,null]", "value 1 of its vector is null"],
    ['["1",2]', 'value 0 of its vector is "1"'],
    ["[1,[2]]", "value 1 of its vector is an array"],
    ["[1]", "its vector has 1 values, expected 2"],
    ["[1,2,3]", "its vector has 3 values, expected 2"],
    ["[]", "its vector has 0 values, expected 2"],
    ["[1,3.4028236e38]", "value 1 of its vector is Infinity as float32"],
    ["[-1e39,2]", "value 0 of its vector is -Infinity as float32"],
    ["[1,1e400]", "value 1 of its vector is Infinity as float32"],
    ["{}", "its vector is an object: expected an array of numbers"],
    ["17", "its vector is 17: expected an array of numbers"],
    [`"${"x".repeat(99)}"`, `its vector is "${"x".repeat(39)}…: expected an array of numbers`],
  ] as const) {
    assert.equal(reasonOf(`{"id":"a","embedding":${vector}}`), reason);
  }
  const none = "no vector: expected an array of numbers, or one under embedding, vector, values, emb";
  for (const text of ["{}", '{"id":"a"}', "5", "null", '"x"', "true"]) assert.equal(reasonOf(text), none);
});

test("numbers that Python writes and JSON has not are named, where they stand for one", () => {
  for (const number of ["NaN", "Infinity", "-Infinity"]) {
    assert.equal(reasonOf(`{"id": "a", "embedding": [1.5, ${number}]}`), `not JSON, which has no ${number}`);
    assert.equal(reasonOf(`{"id":"a","x":${number},"embedding":[1,2]}`), `not JSON, which has no ${number}`);
  }
  assert.match(reasonOf('{"content":"said nan, to Infinity","embedding":[1,2]'), /^not JSON: "\{/);
});

test("text beyond ASCII stays as it is; what is no text is said", () => {
  for (const content of ["Zürich", "日本語 [1,2]", "👩‍🚀", "\u2028", "\u00e9".normalize("NFD")]) {
    for (const text of [
      `{"id":"ä","content":"${content}","embedding":[1,2]}`,
      `{"embedding":[1,2],"id":"ä","content":"${content}"}`,
    ]) {
      const { json, fields, id, embedding } = good(text);
      assert.deepEqual([textOf(json), fields, id], [text, { content }, "ä"]);
      assert.deepEqual(embedding, Float32Array.of(1, 2));
    }
  }
  const text = '{"id":"a","embedding":[1,2]}';
  assert.deepEqual([good(`\ufeff${text}`).id, textOf(good(`\ufeff${text}`).json)], ["a", text]);
  assert.match(reasonOf(`{"id":"a\0","embedding":[1,2]}`), /^not JSON: "\{\\"id\\":\\"a\\u0000/);
  for (const invalid of [[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xc0, 0x80]])
    assert.equal(reasonOf(Uint8Array.of(...encoder.encode(text.slice(0, 8)), ...invalid)), "not UTF-8 text");
  assert.deepEqual(recordOf({ number: 9, bytes: undefined, byteLength: 2 ** 25 }, 7, 2, endOfNumbers), {
    ...{ row: 7, line: 9, id: undefined, reason: "longer than 16777216 bytes" },
  });
});

test("every vector that is taken is that of JSON.parse, rounded to float32, bit for bit", () => {
  const random = createRandom(5);
  const numberOf = (): string => {
    const value = (random() - 0.5) * 10 ** Math.floor(random() * 90 - 50);
    const kinds = [
      String,
      (x: number) => x.toFixed(9),
      (x: number) => x.toExponential(Math.floor(random() * 20)),
      (x: number) => String(Math.fround(x % 1e9)),
      (x: number) => String(Math.round(x * 1e3)),
      () => "-0",
    ];
    return kinds[Math.floor(random() * kinds.length)]!(value);
  };
  let [lazy, taken] = [0, 0];
  for (let i = 0; i < 6000; i++) {
    const dim = 1 + Math.floor(random() * 12);
    const separator = random() < 0.5 ? "," : ", ";
    const numbers = Array.from({ length: dim }, numberOf);
    const text = `{"id":"${i}","embedding":[${numbers.join(separator)}],"content":"${random() < 0.2 ? "ö" : "o"}"}`;
    const expected = Float32Array.from(JSON.parse(`[${numbers.join()}]`) as number[]);
    const found = recordOf(lineOf(text), 7, dim, endOfNumbers);
    assert.equal("reason" in found, !expected.every(Number.isFinite), text);
    if ("reason" in found) continue;
    if (Object.getOwnPropertyDescriptor(found, "embedding")?.get) lazy++;
    taken++;
    assertSameBits(found.embedding, expected, text);
    assert.equal(found.embedding, found.embedding, "it is read once");
    assert.equal(textOf(found.json), text);
  }
  assert.ok(lazy > 500 && lazy < taken - 500, `${lazy} of ${taken}`);
});

test("blank lines are of white space alone", () => {
  for (const text of ["", " ", "\r", "\t \v\f\r"]) assert.ok(isBlankLine(lineOf(text)), JSON.stringify(text));
  for (const text of ["x", " \0", "\u00a0", "[]"]) assert.ok(!isBlankLine(lineOf(text)), JSON.stringify(text));
});

test("metadata of a vector that stands elsewhere", () => {
  const found = (value: unknown, text = JSON.stringify(value)) => metadataOf({ value, text });
  assert.deepEqual(found({ id: 5, cluster: 1, embedding: [1] }), {
    id: "5",
    fields: { cluster: 1, embedding: [1] },
  });
  assert.deepEqual(found({}), { id: undefined, fields: {} });
  for (const value of [[], null, 5, "x"]) assert.deepEqual(found(value), { id: undefined, reason: "no JSON object" });
  assert.deepEqual(found({ id: "" }), {
    id: undefined,
    reason: 'its id is "": expected a text or a whole number',
  });
});

test("whole numbers that would be rounded are refused by name, unless the line goes as it is", () => {
  const beyond = "is a whole number beyond 2^53, which would be rounded: write it as text";
  const text = '{"id":"a","embedding":[1,2],"big":9007199254740993}';
  assert.deepEqual(recordOf(lineOf(text), 7, 2), { row: 7, line: 9, id: "a", reason: `field "big" ${beyond}` });
  assert.equal(textOf(good(text).json), text);
  const fields = { big: 9007199254740993n };
  assert.deepEqual(metadataOf({ value: { big: Number(fields.big) }, text: `{"big":${fields.big}}` }), {
    id: undefined,
    reason: `field "big" ${beyond}`,
  });
  for (const number of ["1e20", "9007199254740991", "0.12345678901234567"]) {
    const value = JSON.parse(`{"n":${number}}`) as Record<string, unknown>;
    assert.deepEqual(metadataOf({ value, text: `{"n":${number}}` }), { id: undefined, fields: value });
  }
  assert.equal(reasonOf('{"id":1234567890123456789,"embedding":[1,2]}'), `its id ${beyond}`);
});

function textOf(json: Uint8Array | undefined): string | undefined {
  return json && new TextDecoder("utf-8", { ignoreBOM: true }).decode(json);
}

test("nothing is too deep to be told", () => {
  const deep = `${"[".repeat(60_000)}${"]".repeat(60_000)}`;
  assert.equal(reasonOf(`{"id":${deep},"embedding":[1,2]}`), "its id is an array: expected a text or a whole number");
  assert.equal(reasonOf(`{"embedding":[1,${deep}]}`), "value 1 of its vector is an array");
  assert.equal(reasonOf(`{"embedding":{"a":${deep}}}`), "its vector is an object: expected an array of numbers");
});
