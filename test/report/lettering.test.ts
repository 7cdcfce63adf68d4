import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import test from "node:test";
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import { createCoverage } from "../../src/report/coverage.ts";
import { fitText, loadFont, setText, textWidth } from "../../src/report/lettering.ts";
import { openFont } from "../../src/report/truetype.ts";

const require = createRequire(import.meta.url);
const fontBytes = new Uint8Array(readFileSync(require.resolve("dejavu-fonts-ttf/ttf/DejaVuSans.ttf")));
const font = loadFont();

type Point = readonly [x: number, y: number];

function fillPolygon(width: number, height: number, ...polygons: readonly (readonly Point[])[]): number[] {
  const coverage = createCoverage(width, height);
  for (const points of polygons) {
    for (const [i, [x, y]] of points.entries()) coverage.addLine(...points.at(i - 1)!, x, y);
  }
  return Array.from(coverage.finish());
}

const shares = (...values: number[]) => values.map((share) => Math.round(255 * share));

test("a polygon covers each pixel by its exact share", () => {
  // prettier-ignore
  const triangle = shares(0.75, 0.25, 0, 0,
                          1, 1, 0.75, 0.25);
  assert.deepEqual(
    fillPolygon(4, 2, [
      [0, 0],
      [0, 2],
      [4, 2],
    ]),
    triangle,
  );
  assert.deepEqual(
    fillPolygon(4, 2, [
      [0, 0],
      [4, 2],
      [0, 2],
    ]),
    triangle,
  );
  // prettier-ignore
  assert.deepEqual(fillPolygon(3, 2, [[0.5, 0.25], [2.25, 0.25], [2.25, 1.5], [0.5, 1.5]]),
    shares(0.375, 0.75, 0.1875,
           0.25, 0.5, 0.125));
});

test("a polygon that turns the other way is a hole, and what leaves the grid is cut off", () => {
  const outer: Point[] = [
    [0, 0],
    [0, 3],
    [3, 3],
    [3, 0],
  ];
  const inner: Point[] = [
    [1, 1],
    [2, 1],
    [2, 2],
    [1, 2],
  ];
  assert.deepEqual(fillPolygon(3, 3, outer, inner), shares(1, 1, 1, 1, 0, 1, 1, 1, 1));
  assert.deepEqual(
    fillPolygon(2, 2, [
      [-5, -5],
      [-5, 1],
      [9, 1],
      [9, -5],
    ]),
    shares(1, 1, 0, 0),
  );
});

test("below a curve lies what its integral says", () => {
  const coverage = createCoverage(1, 1);
  coverage.addCurve(0, 1, 0.5, 0, 1, 1); // half as high as its control point: an area of 1/3
  coverage.addLine(1, 1, 0, 1);
  const [share] = coverage.finish();
  assert.ok(Math.abs(share! / 255 - 1 / 3) < 0.03, `${share}`);
});

let rendered: Promise<void> | undefined;

/** Coverage as another renderer draws the text, without kerning, from (2, baseline) on. */
async function renderElsewhere(text: string, size: number, width: number, height: number, baseline: number) {
  rendered ??= initWasm(readFileSync(require.resolve("@resvg/resvg-wasm/index_bg.wasm")));
  await rendered;
  const attributes = `x="2" y="${baseline}" font-size="${size}" style="font-kerning:none" font-family="DejaVu Sans"`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><text ${attributes}>${text}</text></svg>`;
  const image = new Resvg(svg, { font: { fontBuffers: [fontBytes] } }).render();
  const { pixels } = image;
  return Uint8Array.from({ length: width * height }, (_, i) => pixels[4 * i + 3]!);
}

const samples: [text: string, size: number][] = [
  ["datasets/2026-11-20-v1 · 100,000 images · seed 42", 24],
  ["L:0123456789,", 17],
  ["Label value, Frequency", 18],
  ["Größe (naïve) Ångström Čeština… Ωμέγα Жёлтый «№»", 20],
];
for (const [text, size] of samples) {
  test(`"${text}" looks as resvg draws it`, async () => {
    const { width, height, coverage } = setText(font, text, size);
    const other = await renderElsewhere(text, size, width, height, Math.ceil(1.1 * size));
    const ink = other.reduce((sum, value) => sum + value, 0);
    let difference = 0;
    let largest = 0;
    for (const [i, value] of coverage.entries()) {
      const distance = Math.abs(value - other[i]!);
      difference += distance;
      largest = Math.max(largest, distance);
    }
    assert.ok(ink > 100 * text.length);
    // Its edges are sampled, ours are areas; a quarter of a pixel to the side would be 0.15.
    assert.ok(difference < 0.08 * ink, `${difference / ink}`);
    assert.ok(largest < 64, `${largest}`);
  });
}

test("a text that is too wide loses its middle, and no more than it must", () => {
  const title = "a/path/of/a/folder/that/is/long · 100,000 images · seed 42";
  assert.equal(fitText(font, title, 24, textWidth(font, title, 24)), title);
  for (const maxWidth of [600, 400, 100, 30]) {
    const fitted = fitText(font, title, 24, maxWidth);
    const [head, tail] = fitted.split("…");
    assert.ok(title.startsWith(head!) && title.endsWith(tail!), fitted);
    assert.ok(Math.abs(head!.length - tail!.length) <= 1, fitted);
    const width = textWidth(font, fitted, 24);
    assert.ok(width <= maxWidth && width > maxWidth - 24, `${fitted}: ${width} of ${maxWidth}`);
  }
  assert.equal(fitText(font, "😀".repeat(50), 24, 200).replaceAll("😀", ""), "…");
  assert.equal(fitText(font, title, 24, 1), "…");
});

test("a long path is cut as fast as a short one", () => {
  const started = performance.now();
  fitText(font, "/folder".repeat(20_000), 24, 1400);
  assert.ok(performance.now() - started < 5000);
});

test("the font's own figures are read", () => {
  assert.equal(font.unitsPerEm, 2048);
  const advances = Array.from("0L:,· ", (character) => font.advanceOf(font.glyphOf(character.codePointAt(0)!)));
  assert.deepEqual(advances, [1303, 1141, 690, 651, 651, 651]);
  assert.equal(font.glyphOf(0x6f22), 0); // a Chinese character
  assert.deepEqual(font.outlineOf(font.glyphOf(0x20)), []);
  const [accented, plain] = ["é", "e"].map((character) => font.outlineOf(font.glyphOf(character.codePointAt(0)!)));
  assert.equal(accented!.length, plain!.length + 1);
});

test("bytes that are no such font are refused", () => {
  assert.throws(() => openFont(new Uint8Array(64)), /Cannot read the font: expected a table "head"/);
  const withoutGlyphs = fontBytes.slice();
  const at = fontBytes.findIndex((_, i) => String.fromCharCode(...fontBytes.subarray(i, i + 4)) === "glyf");
  withoutGlyphs[at] = 0x47;
  assert.throws(() => openFont(withoutGlyphs), /expected a table "glyf"/);
});
