import { FACTOR_BYTES } from "../core/images.ts";
import { InputError } from "../data/errors.ts";
import type { RowBlock } from "../data/rows.ts";
import { imageBlock } from "./imagerows.ts";
import type { Sample } from "./sample.ts";
import { decodePng } from "./unpng.ts";

/** Makes a block of stored PNGs and what is said about them. */
export type ImageDecoder = (start: number, pngs: readonly Uint8Array[], samples: readonly Sample[]) => RowBlock;

/** For blocks of one corpus. Throws `InputError` where a PNG is damaged, or not square and as large as the first. */
export function createImageDecoder(): ImageDecoder {
  let size: number | undefined;
  return (start, pngs, samples) => {
    const decoded = pngs.map(decodePng);
    size ??= decoded[0]?.width ?? 0;
    const images = new Uint8Array(pngs.length * size * size);
    for (const [row, { width, height, pixels }] of decoded.entries()) {
      if (width !== size || height !== size) {
        throw new InputError(
          `The image of row ${start + row} has ${height} x ${width} pixels: expected ${size} x ${size}`,
        );
      }
      images.set(pixels, row * size * size);
    }
    const factors = new Uint8Array(pngs.length * FACTOR_BYTES);
    samples.forEach((sample, row) => factors.set(sample.factors, row * FACTOR_BYTES));
    return imageBlock(start, size, { images, labels: Uint8Array.from(samples, ({ label }) => label), factors });
  };
}
