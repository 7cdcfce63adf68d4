import { blob } from "./blob";
import { below } from "./draws";
import { SLOT_BYTES } from "./inline/factors";
import { heightOf, maskOf, pixelsOf, SHAPE_BYTES, widthOf } from "./inline/shape";

const BLOB: u32 = 0;
const TAKEN = memory.data(64 * 8, 16); // a mask of 64 columns for each row of the grid

/** Draws shapes and places for the types and colours of the slots; false when an object found no place. */
export function compose(
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
