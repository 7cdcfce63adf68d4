import assert from "node:assert/strict";
import test from "node:test";
import { MAX_LINE_BYTES } from "../../../src/formats/linebytes.ts";
import { parserOf, rowsOf, toReadRow } from "./rowsof.ts";

test("each line of a text is a row, empty ones too", async () => {
  assert.deepEqual(await rowsOf("a.txt", "\ufeffone\r\n\n\ufefftwo 🙂\r \n\rlast\r"), [
    [1, { text: "one" }],
    [2, { text: "" }],
    [3, { text: "\ufefftwo 🙂\r " }],
    [4, { text: "\rlast" }],
  ]);
  for (const [content, rows] of [
    ["", []],
    ["\ufeff", []],
    ["\n", [[1, { text: "" }]]],
    ["x", [[1, { text: "x" }]]],
  ] as const)
    assert.deepEqual(await rowsOf("a.text", content), rows);
});

test("a line that is no UTF-8 is a bad row", async () => {
  const bytes = Uint8Array.of(0x61, 10, 0xc3, 10, 0xe2, 0x82, 10, 0xff, 0xfe, 10, 0xed, 0xa0, 0x80, 10, 0x62);
  const bad = "not UTF-8 text";
  assert.deepEqual(await rowsOf("a.txt", bytes), [
    [1, { text: "a" }],
    [2, bad],
    [3, bad],
    [4, bad],
    [5, bad],
    [6, { text: "b" }],
  ]);
});

test("a row of more than 16 MiB is a bad one and the next is read", () => {
  const letters = new Uint8Array(MAX_LINE_BYTES).fill(0x61);
  const encode = (text: string) => new TextEncoder().encode(text);
  const tooLong = `longer than ${MAX_LINE_BYTES} bytes`;
  for (const [name, before, after, expected] of [
    [
      "a.txt",
      "x\n",
      "a\ny\n",
      [
        [1, { text: "x" }],
        [2, tooLong],
        [3, { text: "y" }],
      ],
    ],
    [
      "a.jsonl",
      '{"a":1}\n{"a":"',
      '"}\n{"a":2}',
      [
        [1, { a: 1 }],
        [2, tooLong],
        [3, { a: 2 }],
      ],
    ],
    [
      "a.json",
      '[{"a":1},\n{"a":"',
      '"},\n{"a":2}]',
      [
        [1, { a: 1 }],
        [2, tooLong],
        [3, { a: 2 }],
      ],
    ],
    [
      "a.csv",
      'a\n1\n"\n',
      '"\n2\n',
      [
        [2, { a: "1" }],
        [3, tooLong],
        [5, { a: "2" }],
      ],
    ],
  ] as const) {
    const parser = parserOf(name);
    const rows = [encode(before), letters, encode(after)].flatMap((bytes) => parser.push(bytes));
    assert.deepEqual([...rows, ...parser.end()].map(toReadRow), expected, name);
  }
});

test("a row of 16 MiB is read", () => {
  const parser = parserOf("a.txt");
  const letters = new Uint8Array(MAX_LINE_BYTES / 4).fill(0x61);
  for (let part = 0; part < 4; part++) assert.deepEqual(parser.push(letters), []);
  const [row] = parser.push(Uint8Array.of(10));
  assert.equal((row!.read() as { text: string }).text.length, MAX_LINE_BYTES);
});
