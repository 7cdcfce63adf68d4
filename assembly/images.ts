import { blob } from "./blob";
import { below, startRow } from "./draws";
import { heightOf, maskOf, pixelsOf, SHAPE_BYTES, widthOf } from "./inline/shape";

const MAX_OBJECTS: u32 = 4;
export const SLOT_BYTES: u32 = 6; // present, type, colour, row, column, pixels
export const FACTOR_BYTES: u32 = MAX_OBJECTS * SLOT_BYTES;
const BLOB: u32 = 0;
const TYPES = memory.data<u8>([0, 0, 1, 2, 3]); // blob 0.4, rectangle, line and pattern 0.2 each
const TAKEN = memory.data(64 * 8, 16); // a mask of 64 columns for each row of the grid

/**
 * Draws `rows` images of `size` x `size` pixels (u8, row-major) and their factors, 4 slots of 6 bytes: row `row` of the
 * stream and those that follow, each from counter `first` on. `palette` has the pixel value of colours 0 to 9, `catalogue`
 * for types 1 to 3 where its groups of shapes begin and how many there are. Without images where `images` is 0.
 */
export function drawImages(
  images: usize, factors: usize, rows: u32, rowLow: u32, rowHigh: u32, stream: u32, first: u32,
  size: u32, palette: usize, catalogue: usize, attempts: u32, origins: u32, // prettier-ignore
): void {
  const row = (<u64>rowHigh << 32) | rowLow;
  const imageBytes = images ? size * size : 0;
  memory.fill(factors, 0, rows * FACTOR_BYTES);
  memory.fill(images, 0, rows * imageBytes);
  for (let i: u32 = 0; i < rows; i++) {
    startRow(first, row + i, stream);
    const image = images + i * imageBytes, slots = factors + i * FACTOR_BYTES;
    const end = slots + (1 + below(MAX_OBJECTS)) * SLOT_BYTES;
    for (let slot = slots; slot < end; slot += SLOT_BYTES) {
      store<u8>(slot, load<u8>(TYPES + below(5)), 1);
      store<u8>(slot, <u8>(1 + below(9)), 2);
    }
    for (let attempt: u32 = 1; !compose(image, slots, end, size, palette, catalogue, origins); attempt++) {
      if (attempt == attempts) {
        // What the last attempt placed stays.
        for (let slot = slots; slot < end; slot += SLOT_BYTES) if (!load<u8>(slot)) clearSlot(slot, 0);
        break;
      }
      memory.fill(image, 0, imageBytes);
      for (let slot = slots; slot < end; slot += SLOT_BYTES) clearSlot(slot, load<u16>(slot, 1));
    }
  }
}

function clearSlot(slot: usize, typeAndColour: u32): void {
  store<u32>(slot, typeAndColour << 8), store<u16>(slot, 0, 4);
}

/** Draws shapes and places for the types and colours of the slots; false when an object found no place. */
function compose(
  image: usize, slots: usize, end: usize, size: u32, palette: usize, catalogue: usize, origins: u32, // prettier-ignore
): bool {
  memory.fill(TAKEN, 0, 8 * size);
  for (let slot = slots; slot < end; slot += SLOT_BYTES) {
    const type = <u32>load<u8>(slot, 1);
    const shape = type == BLOB ? blob(2 + below(14)) : chosen(catalogue + 8 * (type - 1));
    const height = heightOf(shape), width = widthOf(shape);
    if (max(height, width) > size) return false;
    for (let left = origins; ; left--) {
      if (left == 0) return false;
      const row = below(size - height + 1), column = below(size - width + 1);
      let overlap: u64 = 0;
      for (let r: u32 = 0; r < height; r++) overlap |= load<u64>(TAKEN + 8 * (row + r)) & (maskOf(shape, r) << column);
      if (overlap) continue;
      place(image, shape, height, size, row, column, load<u8>(palette + load<u8>(slot, 2)));
      store<u8>(slot, 1), store<u8>(slot, <u8>row, 3), store<u8>(slot, <u8>column, 4), store<u8>(slot, <u8>pixelsOf(shape), 5);
      break;
    }
  }
  return true;
}

/** A shape of the catalogue: a group of its type, then a member of the group. */
function chosen(type: usize): usize {
  const group = load<u32>(type) + 8 * below(load<u32>(type, 4));
  return load<u32>(group) + SHAPE_BYTES * below(load<u32>(group, 4));
}

function place(image: usize, shape: usize, height: u32, size: u32, row: u32, column: u32, value: u8): void {
  for (let r: u32 = 0; r < height; r++) {
    const taken = TAKEN + 8 * (row + r);
    let mask = maskOf(shape, r) << column;
    store<u64>(taken, load<u64>(taken) | mask);
    if (!image) continue;
    for (const line = image + (row + r) * size; mask; mask &= mask - 1) store<u8>(line + <usize>ctz(mask), value);
  }
}
