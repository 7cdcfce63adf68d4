/**
 * Adds each of `count` rows to the sum (f64) and the count (u32) of its centroid, and writes its squared distance from
 * it (f64). Rows and centroids are `width` bytes long, a multiple of 16, and sums twice that. Adding and taking away
 * `coarse` rounds what is added to a multiple of its last place, so that the sums are exact whatever their order.
 */
export function gather(
  sums: usize, counts: usize, distances: usize, rows: usize, labels: usize, count: u32, centroids: usize, width: usize,
  coarse: f64,
): void {
  const big = f64x2.splat(coarse);
  for (const end = labels + 4 * <usize>count; labels < end; labels += 4, distances += 8) {
    const label = <usize>load<u32>(labels);
    const ofLabel = counts + 4 * label;
    store<u32>(ofLabel, load<u32>(ofLabel) + 1);
    let c = centroids + label * width, sum = sums + 2 * label * width;
    let lowSquares = f64x2.splat(0), highSquares = lowSquares;
    for (const rowEnd = rows + width; rows < rowEnd; rows += 16, c += 16, sum += 32) {
      const x = v128.load(rows);
      const apart = f32x4.sub(x, v128.load(c));
      const low = f64x2.promote_low_f32x4(apart), high = upper(apart);
      lowSquares = f64x2.add(lowSquares, f64x2.mul(low, low));
      highSquares = f64x2.add(highSquares, f64x2.mul(high, high));
      v128.store(sum, f64x2.add(v128.load(sum), f64x2.sub(f64x2.add(f64x2.promote_low_f32x4(x), big), big)));
      v128.store(sum, f64x2.add(v128.load(sum, 16), f64x2.sub(f64x2.add(upper(x), big), big)), 16);
    }
    const squares = f64x2.add(lowSquares, highSquares);
    store<f64>(distances, f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1));
  }
}

// @ts-ignore: decorator
@inline
function upper(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 1));
}
