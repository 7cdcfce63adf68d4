import { packed } from "./shortest";

// A magnitude as 32-bit limbs, the lowest first: FRACTION of them behind the binary point, so that 2^-149 is exact, and 4
// before it, so that it is below 2^128; behind them 4 bytes that stay 0.
const FRACTION: u32 = 5, LIMBS: u32 = FRACTION + 4;
const NUMBER = memory.data(LIMBS * 4 + 4, 16);
const WHOLE = NUMBER + FRACTION * 4, END = NUMBER + LIMBS * 4;

/** A float32, given its bits, finite and above 0, to 1 to 9 significant digits: digits (u32), exponent of ten (i32) above. */
export function rounded(bits: u32, digits: u32): u64 {
  let least: u64 = 1; // number of that many digits
  for (let i: u32 = 1; i < digits; i++) least *= 10;
  const value = <f64>reinterpret<f32>(bits);
  let exponent: i32 = 0;
  if (value < <f64>(least * 10) && value * 1e12 >= <f64>least) {
    let scale: f64 = 1; // the products are exact, for 2^24 * 5^12 < 2^53
    for (; value * scale < <f64>least; scale *= 10) exponent--;
    return packed(<u32>nearest(value * scale), exponent);
  }
  setNumber(bits);
  // Quotients are rounded down, which hides no difference from a half: none is below 1 / (2 * 10^38).
  for (; isBelow(least); exponent--) timesTen();
  for (; !isBelow(least * 10); exponent++) overTen();
  let more: u32 = 0; // bits below the first 32 behind the point
  for (let limb = NUMBER; limb < WHOLE - 4; limb += 4) more |= load<u32>(limb);
  const whole = load<u32>(WHOLE), fraction = load<u32>(WHOLE - 4);
  const isUp = fraction > 0x80000000 || (fraction == 0x80000000 && (more || whole & 1));
  return packed(whole + <u32>isUp, exponent);
}

function setNumber(bits: u32): void {
  const fraction = bits & 0x7fffff, exponent = bits >> 23;
  const place = 32 * FRACTION - 150 + max(exponent, 1);
  memory.fill(NUMBER, 0, LIMBS * 4);
  store<u64>(NUMBER + ((place >> 5) << 2), <u64>(exponent ? fraction | 0x800000 : fraction) << (place & 31));
}

function isBelow(limit: u64): boolean {
  return !load<u64>(WHOLE, 8) && load<u64>(WHOLE) < limit;
}

function timesTen(): void {
  let carry: u64 = 0;
  for (let limb = NUMBER; limb < END; limb += 4) {
    carry += 10 * <u64>load<u32>(limb);
    store<u32>(limb, <u32>carry);
    carry >>= 32;
  }
}

function overTen(): void {
  let rest: u64 = 0;
  for (let limb = END; limb > NUMBER; ) {
    limb -= 4;
    rest = (rest << 32) | load<u32>(limb);
    store<u32>(limb, <u32>(rest / 10));
    rest %= 10;
  }
}
