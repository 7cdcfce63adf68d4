import assert from "node:assert/strict";
import test from "node:test";
import { bytesOfText, rowsOf } from "./rowsof.ts";

test("values are texts, quoted ones may have quotes, commas and newlines", async () => {
  const content = '\ufeff"id",text\r\n1,"a, ""b""\r\nc"\r\n2,\n\n"","x"\r3,é 🙂';
  assert.deepEqual(await rowsOf("a.csv", content), [
    [2, { id: "1", text: 'a, "b"\r\nc' }],
    [4, { id: "2", text: "" }],
    [6, { id: "", text: "x" }],
    [7, { id: "3", text: "é 🙂" }],
  ]);
});

test("tabs separate in TSV, and commas do not", async () => {
  assert.deepEqual(await rowsOf("a.tsv", 'id\ttext\n1\ta,b\n2\t"a\tb"'), [
    [2, { id: "1", text: "a,b" }],
    [3, { id: "2", text: "a\tb" }],
  ]);
});

test("quotes elsewhere stand for themselves", async () => {
  assert.deepEqual(await rowsOf("a.csv", 'a,b\nx"y", "z"\n"x"y"z,"""q"""\n'), [
    [2, { a: 'x"y"', b: ' "z"' }],
    [3, { a: 'xy"z', b: '"q"' }],
  ]);
});

test("rows with more or fewer values than names, or no UTF-8, are bad", async () => {
  const bytes = bytesOfText("a,b\n1,2\n1\n1,2,3\n?,2\n3,4\n");
  bytes[bytes.indexOf(0x3f)] = 0xff;
  assert.deepEqual(await rowsOf("a.csv", bytes), [
    [2, { a: "1", b: "2" }],
    [3, "1 values, expected 2 as in the row of names"],
    [4, "3 values, expected 2 as in the row of names"],
    [5, "not UTF-8 text"],
    [6, { a: "3", b: "4" }],
  ]);
});

test("quotes that are never closed are told with the line of their row", async () => {
  assert.deepEqual(await rowsOf("a.csv", 'a,b\n1,2\n3,"4\n5,6\n'), [
    [2, { a: "1", b: "2" }],
    [3, "the file ends within quotes that this row opens"],
  ]);
});

test("names that come again get numbers; files without rows", async () => {
  assert.deepEqual(await rowsOf("a.csv", "a,,a,a.1,,__proto__\n1,2,3,4,5,6"), [
    [
      2,
      Object.fromEntries([
        ["a", "1"],
        ["", "2"],
        ["a.1", "3"],
        ["a.1.1", "4"],
        [".1", "5"],
        ["__proto__", "6"],
      ]),
    ],
  ]);
  for (const content of ["", "\n\r\n", "a,b", "a,b\r\n"]) assert.deepEqual(await rowsOf("a.csv", content), []);
});
