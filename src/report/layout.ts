import type { Box } from "./canvas.ts";

const PAGE_WIDTH = 1500; // pixels: 10 inches at 150 to the inch
const MAX_IMAGES = 100;
export const MAX_SIZE = 128;

const COLUMNS = 10;
const MARGIN = 50; // left and right
const PITCH = (PAGE_WIDTH - 2 * MARGIN) / COLUMNS;
const USUAL_SIDE = 98; // 100 with the frame
const HEADER_HEIGHT = 56;
const LABEL_HEIGHT = 30;
const LABEL_WIDTH = 60;
const EMPTY_HEIGHT = 60; // in place of the grid, where there is no image
const CHART_HEIGHT = 314;

/** Where everything stands on the page, in pixels. No two boxes overlap. */
export interface SheetLayout {
  readonly width: number;
  readonly height: number;
  /** Pixels along a cell. */
  readonly scale: number;
  readonly title: Box;
  /** Each image with its frame of one pixel on all sides, row by row. */
  readonly frames: readonly Box[];
  /** What stands above each image. */
  readonly labels: readonly Box[];
  readonly chart: Box;
}

/**
 * A page for `count` images of `size` x `size` cells, ten in a row: 1500 x 1650 for 100 of 16 x 16, shorter for fewer rows.
 * A cell takes as many whole pixels as bring the image's side nearest to 98.
 */
export function sheetLayout(count: number, size: number): SheetLayout {
  if (!isWhole(count, 0, MAX_IMAGES)) throw new Error(`Cannot lay out ${count} images: expected 0 to ${MAX_IMAGES}`);
  if (!isWhole(size, 1, MAX_SIZE)) throw new Error(`Cannot lay out images of size ${size}: expected 1 to ${MAX_SIZE}`);
  const scale = Math.max(1, Math.round(USUAL_SIDE / size));
  const side = scale * size + 2;
  const rowHeight = LABEL_HEIGHT + side;
  const rows = Math.ceil(count / COLUMNS);
  const frames: Box[] = [];
  const labels: Box[] = [];
  for (let i = 0; i < count; i++) {
    const middle = MARGIN + PITCH * (i % COLUMNS) + PITCH / 2;
    const y = HEADER_HEIGHT + rowHeight * Math.floor(i / COLUMNS);
    labels.push({ x: middle - LABEL_WIDTH / 2, y, width: LABEL_WIDTH, height: LABEL_HEIGHT });
    frames.push({ x: middle - Math.floor(side / 2), y: y + LABEL_HEIGHT, width: side, height: side });
  }
  const chartTop = HEADER_HEIGHT + (rows === 0 ? EMPTY_HEIGHT : rows * rowHeight);
  return {
    width: PAGE_WIDTH,
    height: chartTop + CHART_HEIGHT,
    scale,
    title: { x: MARGIN, y: 0, width: PAGE_WIDTH - 2 * MARGIN, height: HEADER_HEIGHT },
    frames,
    labels,
    chart: { x: 0, y: chartTop, width: PAGE_WIDTH, height: CHART_HEIGHT },
  };
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
