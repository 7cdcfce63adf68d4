// Philox4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.

export const M0: u32 = 0xd2511f53;
export const M1: u32 = 0xcd9e8d57;
export const W0: u32 = 0x9e3779b9; // golden ratio
export const W1: u32 = 0xbb67ae85; // sqrt(3) - 1
export const ROUNDS: u32 = 10;

// Round keys, each as four equal lanes: k0 of round r at 32 r, k1 at 32 r + 16.
export const KEYS = memory.data(ROUNDS * 32, 16);
export const KEYS_END = KEYS + ROUNDS * 32;

/** High words of the four 32 x 32 bit products. Low words: `i32x4.mul`, which needs no shuffle. */
// @ts-ignore: decorator
@inline
export function mulHigh(x: v128, m: v128): v128 {
  return v128.shuffle<i32>(
    i64x2.extmul_low_i32x4_u(x, m),
    i64x2.extmul_high_i32x4_u(x, m),
    1, 3, 5, 7, // prettier-ignore
  );
}

/** The three-way exclusive or of a round. */
// @ts-ignore: decorator
@inline
export function mix(high: v128, word: v128, key: v128): v128 {
  return v128.xor(v128.xor(high, word), key);
}

/** The words of four counters, one counter a lane. */
// @ts-ignore: decorator
@inline
export function storeGroup(out: usize, x0: v128, x1: v128, x2: v128, x3: v128): void {
  v128.store(out, x0), v128.store(out, x1, 16), v128.store(out, x2, 32), v128.store(out, x3, 48);
}
