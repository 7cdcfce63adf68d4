import { imageStream } from "../../src/core/images.ts";
import { createCore } from "../../src/core/instance.ts";
import type { Encoder } from "../../src/data/format.ts";
import type { RowBlock } from "../../src/data/rows.ts";
import { joinBytes } from "../../src/formats/bytes.ts";
import { imageBlock, imageColumns } from "../../src/formats/imagerows.ts";
import { createRandom } from "./samples.ts";

type Colour = readonly [red: number, green: number, blue: number];

/** Ten colours, as many as pixel values are used. */
export const colours: readonly Colour[] = Array.from({ length: 10 }, (_, i) => [i * 25, 255 - i, (i * 77) % 256]);

/** Images of up to four flat rectangles of values 1 to 9, with labels and factors of all kinds; the same for the same seed. */
export function makeImages(size: number, rows: number, { start = 0, seed = 1 } = {}): RowBlock {
  const random = createRandom(seed);
  const below = (n: number) => Math.floor(random() * n);
  const images = new Uint8Array(rows * size * size);
  const labels = Uint8Array.from({ length: rows }, () => below(256));
  const factors = new Uint8Array(rows * 24);
  for (let row = 0; row < rows; row++) {
    const objects = below(5);
    for (let slot = 0; slot < objects; slot++) {
      const [height, width, colour] = [1 + below(5), 1 + below(5), 1 + below(9)] as const;
      const [top, left] = [below(size - height + 1), below(size - width + 1)] as const;
      for (let y = top; y < top + height; y++) {
        const at = (row * size + y) * size;
        images.fill(colour, at + left, at + left + width);
      }
      factors.set([1, below(4), colour, top, left, height * width], row * 24 + slot * 6);
    }
  }
  return imageBlock(start, size, { images, labels, factors });
}

/** Images as the product draws them. */
export function drawImages(size: number, rows: number): RowBlock {
  const palette = Array.from({ length: 10 }, (_, colour) => colour);
  const address = { key: [42, 0], stream: 4 } as const;
  const drawn = imageStream(createCore(), address, { size, palette }, { maxRows: rows }).read(0, rows);
  return imageBlock(0, size, {
    images: drawn.images.slice(),
    labels: drawn.labels.slice(),
    factors: drawn.factors.slice(),
  });
}

/** Rows `from` to `to` of a block, exclusive, counted from its first. */
export function sliceImages(block: RowBlock, from: number, to: number): RowBlock {
  const { images, labels, factors } = imageColumns(block);
  const pixels = images.length / block.rows;
  return imageBlock(block.start + from, Math.sqrt(pixels), {
    images: images.subarray(from * pixels, to * pixels),
    labels: labels.subarray(from, to),
    factors: factors.subarray(from * 24, to * 24),
  });
}

/** What an encoder makes of a block in pieces of `rows` rows. */
export function encodeInBlocks(encoder: Encoder, block: RowBlock, rows: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let from = 0; from < block.rows; from += rows) {
    const piece = sliceImages(block, from, Math.min(block.rows, from + rows));
    parts.push(encoder.encode(piece).bytes.slice());
  }
  return joinBytes(parts);
}

/** The blocks of a reader as one. */
export async function joinBlocks(blocks: AsyncIterable<RowBlock>): Promise<RowBlock> {
  const all: RowBlock[] = [];
  for await (const block of blocks) all.push(block);
  const columns = all.map(imageColumns);
  const rows = all.reduce((sum, block) => sum + block.rows, 0);
  const images = joinBytes(columns.map((column) => column.images));
  return imageBlock(all[0]!.start, Math.sqrt(images.length / rows), {
    images,
    labels: joinBytes(columns.map((column) => column.labels)),
    factors: joinBytes(columns.map((column) => column.factors)),
  });
}
