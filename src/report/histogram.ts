import { BAR, fillBox, INK, printMask, RULE, turnLeft, type Box, type Canvas } from "./canvas.ts";
import { fitText, printText, setText } from "./lettering.ts";
import type { Font } from "./truetype.ts";

const BINS = 256;

const BIN_WIDTH = 5; // pixels; the last is free, so that neighbours can be told apart
const LEFT = 170; // room for the axis' title and for 999,999,999
const TOP = 62;
const PLOT_HEIGHT = 186;
const TITLE_SIZE = 20;
const TICK = 6;
const TICK_SIZE = 17;
const FIGURE_HEIGHT = 12; // of digits at that size
const LEAST_BAR = 3; // a label that occurs can be seen, however rare
const LABEL_TICKS = [0, 32, 64, 96, 128, 160, 192, 224, 255];

/** Bars, axes and titles for the counts of 256 labels. Throws unless they are whole numbers. */
export function drawHistogram(canvas: Canvas, font: Font, box: Box, histogram: ArrayLike<number>, title: string): void {
  const counts = Array.from(histogram);
  if (counts.length !== BINS || !counts.every((count) => Number.isSafeInteger(count) && count >= 0))
    throw new Error(`Cannot draw a histogram of ${counts.length} counts: expected ${BINS} whole numbers`);
  const plot = { x: box.x + LEFT, y: box.y + TOP, width: BINS * BIN_WIDTH, height: PLOT_HEIGHT };
  const bottom = plot.y + plot.height;
  const { step, top } = countAxis(Math.max(...counts));
  const heightOf = (count: number) => Math.round((count / top) * plot.height);

  for (let count = 0; count <= top; count += step) {
    const y = bottom - heightOf(count);
    fillBox(canvas, { x: plot.x, y, width: plot.width, height: 1 }, RULE);
    fillBox(canvas, { x: plot.x - TICK, y, width: TICK, height: 1 }, INK);
    const place = { size: TICK_SIZE, x: plot.x - TICK - 6, baseline: y + FIGURE_HEIGHT / 2 };
    printText(canvas, font, countText(count, top), { ...place, anchor: "end" });
  }
  counts.forEach((count, label) => {
    if (count === 0) return;
    const height = Math.max(LEAST_BAR, heightOf(count));
    fillBox(canvas, { x: plot.x + label * BIN_WIDTH, y: bottom - height, width: BIN_WIDTH - 1, height }, BAR);
  });
  fillBox(canvas, { x: plot.x - 1, y: plot.y, width: 1, height: plot.height + 1 }, INK);
  fillBox(canvas, { x: plot.x - 1, y: bottom, width: plot.width + 1, height: 1 }, INK);
  for (const label of LABEL_TICKS) {
    const x = plot.x + label * BIN_WIDTH + (BIN_WIDTH - 1) / 2;
    fillBox(canvas, { x, y: bottom, width: 1, height: TICK }, INK);
    printText(canvas, font, String(label), { size: TICK_SIZE, x, baseline: bottom + TICK + 17, anchor: "middle" });
  }
  const x = plot.x + plot.width / 2;
  printText(canvas, font, fitText(font, title, TITLE_SIZE, plot.width), {
    size: TITLE_SIZE,
    x,
    baseline: plot.y - 22,
    anchor: "middle",
  });
  printText(canvas, font, "Label value", { size: 18, x, baseline: bottom + 50, anchor: "middle" });
  const upright = turnLeft(setText(font, "Frequency", 18));
  printMask(canvas, upright, box.x + 16, plot.y + Math.floor((plot.height - upright.height) / 2));
}

/** The axis from 0 to at least `most`: at most five steps, each 1, 2 or 5 times a power of ten. */
export function countAxis(most: number): { step: number; top: number } {
  for (let power = 1; ; power *= 10) {
    for (const step of [power, 2 * power, 5 * power]) {
      if (5 * step >= most) return { step, top: Math.max(1, Math.ceil(most / step)) * step };
    }
  }
}

function countText(count: number, top: number): string {
  return count === 0 || top < 1e9 ? groupThousands(count) : `${groupThousands(count / 1e6)}M`; // steps are then of 200 million or more
}

/** 1234567 as `1,234,567`. */
export function groupThousands(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}
