import assert from "node:assert/strict";
import test from "node:test";
import { parseCount, parseCounts, parseRange, parseShares, parseWorkers } from "../../src/commands/parse.ts";

const any = { what: "Size", min: 0, max: Number.MAX_SAFE_INTEGER };

/** Asserts that each text is refused in one line that names it. */
function refuses(parse: (text: string) => unknown, texts: readonly string[], says: RegExp): void {
  for (const text of texts) {
    assert.throws(
      () => parse(text),
      (error: Error) => error.name === "InputError" && says.test(error.message) && !error.message.includes("\n"),
      `"${text}"`,
    );
  }
}

test("counts as people write them", () => {
  const counts: [string, number][] = [
    ["1", 1],
    ["007", 7],
    ["10k", 10_000],
    ["10K", 10_000],
    ["1.5k", 1500],
    ["0.001k", 1],
    ["2m", 2_000_000],
    ["3g", 3e9],
    ["1e6", 1_000_000],
    ["2.5E3", 2500],
    [" 12 ", 12],
    ["9007199254740991", 2 ** 53 - 1],
    ["0", 0],
  ];
  for (const [text, count] of counts) assert.equal(parseCount(text, any), count, text);
  assert.deepEqual(parseCounts("10k,100k, 1e6", any), [10_000, 100_000, 1_000_000]);
});

test("what is no whole number is no count", () => {
  const texts = [
    "",
    " ",
    "-5",
    "+5",
    "1.5",
    "abc",
    "NaN",
    "Infinity",
    "0x10",
    "10 k",
    "1e-3",
    "1.2345k",
    "10kk",
    "1_000",
    "1e",
    "k",
    ".5k",
    "١٠",
  ];
  refuses(
    (text) => parseCount(text, any),
    texts,
    /^Size ".*" is not allowed: give a whole number from 0 to 9007199254740991/s,
  );
  refuses((text) => parseCounts(text, any), ["", "10k,", ",", "10k,,20k", "10k;20k"], /whole number/);
});

test("a count out of its bounds is refused as it was typed, never as another number", () => {
  const texts = ["9007199254740992", "9007199254740993", "1e16", "1e400", "9007199254741k"];
  for (const text of texts) refuses((typed) => parseCount(typed, any), [text], new RegExp(`"${text}"`));
  const dim = { what: "Dim", min: 1, max: 65_536 };
  assert.deepEqual([parseCount("1", dim), parseCount("65536", dim)], [1, 65_536]);
  refuses((text) => parseCount(text, dim), ["0", "65537", "70k"], /^Dim .* from 1 to 65536/);
});

test("shares keep their order, and names may hold anything but a comma", () => {
  assert.deepEqual(parseShares("A=0.1,B=0.3,C=0.6"), [
    ["A", 0.1],
    ["B", 0.3],
    ["C", 0.6],
  ]);
  assert.deepEqual(parseShares("2=0.5, 1 = 5e-1"), [
    ["2", 0.5],
    ["1", 0.5],
  ]);
  assert.deepEqual(parseShares("a=b=1"), [["a=b", 1]]);
  assert.deepEqual(parseShares("=1"), [["", 1]]);
  refuses(parseShares, ["", "A", "A=", "A=x", "A=0.5,", "A:0.5,B:0.5", "A=0.1.2"], /name=share pairs/);
});

test("ranges", () => {
  assert.deepEqual(parseRange("0:10"), [0, 10]);
  assert.deepEqual(parseRange("5k:1m"), [5000, 1_000_000]);
  refuses(parseRange, ["", "5", ":", "5:", ":5", "1:2:3"], /a:b/);
  refuses(parseRange, ["a:b", "-1:5", "1.5:3"], /whole number/);
});

test("workers", () => {
  assert.equal(parseWorkers("auto"), "auto");
  for (const count of [0, 1, 16, 256]) assert.equal(parseWorkers(String(count)), count);
  refuses(parseWorkers, ["", "-1", "1.5", "many", "257", "1000", "0x1", "Auto"], /auto or a number from 0 to 256/);
});
