import { FEATURE } from "./features";
import { single } from "./philox";

const MAX_GROUPS: u32 = 8; // of 512 signs each
/** Features for one pass over the sums. */
export const AT_ONCE: usize = 4;
const SIGNS = memory.data(AT_ONCE * MAX_GROUPS * 64, 16);
const STRIDE: usize = MAX_GROUPS * 64; // bytes of the signs of a feature

/**
 * Adds weight times signs of the features to `dim` sums (f32), `dim` a multiple of 128 up to 4096.
 * Features come `AT_ONCE` at a time. Dimension 512 g + 128 w + 4 b + l has the sign of bit 31 - b of lane l of vector w of group g;
 * counters are (4 g + l, feature low, feature high, stream).
 */
export function addSigns(sums: usize, features: usize, end: usize, dim: u32, stream: u32): void {
  const groups = (dim + 511) / 512, vectorsEnd = SIGNS + dim / 8;
  for (; features < end; features += AT_ONCE * FEATURE) {
    for (let f: usize = 0; f < AT_ONCE; f++) {
      const low = load<u32>(features + f * FEATURE), high = load<u32>(features + f * FEATURE, 4);
      single(SIGNS + f * STRIDE, groups, 0, low, high, stream);
    }
    let sum = sums;
    for (let vector = SIGNS; vector < vectorsEnd; vector += 16, sum += 512) addFour(sum, vector, features);
  }
}

// @ts-ignore: decorator
@inline
function addFour(sums: usize, vector: usize, features: usize): void {
  const minus = i32x4.splat(i32.MIN_VALUE);
  const w0 = v128.load32_splat(features, 8), w1 = v128.load32_splat(features, 8 + FEATURE);
  const w2 = v128.load32_splat(features, 8 + 2 * FEATURE), w3 = v128.load32_splat(features, 8 + 3 * FEATURE);
  let s0 = v128.load(vector), s1 = v128.load(vector, STRIDE);
  let s2 = v128.load(vector, 2 * STRIDE), s3 = v128.load(vector, 3 * STRIDE);
  for (const end = sums + 512; sums < end; sums += 16) {
    let sum = v128.load(sums);
    sum = f32x4.add(sum, v128.xor(w0, v128.and(s0, minus)));
    sum = f32x4.add(sum, v128.xor(w1, v128.and(s1, minus)));
    sum = f32x4.add(sum, v128.xor(w2, v128.and(s2, minus)));
    sum = f32x4.add(sum, v128.xor(w3, v128.and(s3, minus)));
    v128.store(sums, sum);
    s0 = i32x4.shl(s0, 1), s1 = i32x4.shl(s1, 1), s2 = i32x4.shl(s2, 1), s3 = i32x4.shl(s3, 1);
  }
}
