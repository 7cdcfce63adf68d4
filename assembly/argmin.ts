const FIRST_FOUR = memory.data<u32>([0, 1, 2, 3], 16);

/** Writes for each of `count` rows of 4 * `fours` scores the number (u32) of the least, the first of equal ones. */
export function argmin(out: usize, scores: usize, count: u32, fours: u32): void {
  for (const end = out + 4 * <usize>count; out < end; out += 4) {
    let least = f32x4.splat(Infinity), at = i32x4.splat(0), number = v128.load(FIRST_FOUR);
    for (const rowEnd = scores + (<usize>fours << 4); scores < rowEnd; scores += 16) {
      const score = v128.load(scores);
      const isLess = f32x4.lt(score, least);
      least = f32x4.pmin(least, score);
      at = v128.bitselect(number, at, isLess);
      number = i32x4.add(number, i32x4.splat(4));
    }
    let best = f32x4.extract_lane(least, 0), which = <u32>i32x4.extract_lane(at, 0);
    for (let lane: u32 = 1; lane < 4; lane++) {
      least = v128.shuffle<u32>(least, least, 1, 2, 3, 0), at = v128.shuffle<u32>(at, at, 1, 2, 3, 0);
      const score = f32x4.extract_lane(least, 0), other = <u32>i32x4.extract_lane(at, 0);
      if (score < best || (score == best && other < which)) best = score, which = other;
    }
    store<u32>(out, which);
  }
}
