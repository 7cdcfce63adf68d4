import type { PaletteName } from "../data/palettes.ts";
import { colourOf, maxCell } from "./palette.ts";

export interface PreviewOptions {
  /** Columns of the terminal. */
  readonly columns: number;
  /** With 24-bit colours two cells share a character; without, a cell is a letter, or two where both fit `columns`. */
  readonly colours: boolean;
}

interface Image {
  readonly cells: Uint8Array;
  readonly size: number;
}

const GAP = 2; // columns between images
const LABEL_WIDTH = "L:255".length;
const ESCAPE = "\u001b";
const SHADES = ".:-=+*o#%@"; // from black to white

/**
 * Images side by side, each with its label beneath, in lines of at most `columns` characters; line feeds between them.
 * An image wider than that is drawn smaller, each square of cells by its largest value.
 */
export function previewText(
  images: Uint8Array,
  labels: Uint8Array,
  size: number,
  palette: PaletteName,
  { columns, colours }: PreviewOptions,
): string {
  if (images.length !== labels.length * size * size)
    throw new Error(`Cannot show ${images.length} cells: expected ${labels.length} images of ${size} x ${size}`);
  const shrunk = Array.from(labels, (_, i) =>
    shrink(images.subarray(i * size * size, (i + 1) * size * size), size, columns),
  );
  const side = shrunk[0]?.size ?? 0;
  const letters = !colours && 2 * side <= columns ? 2 : 1; // a letter is about twice as high as wide
  const width = Math.max(side * letters, Math.min(LABEL_WIDTH, columns));
  const pictures = shrunk.map((image, i) => {
    const lines = colours ? colourLines(image, palette) : letterLines(image, palette, letters);
    const padding = " ".repeat(width - side * letters);
    return [...lines.map((line) => line + padding), `L:${labels[i]}`.slice(0, width).padEnd(width)];
  });
  const inRow = Math.max(1, Math.floor((columns + GAP) / (width + GAP)));
  const rows: string[] = [];
  for (let first = 0; first < pictures.length; first += inRow) {
    const row = pictures.slice(first, first + inRow);
    rows.push(
      row[0]!
        .map((_, line) =>
          row
            .map((picture) => picture[line]!)
            .join(" ".repeat(GAP))
            .trimEnd(),
        )
        .join("\n"),
    );
  }
  return rows.join("\n\n");
}

function shrink(cells: Uint8Array, size: number, columns: number): Image {
  const step = Math.ceil(size / Math.max(1, columns));
  const side = Math.ceil(size / step);
  const shrunk = new Uint8Array(side * side);
  cells.forEach((value, i) => {
    const at = Math.floor(Math.floor(i / size) / step) * side + Math.floor((i % size) / step);
    shrunk[at] = Math.max(shrunk[at]!, value);
  });
  return { cells: shrunk, size: side };
}

function letterLines({ cells, size }: Image, palette: PaletteName, letters: number): string[] {
  const letterOf = (value: number) => {
    if (palette === "arc" && value > 0) return String(value);
    return SHADES[Math.round((value * (SHADES.length - 1)) / maxCell(palette))]!;
  };
  return Array.from({ length: size }, (_, row) =>
    Array.from(cells.subarray(row * size, (row + 1) * size), (value) => letterOf(value).repeat(letters)).join(""),
  );
}

function colourLines({ cells, size }: Image, palette: PaletteName): string[] {
  const parts = (value: number) => `2;${colourOf(value, palette).join(";")}`;
  return Array.from({ length: Math.ceil(size / 2) }, (_, pair) => {
    let line = "";
    let style = "";
    for (let column = 0; column < size; column++) {
      const upper = cells[2 * pair * size + column]!;
      const lower = cells[(2 * pair + 1) * size + column]; // none below the last row of an odd size
      const wanted = `${ESCAPE}[38;${parts(upper)};${lower === undefined ? "49" : `48;${parts(lower)}`}m`;
      line += wanted === style ? "▀" : `${wanted}▀`;
      style = wanted;
    }
    return `${line}${ESCAPE}[0m`;
  });
}
