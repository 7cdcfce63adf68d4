import type { PaletteName } from "../data/palettes.ts";
import { createCanvas, drawCells, fillBox, FRAME, pagePalette } from "./canvas.ts";
import { drawHistogram } from "./histogram.ts";
import { sheetLayout } from "./layout.ts";
import { fitText, loadFont, printText } from "./lettering.ts";
import { maxCell } from "./palette.ts";

/** What the picture of the quality report shows. */
export interface ReportData {
  readonly title: string;
  /** Cells along an image, 1 to 128. */
  readonly size: number;
  /** Up to 100 images of `size` x `size` cells, row by row. */
  readonly images: Uint8Array;
  /** One label an image. */
  readonly labels: Uint8Array;
  readonly palette: PaletteName;
  /** How often each label from 0 to 255 occurs. */
  readonly histogram: ArrayLike<number>;
  readonly histogramTitle: string;
}

const TITLE_SIZE = 24;
const LABEL_SIZE = 17;
const PIXELS_PER_METRE = 5906; // 150 to the inch

/**
 * The quality report as a PNG: sample images with their labels, and the histogram of labels below. The same bytes for
 * the same data on every engine. Throws where the data do not fit together.
 */
export async function drawReport(data: ReportData): Promise<Uint8Array> {
  const { title, size, images, labels, palette, histogram, histogramTitle } = data;
  checkImages(data);
  const layout = sheetLayout(labels.length, size);
  const font = loadFont();
  const canvas = createCanvas(layout.width, layout.height);
  const x = layout.width / 2;
  const heading = fitText(font, title, TITLE_SIZE, layout.title.width);
  printText(canvas, font, heading, { size: TITLE_SIZE, x, baseline: layout.title.y + 42, anchor: "middle" });
  if (labels.length === 0)
    printText(canvas, font, "No images", { size: 18, x, baseline: layout.chart.y - 24, anchor: "middle" });
  layout.frames.forEach((frame, i) => {
    const box = layout.labels[i]!;
    const place = { size: LABEL_SIZE, x: box.x + box.width / 2, baseline: box.y + box.height - 6 };
    printText(canvas, font, `L:${labels[i]}`, { ...place, anchor: "middle" });
    fillBox(canvas, frame, FRAME);
    const cells = images.subarray(i * size * size, (i + 1) * size * size);
    drawCells(canvas, cells, size, layout.scale, frame.x + 1, frame.y + 1);
  });
  drawHistogram(canvas, font, layout.chart, histogram, histogramTitle);
  const { encodePng } = await import("./pagepng.ts");
  return encodePng({ ...canvas, palette: pagePalette(palette), pixelsPerMetre: PIXELS_PER_METRE });
}

function checkImages({ size, images, labels, palette }: ReportData): void {
  if (images.length !== labels.length * size * size)
    throw new Error(`Cannot draw ${images.length} cells: expected ${labels.length} images of ${size} x ${size}`);
  const most = maxCell(palette);
  const wrong = images.find((cell) => cell > most);
  if (wrong !== undefined) throw new Error(`Cannot draw a cell of ${wrong} in ${palette}: expected at most ${most}`);
}
