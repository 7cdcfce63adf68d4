import { FACTOR_BYTES, MAX_OBJECTS, SLOT_BYTES } from "../core/images.ts";
import type { Encoder } from "../data/format.ts";
import { columnOf, type Field, type RowBlock } from "../data/rows.ts";
import { joinBytes } from "./bytes.ts";
import type { Sample } from "./sample.ts";

/** The columns of a block of images, all uint8. */
export interface ImageColumns {
  /** Shape (rows, size, size). */
  readonly images: Uint8Array;
  /** Shape (rows,). */
  readonly labels: Uint8Array;
  /** Shape (rows, 4, 6); see core/images.ts. */
  readonly factors: Uint8Array;
}

/** The fields of a corpus of images. */
export function imageFields(size: number): readonly [images: Field, labels: Field, factors: Field] {
  return [
    { name: "images", dtype: "|u1", shape: [size, size] },
    { name: "labels", dtype: "|u1", shape: [] },
    { name: "factors", dtype: "|u1", shape: [MAX_OBJECTS, SLOT_BYTES] },
  ];
}

/** The columns of a block. Throws when it has not those of images. */
export function imageColumns(block: RowBlock): ImageColumns {
  const [images, labels, factors] = ["images", "labels", "factors"].map(
    (name) => columnOf(block, name).data as Uint8Array,
  );
  return { images: images!, labels: labels!, factors: factors! };
}

/** A block of these columns. */
export function imageBlock(start: number, size: number, { images, labels, factors }: ImageColumns): RowBlock {
  const fields = imageFields(size);
  const columns = [images, labels, factors].map((data, at) => ({ field: fields[at]!, data }));
  return { start, rows: labels.length, columns };
}

/** The label and the factors of one row, as views. */
export function sampleAt({ labels, factors }: ImageColumns, row: number): Sample {
  return { label: labels[row]!, factors: factors.subarray(row * FACTOR_BYTES, (row + 1) * FACTOR_BYTES) };
}

/** The pixels of one row, as a view. */
export function pixelsAt({ images }: ImageColumns, row: number, size: number): Uint8Array {
  return images.subarray(row * size * size, (row + 1) * size * size);
}

/** The values of a block as they are: all images, all labels, all factors. */
export function imageBytesEncoder(): Encoder {
  return {
    historyRows: 0,
    encode(block) {
      const { images, labels, factors } = imageColumns(block);
      return { bytes: joinBytes([images, labels, factors]) };
    },
  };
}
