import assert from "node:assert/strict";
import test from "node:test";
import { InputError } from "../../src/data/errors.ts";
import { MAX_LINE_BYTES } from "../../src/formats/linebytes.ts";
import { openRecordLines, PIECE_ROWS } from "../../src/formats/recordlines.ts";
import { createRunningHash } from "../../src/runtime/files.ts";
import { memorySource } from "../support/memory.ts";
import { readRecords } from "../support/records.ts";
import { sha256 } from "../support/sums.ts";

const ROWS = 40;
const lineOf = (row: number) => `{"id":"m${row}","content":"${"x".repeat(row)}","embedding":[${row},0.5,-1e-3]}`;
const lines = Array.from({ length: ROWS }, (_, row) => lineOf(row));

const open = (content: string | Uint8Array) => openRecordLines(memorySource(content), createRunningHash);

/** Rows and their line numbers; with the reason where they cannot be stored. */
async function outcomesOf(content: string | Uint8Array): Promise<unknown[]> {
  const { records, bad, bytes } = await readRecords(await open(content));
  assert.equal(bytes, memorySource(content).byteLength);
  const rows = [
    ...records.map(({ row, line }) => [row, line]),
    ...bad.map(({ row, line, reason }) => [row, line, reason]),
  ];
  return rows.sort(([a], [b]) => Number(a) - Number(b));
}

test("rows come in order with their lines, in small pieces", async () => {
  const input = await open(lines.join("\n"));
  assert.equal(input.dim, 3);
  const { records, bad } = await readRecords(input, Infinity, () => true, true);
  assert.deepEqual(bad, []);
  records.forEach(({ row, line, id, json, fields, embedding }, at) => {
    assert.deepEqual([row, line, id, json && new TextDecoder().decode(json)], [at, at + 1, `m${at}`, lines[at]]);
    assert.deepEqual([fields, embedding], [{ content: "x".repeat(at) }, Float32Array.of(at, 0.5, -1e-3)]);
  });
  const ends: number[] = [];
  for await (const { rowEnd } of input.read({ rowEnd: Infinity, wants: () => false }).pieces) ends.push(rowEnd);
  assert.deepEqual(ends, [PIECE_ROWS, 2 * PIECE_ROWS, ROWS]);
});

test("blank lines are no rows, and count as lines; damage is told with its line and costs no other row", async () => {
  assert.deepEqual(await outcomesOf(`\ufeff[1,2]\r\n\r\n \t\n[3,4]\r\n\n`), [
    [0, 1],
    [1, 4],
  ]);
  assert.deepEqual(await outcomesOf(`[1,2]\n\n[3]\n{\n[5,NaN]\n[7,8]`), [
    [0, 1],
    [1, 3, "its vector has 1 values, expected 2"],
    [2, 4, 'not JSON: "{"'],
    [3, 5, "not JSON, which has no NaN"],
    [4, 6],
  ]);
  const bytes = new TextEncoder().encode("[1,2]\n[3,4]x\n[5,6]\n");
  bytes[11] = 0xff;
  assert.deepEqual(await outcomesOf(bytes), [
    [0, 1],
    [1, 2, "not UTF-8 text"],
    [2, 3],
  ]);
});

test("a line that is too long is a row that cannot be stored, in the middle of others", async () => {
  const long = `{"id":"a","embedding":[1,2],"content":"${"x".repeat(MAX_LINE_BYTES)}"}`;
  assert.deepEqual(await outcomesOf(`[1,2]\n${long}\n[3,4]\n`), [
    [0, 1],
    [1, 2, "longer than 16777216 bytes"],
    [2, 3],
  ]);
});

test("the dimension is that of most of the first rows", async () => {
  assert.equal((await open("[1]\n[1,2]\n{}\nx\n[3,4]\n[1]\n[5,6]")).dim, 2);
  assert.equal((await open(`${"[1]\n".repeat(51)}${"[1,2]\n".repeat(500)}`)).dim, 1);
  assert.equal((await open(`${"{}\n".repeat(99)}[1,2]`)).dim, 2);
  for (const [content, message] of [
    ["{}\n".repeat(200), /none is in its first 100 lines/],
    ["{}\n\n[]", /none is in it;/],
    ["\n \n", /none is in it;/],
    [`[${"1,".repeat(65_536)}1]`, /Vectors of 65537 values/],
  ] as const) {
    await assert.rejects(open(content), (error) => error instanceof InputError && message.test(error.message));
  }
});

test("the mark is that of the rows up to there, whatever is wanted and however often it is read", async () => {
  const wanted = [() => true, () => false, (row: number) => row % 3 === 0];
  const input = await open(`${lines.join("\n")}\n`);
  for (let rowEnd = 0; rowEnd <= ROWS; rowEnd++) {
    const expected = {
      rows: rowEnd,
      sums: [
        sha256(
          lines
            .slice(0, rowEnd)
            .map((line) => `${line}\n`)
            .join(""),
        ),
      ],
    };
    for (const wants of wanted) assert.deepEqual((await readRecords(input, rowEnd, wants)).mark, expected);
    const reading = input.read({ rowEnd: Infinity, wants: () => true });
    for await (const piece of reading.pieces) {
      if (piece.rowEnd < rowEnd) continue;
      if (piece.rowEnd === rowEnd) assert.deepEqual(reading.mark(), expected);
      break;
    }
  }
  assert.deepEqual((await readRecords(input, ROWS + 1)).mark, (await readRecords(input)).mark);
});

test("the mark knows rows only: not what follows them, nor blank lines, so that a file may grow", async () => {
  const markOf = async (content: string, rowEnd?: number) => (await readRecords(await open(content), rowEnd)).mark;
  for (const rows of [1, 2, PIECE_ROWS, PIECE_ROWS + 1]) {
    const whole = `${lines.slice(0, rows).join("\n")}\n`;
    const expected = await markOf(whole, rows);
    assert.equal(expected.rows, rows);
    for (const content of [whole.trimEnd(), `${whole}\n\n \r\n`, `\n${whole}`, `${whole}  `])
      assert.deepEqual(await markOf(content), expected, JSON.stringify(content));
    for (const more of [lines[rows]!, `\n\n${lines[rows]}`, "damaged\n"])
      assert.deepEqual(await markOf(whole + more, rows), expected);
  }
});

test("a changed byte, a row more, one less, or two that change places change the mark", async () => {
  const marks = new Set<string>();
  const contents = [lines.join("\n"), lines.slice(1).join("\n"), [...lines, lines[0]].join("\n")];
  contents.push([lines[1], lines[0], ...lines.slice(2)].join("\n"));
  for (let at = 40; at < contents[0]!.length; at += 97)
    contents.push(`${contents[0]!.slice(0, at)}~${contents[0]!.slice(at + 1)}`);
  for (const content of contents) marks.add((await readRecords(await open(content))).mark.sums.join());
  assert.equal(marks.size, new Set(contents).size);
});
