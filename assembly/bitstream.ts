// The stream of bits that is written: whole bytes lie in memory, the bits of the next one are held here.

let out: usize = 0; // where the next byte goes
let held: u64 = 0; // bits that are no whole byte yet, the first lowest
let count: u64 = 0; // how many, at most 7 between two calls

export function beginBits(at: usize): void {
  out = at, held = 0, count = 0;
}

/** Appends the lowest `length`, at most 57, of `bits`, whose others are zeros. Up to 8 bytes beyond are overwritten. */
// @ts-ignore: decorator
@inline
export function putBits(bits: u64, length: u64): void {
  const all = held | (bits << count), total = count + length;
  store<u64>(out, all);
  out += <usize>(total >> 3);
  held = all >> (total & ~7);
  count = total & 7;
}

/** Appends zeros up to the next byte and returns where that goes. */
export function alignBits(): usize {
  if (count) putBits(0, 8 - count);
  return out;
}

/** How many zeros `alignBits` would append after `length` more bits. */
export function bitsToAlign(length: u32): u32 {
  return (0 - <u32>count - length) & 7;
}
