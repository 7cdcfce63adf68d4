/** 25 bits or more from bit `at` on of the bytes at `data`, most significant first, in the highest bits of the result. */
// @ts-ignore: decorator
@inline
export function bitsAt(data: usize, at: u32): u32 {
  return bswap<u32>(load<u32>(data + (at >>> 3))) << (at & 7);
}
