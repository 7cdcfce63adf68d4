const MULTIPLIER: u64 = 0x9e3779b97f4a7c15; // golden ratio, as in SplitMix64: Steele, Lea, Flood, OOPSLA 2014

/** A bijection of 64 bits whose high bits depend on all. */
// @ts-ignore: decorator
@inline
export function mix(hash: u64): u64 {
  hash *= MULTIPLIER;
  return hash ^ (hash >> 32);
}

/**
 * A hash of bytes without NUL: `mix` of each little-endian word of eight, the last filled up with zeros, after those
 * before it. Byte strings of up to eight bytes never agree under one `seed`. Reads up to 7 bytes beyond the end.
 */
// @ts-ignore: decorator
@inline
export function hashOf(seed: u64, data: usize, end: usize): u64 {
  for (; data + 8 < end; data += 8) seed = mix(seed ^ load<u64>(data));
  return mix(seed ^ (load<u64>(data) & (~<u64>0 >> (64 - 8 * <u64>(end - data)))));
}
