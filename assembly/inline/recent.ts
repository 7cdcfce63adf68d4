import { STOP, placeOf } from "./stop";
import { WINDOW } from "./symbols";

// Two hash tables of the places last seen (u16, the low bits of their offset in the data): by the next 4 bytes, and by
// more. An entry may be that of other bytes or of a place too far back, so what it leads to is compared; one not yet
// written is that of the data's first place, so none leads to before it.
const HASH_BITS: u32 = 14;
const TABLE_BYTES: usize = 2 << HASH_BITS;
export const RECENT_BYTES: usize = 2 * TABLE_BYTES;

/** The entry for the next 4 of the 8 bytes `word`. */
// @ts-ignore: decorator
@inline
export function nearEntry(recent: usize, word: u64): usize {
  return recent + (((<u32>word * 0x9e3779b1) >>> (32 - HASH_BITS)) << 1);
}

/** The entry for the next 7 of the 8 bytes `word`; where 4 or more are equal, for their number and the 4 after them. */
// @ts-ignore: decorator
@inline
export function farEntry(recent: usize, stop: usize, word: u64): usize {
  const next = placeOf(stop + STOP), afterNext = placeOf(stop + 2 * STOP);
  const run = (word << 32) ^ (<u64>(afterNext - next) << 32) ^ load<u32>(afterNext);
  const key = select(word << 8, run, afterNext - next == 1);
  return recent + TABLE_BYTES + (<usize>((key * 0x9e3779b97f4a7c15) >>> (64 - HASH_BITS)) << 1);
}

/** How far back a table's entry is. */
// @ts-ignore: decorator
@inline
export function distanceBack(entry: usize, offset: u32): u32 {
  return (offset - load<u16>(entry)) & 65535;
}

/** How many of the 8 bytes `word` at `place` are the same `distance` before it; 0 when that is too far. */
// @ts-ignore: decorator
@inline
export function sameBytes(place: usize, word: u64, distance: u32): u32 {
  const same = <u32>(ctz(load<u64>(place - distance) ^ word) >> 3);
  return select<u32>(same, 0, distance - 1 < WINDOW);
}
