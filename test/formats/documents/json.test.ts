import assert from "node:assert/strict";
import test from "node:test";
import { bytesOfText, rowsOf } from "./rowsof.ts";

test("each line of JSON is a row, blank lines are none", async () => {
  const content = '\ufeff{"text":"a","n":1}\n\n  \r\n{"text":"é\\n🙂","tags":["x",{"y":null}]}\r\n{"text":"last"}';
  for (const name of ["a.jsonl", "a.ndjson", "A.JSONL", "a.json"]) {
    assert.deepEqual(await rowsOf(name, content), [
      [1, { text: "a", n: 1 }],
      [4, { text: "é\n🙂", tags: ["x", { y: null }] }],
      [5, { text: "last" }],
    ]);
  }
});

test("a bad line is a row that says what is wrong, and the next ones are read", async () => {
  const bytes = bytesOfText('{"a":1}\n{"a":\n[1]\n"x"\nnull\n{"a":NaN}\n{"a":"?"}\n{"a":2}');
  bytes[bytes.indexOf(0x3f)] = 0xff;
  assert.deepEqual(await rowsOf("a.jsonl", bytes), [
    [1, { a: 1 }],
    [2, 'not JSON: "{\\"a\\":"'],
    [3, "no JSON object"],
    [4, "no JSON object"],
    [5, "no JSON object"],
    [6, "not JSON, which has no NaN"],
    [7, "not UTF-8 text"],
    [8, { a: 2 }],
  ]);
});

test("whole numbers beyond 2^53 keep their digits, as texts", async () => {
  const line = String.raw`{"id":1234567890123456789,"m":-9007199254740993,"s":9007199254740991,"d":0.1234567890123456789,"e":1e300,"t":"\\\" 1234567890123456789","l":[98765432109876543210]}`;
  const fields = {
    id: "1234567890123456789",
    m: "-9007199254740993",
    s: 9007199254740991,
    d: 0.12345678901234568,
    e: 1e300,
    t: '\\" 1234567890123456789',
    l: ["98765432109876543210"],
  };
  assert.deepEqual(await rowsOf("a.jsonl", line), [[1, fields]]);
  assert.deepEqual(await rowsOf("a.json", `[${line}]`), [[1, fields]]);
});

test("a name that JavaScript has a meaning for is a field as any", async () => {
  const [[, fields]] = (await rowsOf("a.jsonl", '{"__proto__":"x","constructor":1}')) as [[number, object]];
  assert.deepEqual(Object.entries(fields), [
    ["__proto__", "x"],
    ["constructor", 1],
  ]);
});

test("each item of an array is a row, told by the line that it begins in", async () => {
  const content = `\ufeff \n[
  {"text": "a, [b] {c} \\" \\\\", "n": [1, [2]]},
  {
    "text": "\\\\"
  }, {"text":"é🙂"}
]
`;
  assert.deepEqual(await rowsOf("a.json", content), [
    [3, { text: 'a, [b] {c} " \\', n: [1, [2]] }],
    [4, { text: "\\" }],
    [6, { text: "é🙂" }],
  ]);
});

test("arrays without items, and what is no array", async () => {
  for (const content of ["[]", " [ ]\n", "", " \n "]) assert.deepEqual(await rowsOf("a.json", content), [], content);
  assert.deepEqual(await rowsOf("a.json", "nothing\n"), [[1, 'not JSON: "nothing"']]);
});

test("bad items are rows, and the next ones are read", async () => {
  assert.deepEqual(await rowsOf("a.json", '[1, "x]",\n[{"a":1}], {"a" 1}, {"a":2},,{"a":}]}, {"a":3},\n]'), [
    [1, "no JSON object"],
    [1, "no JSON object"],
    [2, "no JSON object"],
    [2, 'not JSON: " {\\"a\\" 1}"'],
    [2, { a: 2 }],
    [2, 'not JSON: ""'],
    [2, 'not JSON: "{\\"a\\":}"'],
    [2, "something follows the array of JSON"],
  ]);
  assert.deepEqual(await rowsOf("a.json", '[{"a":1},\n]'), [
    [1, { a: 1 }],
    [2, 'not JSON: "\\n"'],
  ]);
});

test("an array that ends too early, or is followed by something, is told", async () => {
  const early = "the file ends within the array of JSON that should end here";
  assert.deepEqual(await rowsOf("a.json", '[{"a":1},\n {"a":'), [
    [1, { a: 1 }],
    [2, early],
  ]);
  assert.deepEqual(await rowsOf("a.json", "["), [[1, early]]);
  assert.deepEqual(await rowsOf("a.json", '[{"a":1}]\n[{"a":2}]'), [
    [1, { a: 1 }],
    [2, "something follows the array of JSON"],
  ]);
});
