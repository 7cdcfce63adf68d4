import { KEYS, KEYS_END, M0, M1, mix, mulHigh, storeGroup } from "./inline/philox";

/** Writes `10 * tens` groups: each turn makes groups a and b in vectors and half a group, counters c and d, in scalars. */
export function hybrid(out: usize, tens: u32, low: u32, high: u32, stream: u32): void {
  const m0 = i32x4.splat(M0), m1 = i32x4.splat(M1), four = i32x4.splat(4);
  // Word 2 of every counter is 0 and words 1 and 3 are constant, so half of the first two rounds is too.
  const key1 = v128.load(KEYS, 32);
  const first2 = v128.xor(i32x4.splat(stream), v128.load(KEYS, 16));
  const first0 = v128.xor(i32x4.splat(high), v128.load(KEYS));
  const second2 = v128.xor(mulHigh(first0, m0), v128.load(KEYS, 48));
  const second3 = i32x4.mul(first0, m0);

  const vectors = 8 * tens;
  let scalarOut = out + 64 * vectors;
  let c = low + 4 * vectors;
  for (let end = scalarOut; out < end; out += 128, low += 8, c += 2) {
    const a = i32x4.add(i32x4.splat(low), i32x4(0, 1, 2, 3)), b = i32x4.add(a, four);
    let a2 = v128.xor(mulHigh(a, m0), first2), b2 = v128.xor(mulHigh(b, m0), first2);
    let a0 = v128.xor(mulHigh(a2, m1), key1), b0 = v128.xor(mulHigh(b2, m1), key1);
    let a1 = i32x4.mul(a2, m1), b1 = i32x4.mul(b2, m1);
    a2 = v128.xor(i32x4.mul(a, m0), second2), b2 = v128.xor(i32x4.mul(b, m0), second2);
    let a3 = second3, b3 = second3;

    let c0 = c, c1 = high, c2: u32 = 0, c3 = stream;
    let d0 = c + 1, d1 = high, d2: u32 = 0, d3 = stream;
    for (let k = KEYS; k < KEYS + 64; k += 32) {
      const c20 = <u64>c0 * M0, c31 = <u64>c2 * M1, d20 = <u64>d0 * M0, d31 = <u64>d2 * M1;
      c0 = <u32>(c31 >> 32) ^ c1 ^ load<u32>(k), c2 = <u32>(c20 >> 32) ^ c3 ^ load<u32>(k, 16);
      d0 = <u32>(d31 >> 32) ^ d1 ^ load<u32>(k), d2 = <u32>(d20 >> 32) ^ d3 ^ load<u32>(k, 16);
      c1 = <u32>c31, c3 = <u32>c20, d1 = <u32>d31, d3 = <u32>d20;
    }
    for (let k = KEYS + 64; k < KEYS_END; k += 32) {
      const k0 = v128.load(k), k1 = v128.load(k, 16);
      const a20 = mulHigh(a0, m0), a31 = mulHigh(a2, m1), al0 = i32x4.mul(a0, m0), al2 = i32x4.mul(a2, m1);
      const c20 = <u64>c0 * M0, c31 = <u64>c2 * M1;
      c0 = <u32>(c31 >> 32) ^ c1 ^ load<u32>(k), c2 = <u32>(c20 >> 32) ^ c3 ^ load<u32>(k, 16);
      c1 = <u32>c31, c3 = <u32>c20;
      const b20 = mulHigh(b0, m0), b31 = mulHigh(b2, m1), bl0 = i32x4.mul(b0, m0), bl2 = i32x4.mul(b2, m1);
      const d20 = <u64>d0 * M0, d31 = <u64>d2 * M1;
      d0 = <u32>(d31 >> 32) ^ d1 ^ load<u32>(k), d2 = <u32>(d20 >> 32) ^ d3 ^ load<u32>(k, 16);
      d1 = <u32>d31, d3 = <u32>d20;
      a0 = mix(a31, a1, k0), a2 = mix(a20, a3, k1), a1 = al2, a3 = al0;
      b0 = mix(b31, b1, k0), b2 = mix(b20, b3, k1), b1 = bl2, b3 = bl0;
    }
    storeGroup(out, a0, a1, a2, a3);
    storeGroup(out + 64, b0, b1, b2, b3);
    storeLane(scalarOut + ((c & 2) << 2), c0, c1, c2, c3);
    storeLane(scalarOut + ((c & 2) << 2) + 4, d0, d1, d2, d3);
    scalarOut += (c & 2) << 5;
  }
}

// @ts-ignore: decorator
@inline
function storeLane(out: usize, x0: u32, x1: u32, x2: u32, x3: u32): void {
  store<u32>(out, x0), store<u32>(out, x1, 16), store<u32>(out, x2, 32), store<u32>(out, x3, 48);
}
