import { wordAt, type Address } from "./words.ts";

// Every operation is rounded to float32 once, in the order of the kernel. Rounding the float64 result of one + - x /
// or sqrt of float32 operands is the float32 operation: 53 bits are enough for no double rounding to show.
const f = Math.fround;

// From minimax.py, highest power first.
const LOG = [-0.5974345830141345, -0.7995508305429999, -1.3333355276396988, -4].map(f);
const SIN = [
  1.5148513087348547e-4, -4.673766615959196e-3, 7.968967895306656e-2, -0.645963710602097, 1.5707963184479383,
].map(f);
const COS = [8.596900126627421e-4, -2.081396657700113e-2, 0.2536532088108877, -1.2336988795282224, 1].map(f);

/** Two normals of Box and Muller: the sign of the radius word chooses the half plane, the angle word the angle in it. */
export function normalPair(radiusWord: number, angleWord: number): [number, number] {
  const signed = f(f(radiusWord | 0) + 0.5);
  const length = f(Math.sqrt(minusTwoLog(Math.abs(signed))));
  const radius = signed < 0 ? -Math.abs(length) : length; // length may be -0, which stays
  const v = f(f(angleWord | 0) * 2 ** -31);
  return [f(radius * cosQuarter(v)), f(radius * sinQuarter(v))];
}

/** -2 ln(x / 2^31) for x in [1/2, 2^31]. */
export function minusTwoLog(x: number): number {
  const exponent = (bitsOf(x) - bitsOf(f(Math.SQRT1_2 * 2 ** 31))) & 0xff800000; // e * 2^23
  const m = floatOf(bitsOf(x) - exponent);
  const s = f(f(m - 2 ** 31) / f(m + 2 ** 31));
  return f(f(exponent * f((-2 * Math.LN2) / 2 ** 23)) + f(polynomial(LOG, f(s * s)) * s));
}

/** sin(pi v / 2) for |v| <= 1. */
export function sinQuarter(v: number): number {
  return f(polynomial(SIN, f(v * v)) * v);
}

/** cos(pi v / 2) for |v| <= 1. */
export function cosQuarter(v: number): number {
  return polynomial(COS, f(v * v));
}

/** Words 0 and 1 of a counter make elements 0 and 1, words 2 and 3 the others: partners are four elements apart. */
export function normals(address: Address, first: bigint, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => {
    const element = first + BigInt(i);
    const [left, right] = normalPair(wordAt(address, element & ~4n), wordAt(address, element | 4n));
    return (element & 4n) === 0n ? left : right;
  });
}

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((p, coefficient) => f(f(p * x) + coefficient));
}

const view = new DataView(new ArrayBuffer(4));

function bitsOf(x: number): number {
  view.setFloat32(0, x);
  return view.getInt32(0);
}

function floatOf(bits: number): number {
  view.setInt32(0, bits);
  return view.getFloat32(0);
}
