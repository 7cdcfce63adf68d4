import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import test from "node:test";
import { InputError } from "../../src/data/errors.ts";
import { jsonlStoredRows, readJsonl, readLines } from "../../src/formats/jsonl.ts";
import { assertSameBytes } from "../reference/same.ts";
import { memorySource } from "../support/memory.ts";

const MIB = 1 << 20; // what the reader takes at a time
const encoder = new TextEncoder();

async function linesOf(bytes: Uint8Array | string): Promise<string[]> {
  const lines: string[] = [];
  for await (const { number, text } of readLines(memorySource(bytes))) {
    lines.push(text);
    assert.equal(number, lines.length);
  }
  return lines;
}

async function valuesOf(bytes: Uint8Array | string): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const value of readJsonl(memorySource(bytes))) values.push(value);
  return values;
}

test("lines are split at newlines; the last needs none", async () => {
  assert.deepEqual(await linesOf(""), []);
  assert.deepEqual(await linesOf("\n"), [""]);
  assert.deepEqual(await linesOf("a"), ["a"]);
  assert.deepEqual(await linesOf("a\n\nb\n"), ["a", "", "b"]);
  assert.deepEqual(await linesOf("a\nb"), ["a", "b"]);
  assert.deepEqual(await linesOf("\u2028\u0085"), ["\u2028\u0085"]);
});

test("a line may lie across the end of a read, or be longer than one", async () => {
  for (const length of [MIB - 2, MIB - 1, MIB, MIB + 1, 2 * MIB + 5]) {
    const lines = ["x".repeat(length), "second", "y".repeat(MIB), "last"];
    for (const text of [lines.join("\n"), `${lines.join("\n")}\n`]) {
      const read = await linesOf(text);
      assert.ok(read.length === 4 && read.every((line, at) => line === lines[at]), `first line of ${length}`);
    }
  }
});

test("a character may lie across the end of a read", async () => {
  for (const character of ["ö", "語", "🚀"]) {
    for (let before = 4; before >= 0; before--) {
      const line = `${"x".repeat(MIB - before)}${character}`;
      const read = await linesOf(`${line}\n${character}`);
      assert.ok(read[0] === line && read[1] === character, `${character} at ${before} before the end`);
    }
  }
});

test("values are those of JSON", async () => {
  const values = [{ cls: "A" }, { cls: 'quo"ted\n', at: [1, 2.5, null] }, "text", 7];
  assert.deepEqual(await valuesOf(values.map((value) => JSON.stringify(value)).join("\n")), values);
  assert.deepEqual(await valuesOf('{"cls":"A"}\r\n{"cls":"B"}\r\n'), [{ cls: "A" }, { cls: "B" }]);
  assert.deepEqual(await valuesOf(""), []);
});

test("a line that is not JSON is named by its number", async () => {
  const failsAt = (text: string, line: number) =>
    assert.rejects(valuesOf(text), (error) => {
      assert.ok(error instanceof InputError && error.message.startsWith(`Line ${line} is not JSON`), String(error));
      return !error.message.includes("\n") && error.message.length < 120;
    });
  await failsAt("x", 1);
  await failsAt('{"a":1}\n{"a":1}\n{"a":\n{}', 3);
  await failsAt('{"a":1}\n\n{}', 2);
  await failsAt(`${`"${"x".repeat(100)}"\n`.repeat(20_000)}{"a"`, 20_001);
  await failsAt(`{}\n${"x".repeat(MIB)}`, 2);
});

test("the values before a line that is not JSON are given", async () => {
  const values: unknown[] = [];
  await assert.rejects(async () => {
    for await (const value of readJsonl(memorySource("1\n2\nx\n4"))) values.push(value);
  }, InputError);
  assert.deepEqual(values, [1, 2]);
});

test("bytes that are not UTF-8 are refused, wherever they are", async () => {
  const invalid: number[][] = [
    [0xff],
    [0xc3, 0x28],
    [0xe2, 0x82],
    [0xf0, 0x9f, 0x9a],
    [0xc0, 0xaf],
    [0xed, 0xa0, 0x80],
  ];
  for (const bytes of invalid) {
    for (const before of [10, MIB - 1]) {
      for (const after of ["", '"\n{}\n']) {
        const text = Buffer.concat([
          encoder.encode('"'.padEnd(before, "x")),
          Uint8Array.from(bytes),
          encoder.encode(after),
        ]);
        await assert.rejects(valuesOf(text), { name: "InputError" }, `${bytes} after ${before}`);
      }
    }
  }
});

/** Lines of all lengths from 8 to 18 bytes, more than three marks of 65,536. */
const LINES = 200_003;
const lines = Array.from({ length: LINES }, (_, row) => `{"n":${row}${" ".repeat((row * 7) % 5)}}\n`);
const text = encoder.encode(lines.join(""));
const ends = new Uint32Array(LINES + 1);
lines.forEach((line, row) => (ends[row + 1] = ends[row]! + line.length));

test("stored rows are the bytes of any range of lines, on both sides of every mark", async () => {
  const stored = await jsonlStoredRows(memorySource(text));
  assert.equal(stored.rows, LINES);
  const near = [0, 1, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073, 196_608, LINES - 1, LINES];
  for (const start of near) {
    for (const end of new Set([...near, start + 1, start + 1000])) {
      if (end < start || end > LINES) continue;
      const expected = text.subarray(ends[start], ends[end]);
      assertSameBytes(await stored.read(start, end - start), expected, `lines ${start} to ${end}`);
    }
  }
});

test("stored rows of lines longer than a read", async () => {
  const long = ["x".repeat(MIB + 7), "y", "z".repeat(2 * MIB), "end"].map((line) => `${line}\n`);
  const stored = await jsonlStoredRows(memorySource(long.join("")));
  assert.equal(stored.rows, 4);
  for (let row = 0; row < 4; row++) {
    assertSameBytes(await stored.read(row, 1), encoder.encode(long[row]), `line ${row}`);
  }
});

test("an empty text has no rows, and what follows the last newline belongs to none", async () => {
  assert.equal((await jsonlStoredRows(memorySource(""))).rows, 0);
  assert.equal((await jsonlStoredRows(memorySource("a\nb"))).rows, 1);
  assert.equal((await jsonlStoredRows(memorySource("\n\n"))).rows, 2);
});
