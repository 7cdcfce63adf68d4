import { FACTOR_BYTES, SLOT_BYTES } from "./inline/factors";

/** Writes a label (u8) for each of `rows` factors: of kind 0 the composition, 1 the number of objects, 2 the type of the largest. */
export function labelImages(out: usize, factors: usize, rows: u32, kind: u32): void {
  for (let end = factors + rows * FACTOR_BYTES; factors < end; factors += FACTOR_BYTES, out++) {
    let counts: u32 = 0, objects: u32 = 0, largest: u32 = 0, largestType: u32 = 0;
    for (let slot = factors; slot < factors + FACTOR_BYTES; slot += SLOT_BYTES) {
      if (!load<u8>(slot)) continue;
      const type = <u32>load<u8>(slot, 1), pixels = <u32>load<u8>(slot, 5), place = 2 * type;
      objects++;
      if (((counts >> place) & 3) < 3) counts += 1 << place;
      if (pixels > largest) {
        largest = pixels;
        largestType = type;
      }
    }
    store<u8>(out, <u8>(kind == 0 ? counts : kind == 1 ? objects : largestType));
  }
}
