/**
 * Writes the mean of each of `count` clusters that have rows as its centroid, sum / number of rows, rounded to float32;
 * the centroids of others stay. Sums are `width` bytes of f64, a multiple of 32; centroids half as many.
 */
export function means(centroids: usize, sums: usize, counts: usize, count: u32, width: usize): void {
  for (const end = counts + 4 * <usize>count; counts < end; counts += 4) {
    const rows = load<u32>(counts);
    if (rows == 0) {
      sums += width, centroids += width >> 1;
      continue;
    }
    const divisor = f64x2.splat(<f64>rows);
    for (const sumEnd = sums + width; sums < sumEnd; sums += 32, centroids += 16) {
      const low = f32x4.demote_f64x2_zero(f64x2.div(v128.load(sums), divisor));
      const high = f32x4.demote_f64x2_zero(f64x2.div(v128.load(sums, 16), divisor));
      v128.store(centroids, v128.shuffle<i64>(low, high, 0, 2));
    }
  }
}

/** Writes |c|^2 / 2 (f32, rounded once from f64) for each of `count` centroids of `width` bytes, a multiple of 16. */
export function halfSquares(out: usize, centroids: usize, count: u32, width: usize): void {
  for (const end = out + 4 * <usize>count; out < end; out += 4) {
    let sum = f64x2.splat(0);
    for (const rowEnd = centroids + width; centroids < rowEnd; centroids += 16) {
      const c = v128.load(centroids);
      const low = f64x2.promote_low_f32x4(c), high = f64x2.promote_low_f32x4(v128.shuffle<i64>(c, c, 1, 1));
      sum = f64x2.add(sum, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)));
    }
    store<f32>(out, <f32>((f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1)) / 2));
  }
}
