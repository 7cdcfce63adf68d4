import { hybrid } from "./hybrid";
import { KEYS, KEYS_END, M0, M1, ROUNDS, W0, W1, mix, mulHigh, storeGroup } from "./inline/philox";

/** Sets the 64-bit key of the streams that follow, low word first. */
export function setKey(k0: u32, k1: u32): void {
  for (let r: u32 = 0; r < ROUNDS; r++) {
    v128.store(KEYS + 32 * r, i32x4.splat(k0 + r * W0));
    v128.store(KEYS + 32 * r, i32x4.splat(k1 + r * W1), 16);
  }
}

/**
 * Writes `groups` groups of 16 random words: word w of counter c + l goes to lane l of vector w, c = first counter of
 * the group. Counters are (low, high, 0, stream); `low` is a multiple of 4 and `low + 4 * groups` at most 2^32.
 *
 * Of ten groups, eight go through the vector units and two through the integer units, which would idle otherwise.
 */
export function bits(out: usize, groups: u32, low: u32, high: u32, stream: u32): void {
  const tens = groups / 10;
  hybrid(out, tens, low, high, stream);
  const done = tens * 10;
  single(out + 64 * done, groups - done, low + 4 * done, high, 0, stream);
}

/** The same one group at a time, with counters (low, c1, c2, c3). */
export function single(out: usize, groups: u32, low: u32, c1: u32, c2: u32, c3: u32): void {
  const m0 = i32x4.splat(M0), m1 = i32x4.splat(M1);
  for (let end = out + 64 * groups; out < end; out += 64, low += 4) {
    let x0 = i32x4.add(i32x4.splat(low), i32x4(0, 1, 2, 3));
    let x1 = i32x4.splat(c1), x2 = i32x4.splat(c2), x3 = i32x4.splat(c3);
    for (let k = KEYS; k < KEYS_END; k += 32) {
      const y0 = mix(mulHigh(x2, m1), x1, v128.load(k));
      const y2 = mix(mulHigh(x0, m0), x3, v128.load(k, 16));
      x1 = i32x4.mul(x2, m1);
      x3 = i32x4.mul(x0, m0);
      x0 = y0;
      x2 = y2;
    }
    storeGroup(out, x0, x1, x2, x3);
  }
}
