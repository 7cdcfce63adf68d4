import assert from "node:assert/strict";
import test from "node:test";
import { createCore } from "../../src/core/instance.ts";
import { createEndOfNumbers } from "../../src/core/plainnumbers.ts";
import { createRandom } from "../formats/samples.ts";
import { endOfNumbers } from "../reference/plainnumbers.ts";

const MARGIN = 16; // that the kernel may read behind the text
const MAX_LENGTH = 67;
const MAX_BYTES = 1 << 18; // of the wrapper

const core = createCore();
const encoder = new TextEncoder();
const bytesOf = (text: string): Uint8Array => encoder.encode(text);
const byKernel = createEndOfNumbers(core);

const NUMBERS = [
  ...["0", "-0", "7", "-12", "0.5", "-0.25", "1e5", "1E5", "1e+9", "1e-45", "1E-400", "123456789.123456789", "3.4e8"],
  ...["12345678901234567890", "-99999999999999999999e9", "0.00000000000000000000000000000000000001", "1e0", "0e-0"],
];
const OTHERS = [
  ...["01", "-01", "00", "1.", ".5", "-", "+1", "1e", "1e+", "1e-", "1e10", "1e+10", "1e05", "", " ", "  1", "1 "],
  ...["123456789012345678901", "1.e5", "--1", "1.5.5", "1e5e5", "1e5.5", "NaN", "-Infinity", "null", '"1"', "[1", "{"],
  ...["1-", "1+1", "e5", "1,", ",1", "\t1", "1\n", "\u00b9", "\u0661", "0x1", "1_0", "1\0", "\ufeff1", "/", ":"],
];

/** What the kernel finds, with all that lies around the text set to something that it could go on with. */
function found(text: Uint8Array, alignment: number, count: number, around: number): number | undefined {
  const region = (found.region ||= core.alloc(256));
  const at = region + 64 + alignment;
  const memory = core.bytes(region, 256).fill(around);
  memory.set(text, at - region);
  memory.fill(0, at - region + text.length, at - region + text.length + MARGIN);
  const before = memory.slice();
  const end = core.kernels.plainNumbers(at, at + text.length, count);
  assert.deepEqual(core.bytes(region, 256), before, "the kernel wrote something");
  return end === 0 ? undefined : end - at;
}
found.region = 0;

/** The ends that a text may have: each is asked for, and one number more and less. */
function countsOf(text: string): number[] {
  const numbers = text.split("]")[0]!.split(",").length;
  return [numbers - 1, numbers, numbers + 1];
}

function compare(text: string, alignment: number): void {
  const bytes = bytesOf(text);
  for (const count of countsOf(text)) {
    const expected = endOfNumbers(bytes, 0, count);
    for (const around of [0x39, 0x5d]) {
      const end = found(bytes, alignment, count, around);
      if (end !== expected)
        assert.equal(end, expected, `${JSON.stringify(text)}, ${count} numbers, alignment ${alignment}`);
    }
    if (expected === undefined) continue;
    const values = JSON.parse(`[${new TextDecoder().decode(bytes.subarray(0, expected))}`) as number[];
    assert.equal(values.length, count);
    assert.ok(values.every((value) => Number.isFinite(Math.fround(value))));
  }
}

test("a number is plain or not, first, last, alone, and with a space before it", () => {
  for (const [numbers, isPlain] of [
    [NUMBERS, true],
    [OTHERS, false],
  ] as const) {
    for (const number of numbers) {
      for (const [text, count] of [
        [`${number}]`, 1],
        [`1,${number}]`, 2],
        [`${number},-1.5]`, 2],
        [`0.1, 0.2,${number},3]}`, 4],
      ] as const) {
        assert.equal(found(bytesOf(text), 0, count, 0x39) !== undefined, isPlain, text);
        compare(text, 3);
        if (isPlain) compare(text.replaceAll(",", ", "), 0);
      }
    }
  }
});

test("an empty array, one that is cut, and another count are no such array", () => {
  for (const text of ["", "]", " ]", ",]", "1,]", "1", "1,2", "1,2 ]", "[1,2]", "1,2}"]) compare(text, 0);
  const whole = "0.5, -1.25e-3, 17, 1E5]";
  for (let length = 0; length <= whole.length; length++) compare(whole.slice(0, length), length % 16);
  assert.equal(found(bytesOf(whole), 0, 4, 0x39), whole.length);
  assert.equal(found(bytesOf(`${whole},"id":[1]}`), 0, 4, 0x39), whole.length);
  for (const count of [0, 3, 5, 2 ** 32 - 1]) assert.equal(found(bytesOf(whole), 0, count, 0x39), undefined);
  assert.equal(found(bytesOf("]"), 0, 0, 0x39), undefined);
});

test("texts of all lengths and alignments equal the twin", () => {
  const random = createRandom(1);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  for (let length = 0; length <= MAX_LENGTH; length++) {
    for (let alignment = 0; alignment < 16; alignment++) {
      const isOdd = random() < 0.3;
      let text = "";
      while (text.length < length)
        text += `${pick(isOdd && random() < 0.1 ? OTHERS : NUMBERS)}${pick([",", ",", ", "])}`;
      const begin = text.slice(0, Math.max(0, length - 1));
      for (const cut of [text.slice(0, length), `${begin}]`, `${begin.replace(/[^\d]*$/, "")}]`])
        compare(cut, alignment);
      compare("9".repeat(length), alignment);
      compare(`${"9".repeat(Math.floor(length / 2))}.${"9".repeat(length)}]`.slice(0, MAX_LENGTH), alignment);
    }
  }
});

test("random and damaged bytes equal the twin", () => {
  const random = createRandom(2);
  const characters = "0123456789-+.eE, ][\0/:\u0080";
  const any = (from: string) => from[Math.floor(random() * from.length)]!;
  for (let i = 0; i < 8000; i++) {
    const length = Math.floor(random() * 12);
    compare(`${Array.from({ length }, () => any(characters)).join("")}]`, i % 16);
  }
  const good = "0.125,-3,1e-7,12345678,-0.5E3,99]";
  for (let at = 0; at < good.length; at++) {
    for (const character of characters) {
      compare(good.slice(0, at) + character + good.slice(at + 1), at % 16);
      compare(good.slice(0, at) + character + good.slice(at), at % 16);
    }
  }
});

test("nothing is read beyond the margin, where the memory ends", () => {
  const { memory, plainNumbers } = createCore().kernels;
  const bytes = new Uint8Array(memory.buffer);
  const endings = ["", " ", "-", " -", "1", "1.", "1.5", "1e", "1e-", "1e+", "1e-5", "1]", "1,", "1, -"];
  for (let length = 0; length <= MAX_LENGTH; length++) {
    for (const ending of ["9".repeat(17), "9".repeat(33), ...endings]) {
      const text = `${"1,".repeat(MAX_LENGTH)}${ending}`.slice(-length || 2 ** 20);
      const end = bytes.length - MARGIN;
      bytes.set(bytesOf(text), end - text.length);
      bytes.fill(0, end);
      const expected = endOfNumbers(bytesOf(text), 0, text.split(",").length);
      const at = plainNumbers(end - text.length, end, text.split(",").length);
      assert.equal(at === 0 ? undefined : at - end + text.length, expected, text);
    }
  }
});

test("a bracket behind the end closes nothing", () => {
  const region = core.alloc(64);
  for (const text of ["1", "1,2", "-0.5e-7"]) {
    core
      .bytes(region, 64)
      .fill(0)
      .set(bytesOf(`${text}]`));
    const count = text.split(",").length;
    assert.equal(core.kernels.plainNumbers(region, region + text.length, count), 0);
    assert.equal(core.kernels.plainNumbers(region, region + text.length + 1, count), region + text.length + 1);
  }
});

test("the array may begin anywhere, and a longer text before leaves no trace", () => {
  const long = bytesOf("9".repeat(5000));
  assert.equal(byKernel(long, 0, 1), undefined);
  for (const start of [0, 1, 7, 16, 100]) {
    const text = bytesOf(`${"x".repeat(start)}1,2.5,-3e1]}`);
    assert.equal(byKernel(text, start, 3), start + 11);
    assert.equal(byKernel(long, 0, 1), undefined);
    assert.equal(byKernel(text.subarray(0, start + 7), start, 3), undefined);
    assert.equal(byKernel(text.subarray(0, start + 10), start, 3), undefined);
    assert.equal(byKernel(text, text.length, 1), undefined);
  }
});

test("a text longer than what is lent to the kernel is left to others", () => {
  const numbers = "1,".repeat(MAX_BYTES / 2 - 1);
  const count = MAX_BYTES / 2;
  assert.equal(byKernel(bytesOf(`${numbers}1]`), 0, count), MAX_BYTES);
  assert.equal(byKernel(bytesOf(`x${numbers}1]`), 1, count), MAX_BYTES + 1);
  assert.equal(byKernel(bytesOf(`${numbers}1]x`), 0, count), undefined);
});
