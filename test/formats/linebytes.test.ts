import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import process from "node:process";
import test from "node:test";
import type { ByteSource } from "../../src/data/format.ts";
import { countLines, MAX_LINE_BYTES, readLineBytes } from "../../src/formats/linebytes.ts";
import { memorySource } from "../support/memory.ts";
import { createRandom } from "./samples.ts";

const MIB = 1 << 20; // what the reader takes at a time

/** Every line as a text of one character a byte. */
async function linesOf(content: string | Uint8Array): Promise<string[]> {
  const source = memorySource(content);
  const lines: string[] = [];
  let byteLength = 0;
  for await (const line of readLineBytes(source)) {
    lines.push(Buffer.from(line.bytes!).toString("latin1"));
    assert.equal(line.number, lines.length);
    byteLength += line.byteLength;
  }
  assert.equal(byteLength, source.byteLength);
  assert.equal(await countLines(source), lines.length);
  return lines;
}

test("lines are split at newlines and nowhere else; the last needs none", async () => {
  assert.deepEqual(await linesOf(""), []);
  assert.deepEqual(await linesOf("\n"), [""]);
  assert.deepEqual(await linesOf("\n\n"), ["", ""]);
  assert.deepEqual(await linesOf("a"), ["a"]);
  assert.deepEqual(await linesOf("a\n\nb\n"), ["a", "", "b"]);
  assert.deepEqual(await linesOf("a\r\nb\rc\r\n"), ["a\r", "b\rc\r"]);
  assert.deepEqual(await linesOf(Uint8Array.of(0xef, 0xbb, 0xbf, 0, 10, 0xff, 0xc3, 10, 0x0b, 0x85)), [
    "\u00ef\u00bb\u00bf\0",
    "\u00ff\u00c3",
    "\u000b\u0085",
  ]);
});

test("lines of random lengths around the ends of reads", async () => {
  const random = createRandom(1);
  for (let round = 0; round < 20; round++) {
    const lengths = Array.from({ length: 8 }, () => Math.floor(random() * 3) + [0, 1, MIB - 2, 7][round % 4]!);
    const lines = lengths.map((length, at) => String(at).repeat(length));
    for (const end of ["", "\n"]) {
      const content = `${lines.join("\n")}${end}`;
      const expected = end === "" && lines.at(-1) === "" ? lines.slice(0, -1) : lines;
      const found = await linesOf(content);
      assert.ok(found.length === expected.length && found.every((line, at) => line === expected[at]), `${lengths}`);
    }
  }
});

/** A text of parts that are never in memory as a whole: a byte so many times. */
function repeated(...parts: readonly (readonly [text: string, times: number])[]): ByteSource {
  const byteLength = parts.reduce((sum, [, times]) => sum + times, 0);
  return {
    byteLength,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      let begin = -offset;
      for (const [text, times] of parts) {
        bytes.fill(text.charCodeAt(0), Math.max(0, begin), Math.max(0, begin + times));
        begin += times;
      }
      return bytes;
    },
  };
}

test("a line that is too long is told without its bytes, and the next ones are read", async () => {
  for (const [length, isGiven] of [
    [MAX_LINE_BYTES - 1, true],
    [MAX_LINE_BYTES, true],
    [MAX_LINE_BYTES + 1, false],
    [MAX_LINE_BYTES + 2, false],
    [3 * MAX_LINE_BYTES, false],
  ] as const) {
    for (const last of [0, 1]) {
      const source = repeated(["a", 5], ["\n", 1], ["b", length], ["\n", last], ["c", 3 * last]);
      const found: unknown[] = [];
      for await (const { number, bytes, byteLength } of readLineBytes(source))
        found.push([
          number,
          bytes?.length,
          byteLength,
          bytes && [0, bytes.length >> 1, bytes.length - 1].every((at) => bytes[at] === 96 + number),
        ]);
      const long = isGiven ? [2, length, length + last, true] : [2, undefined, length + last, undefined];
      assert.deepEqual(found, [[1, 5, 6, true], long, ...(last ? [[3, 3, 3, true]] : [])], `${length} bytes`);
      assert.equal(await countLines(source), 2 + last);
    }
  }
});

test("memory stays bounded by one line", async () => {
  const source = repeated(["b", 400 * MIB], ["\n", 1], ["c", 1]);
  const before = process.memoryUsage().external;
  let most = 0;
  const watched: ByteSource = {
    byteLength: source.byteLength,
    read(offset, length) {
      most = Math.max(most, process.memoryUsage().external - before);
      return source.read(offset, length);
    },
  };
  let lines = 0;
  for await (const _line of readLineBytes(watched)) lines++;
  assert.equal(lines, 2);
  assert.ok(most < 200 * MIB, `${most} bytes`);
});
