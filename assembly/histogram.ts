/** Adds to `counts` (256 u32) how often each byte occurs in `length` bytes of `data`; zeros are counted eight at a time. */
export function countBytes(counts: usize, data: usize, length: u32): void {
  const wholeEnd = data + (length & ~7), end = data + length;
  let zeros: u32 = 0;
  for (; data < wholeEnd; data += 8) {
    let word = load<u64>(data);
    if (word == 0) {
      zeros += 8;
      continue;
    }
    for (let byte = 0; byte < 8; byte++, word >>= 8) count(counts, <u32>word & 255);
  }
  for (; data < end; data++) count(counts, load<u8>(data));
  store<u32>(counts, load<u32>(counts) + zeros);
}

// @ts-ignore: decorator
@inline
function count(counts: usize, value: u32): void {
  store<u32>(counts + 4 * value, load<u32>(counts + 4 * value) + 1);
}
