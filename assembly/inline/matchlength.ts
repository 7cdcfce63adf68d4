/** How many bytes at `a` and at `b` are the same, at most `limit`; the first `known` are. Reads up to 7 bytes more. */
// @ts-ignore: decorator
@inline
export function matchLength(a: usize, b: usize, known: u32, limit: u32): u32 {
  for (; known < limit; known += 8) {
    const difference = load<u64>(a + known) ^ load<u64>(b + known);
    if (difference) return min(known + (<u32>ctz(difference) >> 3), limit);
  }
  return limit;
}

/** How many bytes before `a` and before `b` are the same, at most `limit`. Reads up to 8 bytes more. */
// @ts-ignore: decorator
@inline
export function matchLengthBefore(a: usize, b: usize, limit: u32): u32 {
  for (let known: u32 = 0; known < limit; known += 8) {
    const difference = load<u64>(a - known - 8) ^ load<u64>(b - known - 8);
    if (difference) return min(known + (<u32>clz(difference) >> 3), limit);
  }
  return limit;
}
