// How the text of an ordinary magnitude, from 2^-16 to below 2^23, is laid out, by its binary exponent: 10^m (f64), m the
// least number of decimals whose unit is not above the distance between neighbours; the limit (f64); then two rows, for
// values of which m decimals make a whole number s below the limit, and from it on. The limit is the least power of ten
// above the least s, which has 7 to 9 digits, the first of 9 a 1. A row: for each byte of text, of which there are at
// most 14, the place of its digit among the last 8 of s, or none (128); then what to add to it, '0', '1' (of 9 digits
// the first) or '.'; in byte 14 the length with all m decimals, in byte 15 that with one.
const FIRST: u32 = 111, LAST: u32 = 149; // biased exponents
const STRIDE: u32 = 128;
const LAYOUTS = memory.data((LAST - FIRST + 1) * STRIDE, 64);

export const LEAST: u32 = FIRST << 23, BEYOND: u32 = (LAST + 1) << 23; // bits of the least and of the first too large
const LIMIT: usize = 8;
export const ROWS: usize = 16, ROW: u32 = 32;

/** The layout for a float32 of these bits. */
// @ts-ignore: decorator
@inline
export function layoutOf(bits: u32): usize {
  return LAYOUTS - FIRST * STRIDE + ((bits >> 16) & 0x7f80);
}

for (let exponent = FIRST; exponent <= LAST; exponent++) {
  const layout = layoutOf(exponent << 23);
  let decimals: u32 = 0, scale: f64 = 1;
  for (; scale * reinterpret<f32>((exponent - 23) << 23) < 1; scale *= 10) decimals++;
  const least = scale * reinterpret<f32>(exponent << 23);
  let limit: f64 = 1;
  while (limit <= least) limit *= 10;
  store<f64>(layout, scale), store<f64>(layout, limit, LIMIT);
  makeRow(layout + ROWS, decimals, <u32>least), makeRow(layout + ROWS + ROW, decimals, <u32>limit);
}

function makeRow(row: usize, decimals: u32, s: u32): void {
  let whole: u32 = 1; // digits before the point
  for (let rest = s; rest >= 10; rest /= 10) whole++;
  whole = whole > decimals ? whole - decimals : 1;
  for (let at: u32 = 0; at < whole + 1 + decimals; at++) {
    const digit: i32 = 8 - decimals - whole + at - <u32>(at > whole); // among the last 8, before them -1 and less
    const isDigit = at != whole && digit >= 0, isFirst = digit == -1 && s >= 100000000;
    store<u8>(row + at, isDigit ? digit : 128);
    store<u8>(row + at, at == whole ? 0x2e : 0x30 + <u32>isFirst, 16);
  }
  store<u8>(row, whole + 1 + decimals, 30), store<u8>(row, whole + 2, 31);
}
