// Tables that read the prefix codes of a bzip2 block. A table: u16 first[1024], then u16 symbols[258] in the order of
// their codes, then u32 start[21], count[21], before[21] by length.
const FAST_BITS: u32 = 10;
const SYMBOLS: usize = 2048;
const START: usize = 2568;
const COUNT: usize = START + 84;
const BEFORE: usize = COUNT + 84;
const MAX_BITS: u32 = 20;

export const CODE_TABLE_BYTES: usize = 2832;

/** Fills `table` from the lengths (u8, 1..20) of `symbols` codes; false where they are more than a code can hold. */
export function makeCodes(table: usize, lengths: usize, symbols: u32): bool {
  memory.fill(table, 0, CODE_TABLE_BYTES);
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const count = table + COUNT + 4 * load<u8>(lengths + symbol);
    store<u32>(count, load<u32>(count) + 1);
  }
  let code: u32 = 0, before: u32 = 0;
  for (let length: u32 = 1; length <= MAX_BITS; length++) {
    code <<= 1;
    const count = load<u32>(table + COUNT + 4 * length);
    store<u32>(table + START + 4 * length, code);
    store<u32>(table + BEFORE + 4 * length, before);
    code += count;
    if (code > <u32>1 << length) return false;
    before += count;
  }
  for (let length: u32 = 1, at = table + SYMBOLS; length <= MAX_BITS; length++) {
    if (!load<u32>(table + COUNT + 4 * length)) continue;
    for (let symbol: u32 = 0; symbol < symbols; symbol++) {
      if (load<u8>(lengths + symbol) == length) store<u16>(at, <u16>symbol), at += 2;
    }
  }
  for (let length: u32 = 1; length <= FAST_BITS; length++) {
    const start = load<u32>(table + START + 4 * length), before = load<u32>(table + BEFORE + 4 * length);
    for (let i: u32 = 0, count = load<u32>(table + COUNT + 4 * length); i < count; i++) {
      const entry = <u16>((load<u16>(table + SYMBOLS + 2 * (before + i)) << 5) | length);
      const first = (start + i) << (FAST_BITS - length), end = first + (<u32>1 << (FAST_BITS - length));
      for (let at = first; at < end; at++) store<u16>(table + 2 * at, entry);
    }
  }
  return true;
}

/** The symbol whose code the highest bits of `bits` begin with, << 5, and the code's length; 0 where there is none. */
// @ts-ignore: decorator
@inline
export function readCode(table: usize, bits: u32): u32 {
  const entry = <u32>load<u16>(table + 2 * (bits >>> (32 - FAST_BITS)));
  return entry ? entry : readLongCode(table, bits);
}

function readLongCode(table: usize, bits: u32): u32 {
  for (let length = FAST_BITS + 1; length <= MAX_BITS; length++) {
    const place = (bits >>> (32 - length)) - load<u32>(table + START + 4 * length);
    if (place < load<u32>(table + COUNT + 4 * length)) {
      return (<u32>load<u16>(table + SYMBOLS + 2 * (load<u32>(table + BEFORE + 4 * length) + place)) << 5) | length;
    }
  }
  return 0;
}
