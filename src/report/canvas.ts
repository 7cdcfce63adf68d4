import type { PaletteName } from "../data/palettes.ts";
import { colourOf } from "./palette.ts";

/** A picture of one byte a pixel, rows from the top; each byte is an entry of a palette of 256 colours. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** A rectangle in pixels; x and y, from the top left of the page, are those of its first pixel. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

// Palette entries. A cell's value is its own entry under both palettes: entry v is shade v, but 1 to 9 are the colours of
// ARC where cells have them, and one entry is the bars'. Everything else of the page uses multiples of SHADE_STEP.
const SHADE_STEP = 17;
const WHITE = 255;
export const INK = 2 * SHADE_STEP;
export const FRAME = 8 * SHADE_STEP;
export const RULE = 13 * SHADE_STEP;
export const BAR = 254;
const BAR_COLOUR = [0x2f, 0x6d, 0xb5];
const INK_STEPS = (WHITE - INK) / SHADE_STEP;

/** Red, green and blue of the 256 entries. */
export function pagePalette(name: PaletteName): Uint8Array {
  const rgb = new Uint8Array(3 * 256);
  for (let entry = 0; entry < 256; entry++) rgb.set(colourOf(entry, name), 3 * entry);
  rgb.set(BAR_COLOUR, 3 * BAR);
  return rgb;
}

/** A white page. */
export function createCanvas(width: number, height: number): Canvas {
  return { width, height, pixels: new Uint8Array(width * height).fill(WHITE) };
}

export function fillBox(canvas: Canvas, { x, y, width, height }: Box, entry: number): void {
  const { pixels, width: stride } = canvas;
  for (let row = y; row < y + height; row++) pixels.fill(entry, row * stride + x, row * stride + x + width);
}

/** Draws `size` x `size` cells as squares of `scale` pixels, the top left one at (x, y). */
export function drawCells(canvas: Canvas, cells: Uint8Array, size: number, scale: number, x: number, y: number): void {
  const { pixels, width: stride } = canvas;
  for (let row = 0; row < size; row++) {
    const start = (y + row * scale) * stride + x;
    for (let column = 0; column < size; column++) {
      const value = cells[row * size + column]!;
      const from = start + column * scale;
      pixels.fill(value === BAR ? WHITE : value, from, from + scale); // shade 254 gave its entry to the bars
    }
    for (let copy = 1; copy < scale; copy++) pixels.copyWithin(start + copy * stride, start, start + size * scale);
  }
}

/** Letters as coverage from 0 to 255. */
export interface Mask {
  readonly width: number;
  readonly height: number;
  readonly coverage: Uint8Array;
}

/** Prints a mask in ink with its top left at (x, y); what is darker there stays, and what leaves the canvas is lost. */
export function printMask(canvas: Canvas, mask: Mask, x: number, y: number): void {
  for (let row = Math.max(0, -y); row < Math.min(mask.height, canvas.height - y); row++) {
    for (let column = Math.max(0, -x); column < Math.min(mask.width, canvas.width - x); column++) {
      const cover = mask.coverage[row * mask.width + column]!;
      if (cover === 0) continue;
      const at = (y + row) * canvas.width + x + column;
      const shade = INK + Math.round(((WHITE - cover) * INK_STEPS) / WHITE) * SHADE_STEP;
      canvas.pixels[at] = Math.min(canvas.pixels[at]!, shade);
    }
  }
}

/** The mask turned to be read from the bottom up. */
export function turnLeft({ width, height, coverage }: Mask): Mask {
  const turned = new Uint8Array(coverage.length);
  for (let y = 0; y < width; y++) {
    for (let x = 0; x < height; x++) turned[y * height + x] = coverage[x * width + (width - 1 - y)]!;
  }
  return { width: height, height: width, coverage: turned };
}
