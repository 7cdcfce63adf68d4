import { powerOfTen } from "./inline/powers";

// Giulietti, "The Schubfach way to render doubles", 2020, with the widths of float32.

/** The shortest decimal of a float32, given its bits, finite and above 0: digits (u32), exponent of ten (i32) above. */
export function shortest(bits: u32): u64 {
  const fraction = bits & 0x7fffff, exponent = bits >> 23;
  const c = exponent ? fraction | 0x800000 : fraction; // the value is c * 2^q
  const q: i32 = <i32>max(exponent, 1) - 150;
  const closer = <u32>(fraction == 0 && exponent > 1); // the value below is half as far as that above
  const k = (q * 1262611 - (closer ? 524031 : 0)) >> 22; // floor(log10 2^q), or of 3/4 * 2^q
  const h = q + ((-k * 1741647) >> 19) + 1; // floor(log2 10^-k) = (-k * 1741647) >> 19
  const power = powerOfTen(-k);
  // The value and its rounding interval, in quarters of 10^k; the ends of the interval read back as the value if c is even.
  const value = scaled(power, (c * 4) << h);
  const lower = scaled(power, (c * 4 - 2 + closer) << h) + (c & 1);
  const upper = scaled(power, (c * 4 + 2) << h) - (c & 1);
  const s = value >> 2, tens = s / 10;
  if (tens) {
    const isBelow = lower <= tens * 40, isAbove = tens * 40 + 40 <= upper;
    if (isBelow != isAbove) return packed(tens + <u32>isAbove, k + 1);
  }
  const isBelow = lower <= s * 4, isAbove = s * 4 + 4 <= upper;
  if (isBelow != isAbove) return packed(s + <u32>isAbove, k);
  const half = s * 4 + 2;
  return packed(s + <u32>(value > half || (value == half && (s & 1))), k);
}

/** power * c / 2^64, the last bit set where that is not whole: rounded to odd. */
// @ts-ignore: decorator
@inline
function scaled(power: u64, c: u32): u32 {
  const high = (power >> 32) * c + (((power & 0xffffffff) * c) >> 32);
  return <u32>(high >> 32) | <u32>(<u32>high > 1);
}

// @ts-ignore: decorator
@inline
export function packed(digits: u32, exponent: i32): u64 {
  return <u64>digits | (<u64>(<u32>exponent) << 32);
}
