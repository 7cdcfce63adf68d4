import { compose } from "./compose";
import { below, startRow } from "./draws";
import { FACTOR_BYTES, MAX_OBJECTS, SLOT_BYTES } from "./inline/factors";

const TYPES = memory.data<u8>([0, 0, 1, 2, 3]); // blob 0.4, rectangle, line and pattern 0.2 each

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
