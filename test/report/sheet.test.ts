import assert from "node:assert/strict";
import test from "node:test";
import { decode } from "fast-png";
import type { Box } from "../../src/report/canvas.ts";
import { countAxis } from "../../src/report/histogram.ts";
import { sheetLayout } from "../../src/report/layout.ts";
import { drawReport, type ReportData } from "../../src/report/sheet.ts";
import { sha256 } from "../support/sums.ts";

const WHITE = 0xffffff;
const FRAME = 0x888888;
const BAR = 0x2f6db5;
const ARC = [0x000000, 0x0074d9, 0xff4136, 0x2ecc40, 0xffdc00, 0xaaaaaa, 0xf012be, 0xff851b, 0x7fdbff, 0x870c25];

/** Images of random cells, all labels between 0 and 255, and counts that grow with the label. */
function reportData(count: number, size: number, palette: "gray" | "arc" = "gray"): ReportData {
  let state = 11;
  const below = (n: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  const cell = palette === "arc" ? () => below(10) : () => Math.round((below(10) * 255) / 9);
  return {
    title: "datasets/2026-11-20-v1 · 100,000 images · seed 42",
    size,
    images: Uint8Array.from({ length: count * size * size }, cell),
    labels: Uint8Array.from({ length: count }, (_, i) => (i * 37) % 256),
    palette,
    histogram: Array.from({ length: 256 }, (_, label) => label * 7),
    histogramTitle: "Label distribution (train, 80,000 images)",
  };
}

interface Picture {
  readonly width: number;
  readonly height: number;
  colourAt(x: number, y: number): number;
}

/** What another reader finds in the PNG; it checks the sums too. */
function readPicture(png: Uint8Array): Picture {
  const { width, height, data, palette, resolution } = decode(png, { checkCrc: true });
  assert.deepEqual(resolution, { x: 5906, y: 5906, unit: 1 });
  const colours = palette!.map(([red, green, blue]) => (red! << 16) | (green! << 8) | blue!);
  return { width, height, colourAt: (x, y) => colours[data[y * width + x]!]! };
}

function contains({ x, y, width, height }: Box, px: number, py: number): boolean {
  return px >= x && px < x + width && py >= y && py < y + height;
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

test("whatever their number and size, images and texts lie on the page and apart", () => {
  for (let size = 1; size <= 128; size++) {
    for (const count of [0, 1, 9, 10, 11, 37, 100]) {
      const { width, height, title, frames, labels, chart, scale } = sheetLayout(count, size);
      const boxes = [title, chart, ...frames, ...labels];
      const what = `${count} of size ${size}`;
      assert.deepEqual([frames.length, labels.length], [count, count], what);
      for (const [i, box] of boxes.entries()) {
        assert.ok([box.x, box.y, box.width, box.height].every(Number.isInteger), what);
        assert.ok(box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height, what);
        assert.ok(!boxes.slice(i + 1).some((other) => overlap(box, other)), what);
      }
      for (const frame of frames) assert.deepEqual([frame.width, frame.height], [scale * size + 2, scale * size + 2]);
    }
  }
});

test("a hundred images of 16 x 16 and of 8 x 8 make a page of 10 x 11 inches", () => {
  for (const [size, scale] of [
    [16, 6],
    [8, 12],
  ] as const) {
    const layout = sheetLayout(100, size);
    assert.deepEqual([layout.width, layout.height, layout.scale], [1500, 1650, scale]);
  }
  assert.equal(sheetLayout(100, 64).scale, 2);
});

const pages: [count: number, size: number, palette: "gray" | "arc"][] = [
  [100, 16, "gray"],
  [37, 8, "arc"],
  [11, 64, "gray"],
  [1, 128, "arc"],
];
for (const [count, size, palette] of pages) {
  test(`${count} images of ${size} x ${size} in ${palette} are drawn cell by cell in their frames`, async () => {
    const data = reportData(count, size, palette);
    const { width, height, colourAt } = readPicture(await drawReport(data));
    const layout = sheetLayout(count, size);
    assert.deepEqual([width, height], [layout.width, layout.height]);
    for (const [i, { x, y, width: side }] of layout.frames.entries()) {
      for (let row = 0; row < side; row++) {
        for (let column = 0; column < side; column++) {
          const isFrame = row === 0 || column === 0 || row === side - 1 || column === side - 1;
          const [cellRow, cellColumn] = [row, column].map((at) => Math.floor((at - 1) / layout.scale));
          const value = data.images[(i * size + cellRow!) * size + cellColumn!]!;
          const colour = palette === "arc" ? ARC[value]! : value * 0x010101;
          if (colourAt(x + column, y + row) !== (isFrame ? FRAME : colour))
            assert.fail(`image ${i}, pixel ${column}, ${row}: ${colourAt(x + column, y + row).toString(16)}`);
        }
      }
    }
  });
}

test("ink stays inside its box and clear of the edges", async () => {
  const long = { title: "Wide/".repeat(60), histogramTitle: "Title ".repeat(60) };
  for (const change of [{}, long, { histogram: Array<number>(256).fill(999_999_999) }]) {
    const data = { ...reportData(30, 16), labels: new Uint8Array(30).fill(255), ...change };
    const { width, height, colourAt } = readPicture(await drawReport(data));
    const { title, frames, labels, chart } = sheetLayout(30, 16);
    const clear = [title, chart, ...labels].map(({ x, y, width: w, height: h }) => ({
      x: x + 1,
      y: y + 1,
      width: w - 2,
      height: h - 2,
    }));
    const inked = new Set<Box>();
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (colourAt(x, y) === WHITE || frames.some((box) => contains(box, x, y))) continue;
        const box = clear.find((candidate) => contains(candidate, x, y));
        if (!box) assert.fail(`ink at ${x}, ${y}`);
        inked.add(box);
      }
    }
    assert.equal(inked.size, clear.length);
  }
});

test("bars are as high as their counts, and at least three pixels where there is one", async () => {
  const histogram = Array<number>(256).fill(0);
  Object.assign(histogram, { 0: 1, 7: 100_000, 8: 4_000_000, 9: 7_900_000, 255: 2_000_000 });
  const { colourAt } = readPicture(await drawReport({ ...reportData(1, 16), histogram }));
  const { chart } = sheetLayout(1, 16);
  const heights = histogram.map((_, label) => {
    let height = 0;
    for (let y = chart.y; y < chart.y + chart.height; y++) height += Number(colourAt(172 + 5 * label, y) === BAR);
    return height;
  });
  const expected = Array<number>(256).fill(0);
  Object.assign(expected, { 0: 3, 7: 3, 8: 93, 9: Math.round((186 * 7.9) / 8), 255: 47 }); // 186 pixels are 8 million
  assert.deepEqual(heights, expected);
});

const axes: [most: number, step: number, top: number][] = [
  [0, 1, 1],
  [1, 1, 1],
  [3, 1, 3],
  [5, 1, 5],
  [6, 2, 6],
  [11, 5, 15],
  [100, 20, 100],
  [101, 50, 150],
  [8042, 2000, 10_000],
  [7_900_000, 2_000_000, 8_000_000],
  [2 ** 53 - 1, 2e15, 1e16],
];
test("the axis of counts has at most five steps of 1, 2 or 5 times a power of ten", () => {
  for (const [most, step, top] of axes) assert.deepEqual(countAxis(most), { step, top }, `${most}`);
});

test("the picture's bytes never change for the same data", async () => {
  const data = reportData(100, 16);
  const first = await drawReport(data);
  assert.deepEqual(await drawReport(data), first);
  assert.equal(sha256(first), "01a0dfc96cc0db5999bade865044e24c2ee9ddd49c6fa7155156a1cbfd248e2e");
  assert.notDeepEqual(await drawReport({ ...data, title: "another" }), first);
});

test("no images leave the histogram", async () => {
  const data = { ...reportData(0, 16), histogram: Array<number>(256).fill(0) };
  const { width, height } = readPicture(await drawReport(data));
  assert.deepEqual([width, height], [1500, sheetLayout(0, 16).height]);
});

const misfits: Record<string, Partial<ReportData>> = {
  "fewer cells than labels ask for": { images: new Uint8Array(255) },
  "more than a hundred images": { images: new Uint8Array(101 * 256), labels: new Uint8Array(101) },
  "a size of 0": { size: 0, images: new Uint8Array(0) },
  "a size beyond the page": { size: 129, images: new Uint8Array(129 * 129) },
  "a colour that ARC has not": { palette: "arc", images: new Uint8Array(256).fill(10) },
  "a histogram of 255 bins": { histogram: Array<number>(255).fill(1) },
  "a negative count": { histogram: [-1, ...Array<number>(255).fill(1)] },
  "a count that is no number": { histogram: [NaN, ...Array<number>(255).fill(1)] },
};
for (const [what, change] of Object.entries(misfits)) {
  test(`refused: ${what}`, async () => {
    await assert.rejects(drawReport({ ...reportData(1, 16), ...change }), /^Error: Cannot (?:draw|lay out) [^\n]+$/);
  });
}
