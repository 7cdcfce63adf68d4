import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { FACTOR_BYTES, imageStream, OBJECT_TYPES, SLOT_BYTES } from "../../src/core/images.ts";
import { createCore } from "../../src/core/instance.ts";
import { addressOf } from "./draws.ts";
import { assertCounts, assertEvenCounts, assertPlausible, assertWithin } from "./evidence.ts";
import { chiSquareTail } from "./laws.ts";

/** How often each cell was seen; the tables and cells have the names that bench/peers/images.py gives them. */
type Table = ReadonlyMap<string, number>;

const SIZE = 16;
const COUNT = 1_000_000;
const BLOCK = 10_000;
const PALETTE = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

function open(options: { stream?: number; withPixels?: boolean } = {}) {
  const { stream = 4, withPixels = true } = options;
  const style = { size: SIZE, palette: PALETTE };
  return imageStream(createCore(), addressOf(stream), style, { maxRows: withPixels ? BLOCK : COUNT, withPixels });
}

/** The tables of a million of the kernel's images. */
function tablesOfImages(): Map<string, Table> {
  const tables = new Map<string, Map<string, number>>();
  const numbers: Record<string, Uint32Array> = {}; // tables whose cells are small numbers, quicker to fill
  const add = (name: string, cell: string, times = 1) => {
    const table = tables.get(name) ?? new Map<string, number>();
    tables.set(name, table.set(cell, (table.get(cell) ?? 0) + times));
  };
  const addNumber = (name: string, cell: number) => (numbers[name] ??= new Uint32Array(256))[cell]!++;
  const pixelsOf = OBJECT_TYPES.map((name) => `pixels of ${name}`);
  const stream = open();

  for (let start = 0; start < COUNT; start += BLOCK) {
    const { images, factors } = stream.read(start, BLOCK);
    for (let i = 0; i < BLOCK; i++) {
      const first = i * FACTOR_BYTES;
      let slot = first;
      for (; slot < first + FACTOR_BYTES && factors[slot] === 1; slot += SLOT_BYTES) {
        addNumber("colours", factors[slot + 2]!);
        addNumber(pixelsOf[factors[slot + 1]!]!, factors[slot + 5]!);
      }
      const objects = (slot - first) / SLOT_BYTES;
      addNumber("objects", objects);
      // One object of an image at a time, because those of the same image keep out of each other's way.
      addNumber("rows of object 1", factors[first + 3]!);
      addNumber("columns of object 1", factors[first + 4]!);
      if (objects === 4) {
        addNumber("rows of object 4", factors[slot - SLOT_BYTES + 3]!);
        addNumber("columns of object 4", factors[slot - SLOT_BYTES + 4]!);
      }
      const image = images.subarray(i * SIZE * SIZE, (i + 1) * SIZE * SIZE);
      let pixels = 0;
      for (const value of image) pixels += Number(value !== 0);
      addNumber("pixels of image", pixels);
      if (objects > 1) continue; // objects may touch, and look like one
      const lines = linesOf(image);
      const type = OBJECT_TYPES[factors[first + 1]!]!;
      if (type === "blob") add("boxes of blob", `${pixels} in ${lines.length}x${lines[0]!.length}`);
      if (type !== "blob" || pixels <= 4) add(`shapes of ${type}`, lines.join("/"));
    }
  }
  for (const [name, counts] of Object.entries(numbers)) {
    counts.forEach((count, cell) => count > 0 && add(name, String(cell), count));
  }
  for (const [type, name] of pixelsOf.entries()) {
    for (const count of numbers[name]!) if (count > 0) add("types", OBJECT_TYPES[type]!, count);
  }
  return tables;
}

/** What an image shows within the bounding box of its pixels. */
function linesOf(image: Uint8Array): string[] {
  let [left, right] = [SIZE, 0];
  image.forEach((value, at) => {
    if (value === 0) return;
    left = Math.min(left, at % SIZE);
    right = Math.max(right, at % SIZE);
  });
  const top = Math.floor(image.findIndex((value) => value > 0) / SIZE);
  const bottom = Math.floor(image.findLastIndex((value) => value > 0) / SIZE);
  return Array.from({ length: bottom - top + 1 }, (_, row) => {
    const line = image.subarray((top + row) * SIZE + left, (top + row) * SIZE + right + 1);
    return line.reduce((text, value) => text + (value > 0 ? "#" : "."), "");
  });
}

/** Tables of a million images that the NumPy program beside the bench drew. */
function tablesOfSample(): Map<string, Table> {
  const path = new URL("../fixtures/images_sample_16.json", import.meta.url);
  const sample = JSON.parse(readFileSync(path, "utf8")) as { tables: Record<string, Record<string, number>> };
  return new Map(Object.entries(sample.tables).map(([name, table]) => [name, new Map(Object.entries(table))]));
}

const ours = tablesOfImages();
const theirs = tablesOfSample();

/** Asserts that a table of either million has the cells of `shares`, as often as these say. */
function assertShares(name: string, shares: Readonly<Record<string, number>>): void {
  const cells = Object.keys(shares).sort();
  for (const [whose, tables] of [
    ["the kernel's", ours],
    ["the NumPy program's", theirs],
  ] as const) {
    const table = tables.get(name)!;
    assert.deepEqual([...table.keys()].sort(), cells, `${whose} ${name}`);
    assertCounts(
      cells.map((cell) => table.get(cell)!),
      (cell) => shares[cells[cell]!]!,
      `${whose} ${name}`,
    );
  }
}

function equalShares(cells: readonly (number | string)[]): Record<string, number> {
  return Object.fromEntries(cells.map((cell) => [cell, 1 / cells.length]));
}

test("numbers of objects, types and colours have exactly their shares", () => {
  assertShares("objects", equalShares([1, 2, 3, 4]));
  assertShares("types", { blob: 0.4, rectangle: 0.2, line: 0.2, pattern: 0.2 });
  assertShares("colours", equalShares([1, 2, 3, 4, 5, 6, 7, 8, 9]));
});

// An attempt that fails draws shapes anew, which favours small ones. On 16 x 16 an image needs a second one with chance
// 2 * 10^-6 (59 of 3 * 10^7 did), which moves a share of 1/14 by far less than its standard error here, 3 * 10^-4.
test("shapes have their shares on a grid with room enough", () => {
  assertShares("pixels of blob", equalShares([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]));
  assertShares("pixels of line", equalShares([2, 3, 4, 5, 6, 7, 8]));
  // Of the pairs of 1 to 5: how many have this product.
  const pairs = { 2: 2, 3: 2, 4: 3, 5: 2, 6: 2, 8: 2, 9: 1, 10: 2, 12: 2, 15: 2 };
  assertShares(
    "pixels of rectangle",
    Object.fromEntries(Object.entries(pairs).map(([area, count]) => [area, count / 20])),
  );
  // A fifth each of checkerboards, Ls (arms 2 to 4), Ts (bar 3 to 4, stem 2 to 3), pluses and zigzags (length 3 to 7).
  const [checkerboard, l, t, plus, zigzag] = [1 / 10, 1 / 45, 1 / 20, 1 / 10, 1 / 25];
  assertShares("pixels of pattern", {
    2: checkerboard,
    3: l + zigzag,
    4: 2 * l + zigzag,
    5: checkerboard + 3 * l + t + zigzag,
    6: 2 * l + 2 * t + zigzag,
    7: l + t + zigzag,
    9: plus,
    13: plus,
  });
});

/** Two-sample chi-square; cells that both samples hardly have count as one. */
function assertSameLaw(a: Table, b: Table, what: string): void {
  const common = new Map<string, [number, number]>();
  for (const cell of new Set([...a.keys(), ...b.keys()])) {
    const counts = [a.get(cell) ?? 0, b.get(cell) ?? 0] as const;
    const name = counts[0] + counts[1] < 40 ? "rare" : cell;
    const [sumA, sumB] = common.get(name) ?? [0, 0];
    common.set(name, [sumA + counts[0], sumB + counts[1]]);
  }
  const cells = [...common.values()];
  const [totalA, totalB] = cells.reduce((sums, [x, y]) => [sums[0] + x, sums[1] + y], [0, 0]);
  const ratio = Math.sqrt(totalB / totalA);
  const statistic = cells.reduce((sum, [x, y]) => sum + (x * ratio - y / ratio) ** 2 / (x + y), 0);
  const p = chiSquareTail(statistic, cells.length - 1);
  assertPlausible(p, 0.001, `${what}: chi-square ${statistic} for ${cells.length} cells`);
}

for (const [name, table] of theirs) {
  test(`${name}: as in a million images of the NumPy program`, () => assertSameLaw(ours.get(name)!, table, name));
}

test("as much background as in a million images of the NumPy program", () => {
  const moments = [ours, theirs].map((tables) => {
    const cells = [...tables.get("pixels of image")!].map(
      ([pixels, count]) => [Number(pixels), count / COUNT] as const,
    );
    const mean = cells.reduce((sum, [pixels, share]) => sum + pixels * share, 0);
    return { mean, variance: cells.reduce((sum, [pixels, share]) => sum + (pixels - mean) ** 2 * share, 0) };
  });
  const [a, b] = moments as [(typeof moments)[0], (typeof moments)[0]];
  assertWithin((a.mean - b.mean) / Math.sqrt((a.variance + b.variance) / COUNT), 4, "pixels of an image");
  assert.ok(Math.abs(1 - a.mean / SIZE ** 2 - 0.93) < 0.005, `background share ${1 - a.mean / SIZE ** 2}`);
});

test("objects, rows, draws and streams next to each other are independent", () => {
  const stream = open({ withPixels: false });
  const base = stream.read(0, COUNT).factors.slice();
  const others: Record<string, Uint8Array> = {
    "the next object": base.subarray(SLOT_BYTES),
    "the next row": base.subarray(FACTOR_BYTES),
    "the next draw": stream.read(0, COUNT, 1).factors,
    "the next stream": open({ stream: 5, withPixels: false }).read(0, COUNT).factors,
  };
  for (const [name, other] of Object.entries(others)) {
    const counts = new Uint32Array(81);
    // Every second row, so that no image is in two pairs; images without the object are left out.
    for (let at = 0; at + FACTOR_BYTES < base.length; at += 2 * FACTOR_BYTES) {
      const [one, two] = [base[at + 2]!, other[at + 2]!];
      if (two > 0) counts[9 * (one - 1) + two - 1]!++;
    }
    assertEvenCounts(counts, `colours of an object and of ${name}`);
  }
});
