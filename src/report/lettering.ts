import { readPackageFile } from "../runtime/assets.ts";
import { printMask, type Canvas, type Mask } from "./canvas.ts";
import { createCoverage, type Coverage } from "./coverage.ts";
import { openFont, type Contour, type Font } from "./truetype.ts";

/** Where a line of text stands: `anchor` says what of it is at x. */
export interface Place {
  /** Pixels to the em. */
  readonly size: number;
  readonly x: number;
  readonly baseline: number;
  readonly anchor: "start" | "middle" | "end";
}

const SIDE = 2; // columns left and right, for ink outside a character's own width
const ELLIPSIS = "…";

/** The font of all pictures, DejaVu Sans. */
export function loadFont(): Font {
  return openFont(readPackageFile("dejavu-fonts-ttf/ttf/DejaVuSans.ttf"));
}

/** Prints a line of text. */
export function printText(canvas: Canvas, font: Font, text: string, { size, x, baseline, anchor }: Place): void {
  const share = { start: 0, middle: 0.5, end: 1 }[anchor];
  const from = Math.round(x - share * textWidth(font, text, size));
  printMask(canvas, setText(font, text, size), from - SIDE, baseline - ascentOf(size));
}

/** A line of text as coverage; all lines of a size have the same height. */
export function setText(font: Font, text: string, size: number): Mask {
  const scale = size / font.unitsPerEm;
  const width = 2 * SIDE + Math.ceil(textWidth(font, text, size));
  const coverage = createCoverage(width, ascentOf(size) + Math.ceil(0.3 * size));
  let x = SIDE;
  for (const glyph of glyphsOf(font, text)) {
    for (const contour of font.outlineOf(glyph)) addContour(coverage, contour, scale, x, ascentOf(size));
    x += font.advanceOf(glyph) * scale;
  }
  return { width: coverage.width, height: coverage.height, coverage: coverage.finish() };
}

/** Width in pixels of the characters' advances; no kerning. */
export function textWidth(font: Font, text: string, size: number): number {
  return (glyphsOf(font, text).reduce((sum, glyph) => sum + font.advanceOf(glyph), 0) * size) / font.unitsPerEm;
}

/** The text, or as much of both its ends as `maxWidth` pixels hold. */
export function fitText(font: Font, text: string, size: number, maxWidth: number): string {
  const characters = Array.from(text);
  let width = textWidth(font, text, size);
  if (width <= maxWidth) return text;
  let head = Math.floor(characters.length / 2);
  let tail = head;
  for (width += textWidth(font, ELLIPSIS, size); width > maxWidth && (head > 0 || tail < characters.length);) {
    const dropped = head > characters.length - tail ? --head : tail++;
    width -= textWidth(font, characters[dropped]!, size);
  }
  return [...characters.slice(0, head), ELLIPSIS, ...characters.slice(tail)].join("");
}

/** Rows above the baseline: accents on capitals reach 1.1 em. Below it, descenders reach 0.24. */
function ascentOf(size: number): number {
  return Math.ceil(1.1 * size);
}

function glyphsOf(font: Font, text: string): number[] {
  return Array.from(text, (character) => font.glyphOf(character.codePointAt(0)!));
}

function addContour(coverage: Coverage, contour: Contour, scale: number, left: number, baseline: number): void {
  const xOf = (step: number) => left + contour[step % contour.length]!.x * scale;
  const yOf = (step: number) => baseline - contour[step % contour.length]!.y * scale;
  for (let from = 0; from < contour.length;) {
    const next = from + 1;
    const to = contour[next % contour.length]!.isOn ? next : next + 1;
    if (to === next) coverage.addLine(xOf(from), yOf(from), xOf(to), yOf(to));
    else coverage.addCurve(xOf(from), yOf(from), xOf(next), yOf(next), xOf(to), yOf(to));
    from = to;
  }
}
