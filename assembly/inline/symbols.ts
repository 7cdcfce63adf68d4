// Symbols of deflate (RFC 1951, 3.2.5), by calculation.
export const LITERALS: u32 = 286, DISTANCES: u32 = 30; // how many symbols the two codes have
export const END_OF_BLOCK: u32 = 256;
export const MIN_MATCH: u32 = 3, MAX_MATCH: u32 = 258, WINDOW: u32 = 32768;

/** The symbol, 257 to 285, of a length from 3 to 258. */
// @ts-ignore: decorator
@inline
export function lengthSymbol(length: u32): u32 {
  if (length == MAX_MATCH) return 285;
  const v = length - MIN_MATCH;
  if (v < 4) return 257 + v;
  const high: u32 = 31 - <u32>clz(v);
  return 257 + 4 * (high - 1) + ((v >> (high - 2)) & 3);
}

/** The number of extra bits of a literal or length symbol. */
// @ts-ignore: decorator
@inline
export function lengthExtra(symbol: u32): u32 {
  return symbol < 265 || symbol == 285 ? 0 : (symbol - 261) >> 2;
}

/** The symbol, 0 to 29, of a distance from 1 to 32768. */
// @ts-ignore: decorator
@inline
export function distanceSymbol(distance: u32): u32 {
  const v = distance - 1;
  if (v < 2) return v;
  const high: u32 = 31 - <u32>clz(v);
  return 2 * high + ((v >> (high - 1)) & 1);
}

/** The number of extra bits of a distance symbol. */
// @ts-ignore: decorator
@inline
export function distanceExtra(symbol: u32): u32 {
  return symbol < 2 ? 0 : (symbol >> 1) - 1;
}
