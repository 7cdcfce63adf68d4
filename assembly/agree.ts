import { FACTOR_BYTES, SLOT_BYTES } from "./inline/factors";

const COLOURS: u32 = 16;
const COUNTS = memory.data(16 * 4, 16); // u32, pixels that the factors say less those that are there; zero between images

/**
 * How many of `rows` images (u8, `size` x `size` each) do not have what their factors say: so many pixels of each colour,
 * and of each object one in the first row and one in the first column of its bounding box. `colours` has the colour, up
 * to 15, of each pixel value, 0 for background. Colours are told apart by the bits of `mask`; with none all are one.
 */
export function disagreeing(images: usize, factors: usize, rows: u32, size: u32, colours: usize, mask: u32): u32 {
  let wrong: u32 = 0;
  const imageBytes = size * size;
  for (let i: u32 = 0; i < rows; i++, factors += FACTOR_BYTES) {
    let agrees = true;
    for (let slot = factors; slot < factors + FACTOR_BYTES; slot += SLOT_BYTES) {
      if (!load<u8>(slot)) continue;
      const colour = <u32>load<u8>(slot, 2) & mask, row = <u32>load<u8>(slot, 3), column = <u32>load<u8>(slot, 4);
      add(colour, load<u8>(slot, 5));
      const isNone = mask != 0 && (<u32>load<u8>(slot, 2) - 1 > 8); // colours are 1 to 9
      if (isNone || max(row, column) >= size) {
        agrees = false;
        continue;
      }
      const corner = images + row * size + column;
      agrees = agrees && has(corner, size - column, 1, colours, mask, colour);
      agrees = agrees && has(corner, size - row, size, colours, mask, colour);
    }
    const end = images + imageBytes, wholeEnd = images + (imageBytes & ~7);
    for (; images < wholeEnd; images += 8) if (load<u64>(images)) take(images, images + 8, colours, mask);
    take(images, end, colours, mask);
    images = end;
    for (let colour: u32 = 0; colour < COLOURS; colour++) {
      agrees = agrees && load<u32>(COUNTS + 4 * colour) == 0;
      store<u32>(COUNTS + 4 * colour, 0);
    }
    wrong += agrees ? 0 : 1;
  }
  return wrong;
}

/** Whether one of `count` pixels, `stride` apart, is of that colour. */
function has(at: usize, count: u32, stride: u32, colours: usize, mask: u32, colour: u32): bool {
  for (; count > 0; count--, at += stride) {
    const found = <u32>load<u8>(colours + load<u8>(at));
    if (found && (found & mask) == colour) return true;
  }
  return false;
}

function take(at: usize, end: usize, colours: usize, mask: u32): void {
  for (; at < end; at++) {
    const colour = <u32>load<u8>(colours + load<u8>(at));
    if (colour) add(colour & mask, -1);
  }
}

// @ts-ignore: decorator
@inline
function add(colour: u32, count: u32): void {
  store<u32>(COUNTS + 4 * colour, load<u32>(COUNTS + 4 * colour) + count);
}
