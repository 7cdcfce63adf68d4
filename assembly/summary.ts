/**
 * Writes the summary of `count` float32 values to `into`, five f64: minimum, maximum, sum, sum of squares, number of NaN.
 * A NaN counts in the last only. Sums run in float64 over four lanes, added in a fixed order at the end.
 */
export function summarize(into: usize, values: usize, count: u32): void {
  let least = f32x4.splat(Infinity), most = f32x4.splat(-Infinity);
  let sumLow = f64x2.splat(0), sumHigh = sumLow, squareLow = sumLow, squareHigh = sumLow;
  let numbers = i32x4.splat(0); // minus the count of lanes that held a number
  const wholeEnd = values + 16 * (count >> 2), end = values + 4 * count;
  for (; values < wholeEnd; values += 16) {
    const raw = v128.load(values);
    const isNumber = f32x4.eq(raw, raw);
    const x = v128.and(raw, isNumber);
    numbers = i32x4.add(numbers, isNumber);
    least = f32x4.pmin(least, raw); // pmin(a, b) is b < a ? b : a, so a NaN never enters
    most = f32x4.pmax(most, raw);
    const low = f64x2.promote_low_f32x4(x);
    const high = f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 1));
    sumLow = f64x2.add(sumLow, low);
    sumHigh = f64x2.add(sumHigh, high);
    squareLow = f64x2.add(squareLow, f64x2.mul(low, low));
    squareHigh = f64x2.add(squareHigh, f64x2.mul(high, high));
  }
  least = f32x4.pmin(least, v128.shuffle<i64>(least, least, 1, 1));
  most = f32x4.pmax(most, v128.shuffle<i64>(most, most, 1, 1));
  let min: f64 = Math.min(f32x4.extract_lane(least, 0), f32x4.extract_lane(least, 1));
  let max: f64 = Math.max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1));
  let sum = lanes(sumLow) + lanes(sumHigh), squares = lanes(squareLow) + lanes(squareHigh);
  const pairs = i64x2.extend_low_i32x4_s(numbers), morePairs = i64x2.extend_high_i32x4_s(numbers);
  const counted = i64x2.add(pairs, morePairs);
  let nan: f64 = <f64>(<i64>(count & ~3) + i64x2.extract_lane(counted, 0) + i64x2.extract_lane(counted, 1));
  for (; values < end; values += 4) {
    const x: f64 = load<f32>(values);
    if (x != x) {
      nan += 1;
      continue;
    }
    if (x < min) min = x;
    if (x > max) max = x;
    sum += x;
    squares += x * x;
  }
  store<f64>(into, min), store<f64>(into, max, 8), store<f64>(into, sum, 16);
  store<f64>(into, squares, 24), store<f64>(into, nan, 32);
}

// @ts-ignore: decorator
@inline
function lanes(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}
