import { createCore } from "../core/instance.ts";
import { createCrc32 } from "../core/measure.ts";

/** The CRC-32 of zip and gzip: of the bytes, or of what `crc` stands for followed by them. */
export type Crc32 = (bytes: Uint8Array, crc?: number) => number;

let own: Crc32 | undefined;

/** For callers without a core: it has one of its own, whose memory nobody else holds views of. */
export const crc32: Crc32 = (bytes, crc) => (own ??= createCrc32(createCore()))(bytes, crc);

/** The CRC-32 of a text in two parts from theirs; `secondLength` in bytes, up to 2^53. */
export function crc32Combine(first: number, second: number, secondLength: number): number {
  // A CRC is the remainder of a polynomial over GF(2): bytes that follow multiply what stands before by x^8 each.
  let shift = ONE;
  let power = X_8;
  for (let left = secondLength; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) shift = multiply(shift, power);
    power = multiply(power, power);
  }
  return (multiply(first, shift) ^ second) >>> 0;
}

// Polynomials as CRC-32 writes them: x^0 is the highest bit, x^31 the lowest.
const POLYNOMIAL = 0xedb88320;
const ONE = 0x80000000;
const X_8 = 0x00800000;

/** The product of two remainders, modulo the CRC's polynomial. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (let bit = 0; bit < 32; bit++) {
    if ((a << bit) & ONE) product ^= b;
    b = b & 1 ? (b >>> 1) ^ POLYNOMIAL : b >>> 1;
  }
  return product >>> 0;
}
