// From the lengths of a prefix code to its codes (RFC 1951, 3.2.2).

const NEXT = memory.data(16 * 4, 16); // u32, the next code of each length

/** Writes to `codes` (u16, the first bit lowest) the canonical code of each symbol that has a length. */
export function canonicalCodes(lengths: usize, count: u32, codes: usize): void {
  memory.fill(NEXT, 0, 16 * 4);
  for (let symbol: u32 = 0; symbol < count; symbol++) {
    const length = <u32>load<u8>(lengths + symbol);
    store<u32>(NEXT + 4 * length, load<u32>(NEXT + 4 * length) + 1);
  }
  let code: u32 = 0, shorter: u32 = 0;
  for (let length: u32 = 1; length < 16; length++) {
    code = (code + shorter) << 1;
    shorter = load<u32>(NEXT + 4 * length);
    store<u32>(NEXT + 4 * length, code);
  }
  for (let symbol: u32 = 0; symbol < count; symbol++) {
    const length = <u32>load<u8>(lengths + symbol);
    if (!length) continue;
    const next = load<u32>(NEXT + 4 * length);
    store<u32>(NEXT + 4 * length, next + 1);
    store<u16>(codes + 2 * symbol, <u16>reversed(next, length));
  }
}

function reversed(code: u32, length: u32): u32 {
  let result: u32 = 0;
  for (; length; length--, code >>= 1) result = (result << 1) | (code & 1);
  return result;
}
