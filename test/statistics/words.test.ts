import test from "node:test";
import { drawWords } from "./draws.ts";
import { assertCounts, assertEvenCounts, assertPlausible, assertWithin } from "./evidence.ts";
import { poissonTwoSided } from "./laws.ts";

const COUNT = 10_000_000;
const words = drawWords(COUNT);

test("each byte of a word takes its 256 values evenly", () => {
  const counts = Array.from({ length: 4 }, () => new Uint32Array(256));
  const [first, second, third, fourth] = counts as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  for (const word of words) {
    first[word & 255]!++;
    second[(word >>> 8) & 255]!++;
    third[(word >>> 16) & 255]!++;
    fourth[word >>> 24]!++;
  }
  counts.forEach((cells, i) => assertEvenCounts(cells, `byte ${i}`));
});

test("each of the 16 places of a group takes the 256 values of its top byte evenly", () => {
  const counts = new Uint32Array(16 * 256);
  for (let i = 0; i < COUNT; i++) counts[((i & 15) << 8) | (words[i]! >>> 24)]!++;
  for (let place = 0; place < 16; place++) {
    assertEvenCounts(counts.subarray(256 * place, 256 * (place + 1)), `place ${place}`);
  }
});

test("three words in a row fill a cube of 16 x 16 x 16 cells evenly", () => {
  for (const shift of [28, 14, 0]) {
    const counts = new Uint32Array(4096);
    for (let i = 0; i + 2 < COUNT; i += 3) {
      const [a, b, c] = [words[i]! >>> shift, words[i + 1]! >>> shift, words[i + 2]! >>> shift];
      counts[((a & 15) << 8) | ((b & 15) << 4) | (c & 15)]!++;
    }
    assertEvenCounts(counts, `bits ${shift} to ${shift + 3}`);
  }
});

test("equal spacings of birthdays are as rare as they should be", () => {
  // Marsaglia: m birthdays in a year of 2^32 days; the number of equal spacings is Poisson of mean m^3 / (4 n).
  const birthdays = 4096;
  const years = 500;
  let equal = 0;
  for (let year = 0; year < years; year++) {
    const days = words.slice(year * birthdays, (year + 1) * birthdays).sort();
    const spacings = days.map((day, i) => (i === 0 ? day : day - days[i - 1]!)).sort();
    for (let i = 1; i < birthdays; i++) if (spacings[i] === spacings[i - 1]) equal++;
  }
  assertPlausible(poissonTwoSided(equal, (years * birthdays ** 3) / 2 ** 34), 1e-3, `${equal} equal spacings`);
});

test("gaps between words of the lowest tenth are geometric", () => {
  const limit = 0.1 * 2 ** 32;
  const counts = new Uint32Array(61); // the last cell holds every longer gap
  let gap = 0;
  for (const word of words) {
    if (word >= limit) gap++;
    else {
      counts[Math.min(gap, 60)]!++;
      gap = 0;
    }
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  assertWithin((total - COUNT / 10) / Math.sqrt(COUNT * 0.09), 5, "number of gaps");
  assertCounts(counts, (length) => (length === 60 ? 1 : 0.1) * 0.9 ** length, "gaps");
});

test("neighbouring counters, keys and streams give words that differ in half of their bits", () => {
  const count = 1_000_000;
  const base = drawWords(count);
  const others = [
    ["next element", words.subarray(1, count + 1)],
    ["next group", words.subarray(16, count + 16)],
    ["next stream", drawWords(count, { key: [20_261_120, 0], stream: 2 })],
    ["next seed", drawWords(count, { key: [20_261_121, 0], stream: 1 })],
    ["high word of the seed", drawWords(count, { key: [20_261_120, 1], stream: 1 })],
    ["top bit of the seed", drawWords(count, { key: [20_261_120, 0x80000000], stream: 1 })],
  ] as const;
  for (const [name, other] of others) {
    let different = 0;
    for (let i = 0; i < count; i++) different += bitCount(base[i]! ^ other[i]!);
    assertWithin((different - 16 * count) / Math.sqrt(8 * count), 5, name);
  }
});

function bitCount(x: number): number {
  x -= (x >>> 1) & 0x55555555;
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
