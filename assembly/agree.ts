import { FACTOR_BYTES, SLOT_BYTES } from "./inline/factors";

const COLOURS: u32 = 16;
const COUNTS = memory.data(16 * 4, 16); // u32, pixels that the factors say less those that are there; zero between images

/**
 * How many of `rows` images (u8, `imageBytes` each) do not have the pixels that their factors say: so many of each colour.
 * `colours` has the colour, up to 15, of each pixel value, 0 for background. Colours are told apart by the bits of `mask`;
 * with none only the number of pixels is compared.
 */
export function disagreeing(images: usize, factors: usize, rows: u32, imageBytes: u32, colours: usize, mask: u32): u32 {
  let wrong: u32 = 0;
  for (let row: u32 = 0; row < rows; row++, factors += FACTOR_BYTES) {
    for (let slot = factors; slot < factors + FACTOR_BYTES; slot += SLOT_BYTES) {
      if (load<u8>(slot)) add(load<u8>(slot, 2) & mask, load<u8>(slot, 5));
    }
    const end = images + imageBytes, wholeEnd = images + (imageBytes & ~7);
    for (; images < wholeEnd; images += 8) if (load<u64>(images)) take(images, images + 8, colours, mask);
    take(images, end, colours, mask);
    images = end;
    let agrees = true;
    for (let colour: u32 = 0; colour < COLOURS; colour++) {
      agrees = agrees && load<u32>(COUNTS + 4 * colour) == 0;
      store<u32>(COUNTS + 4 * colour, 0);
    }
    wrong += agrees ? 0 : 1;
  }
  return wrong;
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
