export type Words = readonly [number, number, number, number];
export type Key = readonly [low: number, high: number];

/** Philox4x32-10 of one counter: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011. */
export function philox4x32([x0, x1, x2, x3]: Words, [k0, k1]: Key): Words {
  for (let round = 0; round < 10; round++) {
    const high0 = mulHigh(x0, 0xd2511f53);
    const low0 = Math.imul(x0, 0xd2511f53);
    const high2 = mulHigh(x2, 0xcd9e8d57);
    const low2 = Math.imul(x2, 0xcd9e8d57);
    x0 = (high2 ^ x1 ^ k0) >>> 0;
    x1 = low2 >>> 0;
    x2 = (high0 ^ x3 ^ k1) >>> 0;
    x3 = low0 >>> 0;
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [x0, x1, x2, x3];
}

/** The high word of a 32 x 32 bit product by 16-bit halves; no intermediate reaches 2^32, so all are exact. */
function mulHigh(a: number, b: number): number {
  const aHigh = a >>> 16;
  const aLow = a & 0xffff;
  const bHigh = b >>> 16;
  const bLow = b & 0xffff;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  return aHigh * bHigh + (middle >>> 16) + ((aLow * bHigh + (middle & 0xffff)) >>> 16);
}
