/** A decimal: digits * 10^exponent. */
interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

/** numerator / denominator. */
type Ratio = readonly [numerator: bigint, denominator: bigint];

const view = new DataView(new ArrayBuffer(4));

/** The text of a float32 by exact integers: the shortest that reads back with `digits` 0, else so many significant digits. */
export function decimal(value: number, digits = 0): string {
  if (!Number.isFinite(value)) return "null";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const found = digits === 0 ? shortest(Math.abs(value)) : rounded(Math.abs(value), digits);
  return (value < 0 ? "-" : "") + layOut(found);
}

/** As a whole number of 2^q, with q. */
function parts(magnitude: number): [c: bigint, q: number] {
  view.setFloat32(0, magnitude);
  const bits = view.getUint32(0);
  const exponent = bits >>> 23;
  return exponent === 0 ? [BigInt(bits), -149] : [BigInt((bits & 0x7fffff) | 0x800000), exponent - 150];
}

/** Of the decimals in the rounding interval those with the greatest exponent, of these the nearest, of two the even one. */
function shortest(magnitude: number): Decimal {
  const [c, q] = parts(magnitude);
  const isPowerOfTwo = c === 0x800000n && q > -149;
  const low = times2(4n * c - (isPowerOfTwo ? 1n : 2n), q - 2);
  const high = times2(4n * c + 2n, q - 2);
  const isClosed = c % 2n === 0n;
  for (let exponent = above(magnitude); ; exponent--) {
    const [lowest, lowRest] = divide(times10(low, -exponent));
    const [highest, highRest] = divide(times10(high, -exponent));
    const from = lowRest === 0n && isClosed ? lowest : lowest + 1n;
    const to = highRest === 0n && !isClosed ? highest - 1n : highest;
    if (from > to) continue;
    const nearest = roundHalfEven(times10(times2(c, q), -exponent));
    return { digits: nearest < from ? from : nearest > to ? to : nearest, exponent };
  }
}

function rounded(magnitude: number, digits: number): Decimal {
  const [c, q] = parts(magnitude);
  for (let exponent = above(magnitude); ; exponent--) {
    const scaled = times10(times2(c, q), -exponent);
    if (divide(scaled)[0] >= 10n ** BigInt(digits - 1)) return { digits: roundHalfEven(scaled), exponent };
  }
}

/** An exponent of ten whose power is above the magnitude and its rounding interval. */
function above(magnitude: number): number {
  return Math.ceil(Math.log10(magnitude)) + 1;
}

function times2(c: bigint, power: number): Ratio {
  return power < 0 ? [c, 1n << BigInt(-power)] : [c << BigInt(power), 1n];
}

function times10([numerator, denominator]: Ratio, power: number): Ratio {
  const factor = 10n ** BigInt(Math.abs(power));
  return power < 0 ? [numerator, denominator * factor] : [numerator * factor, denominator];
}

function divide([numerator, denominator]: Ratio): [quotient: bigint, rest: bigint] {
  return [numerator / denominator, numerator % denominator];
}

function roundHalfEven(ratio: Ratio): bigint {
  const [quotient, rest] = divide(ratio);
  const twice = 2n * rest - ratio[1];
  return twice > 0n || (twice === 0n && quotient % 2n === 1n) ? quotient + 1n : quotient;
}

/** The host lays out up to 9 digits as they are: no float64 has two decimals of so few. */
function layOut({ digits, exponent }: Decimal): string {
  const text = String(Number(`${digits}e${exponent}`));
  return /[.e]/.test(text) ? text : `${text}.0`;
}
