import { eightDigits } from "./digits";
import { BEYOND, LEAST, ROW, ROWS, layoutOf } from "./layout";
import { roundedWhole, shortestWhole } from "./nearest";

/**
 * Whether all four have a layout. That of powers of two is right too: below them the rounding interval is half as wide,
 * which of these few changes none (test/core/decimals.test.ts, "all exponents").
 */
// @ts-ignore: decorator
@inline
export function areOrdinary(magnitudes: v128): boolean {
  return i32x4.all_true(i32x4.lt_u(i32x4.sub(magnitudes, i32x4.splat(LEAST)), i32x4.splat(BEYOND - LEAST)));
}

/** Writes the two values of which the low half of `magnitudes` is. */
// @ts-ignore: decorator
@inline
export function writePair(out: usize, values: usize, magnitudes: v128, digits: u32, unit: f64): usize {
  const first = load<u32>(values), second = load<u32>(values, 4);
  const layout = layoutOf(first), nextLayout = layoutOf(second);
  const scaleAndLimit = v128.load(layout), next = v128.load(nextLayout);
  const scale = v128.shuffle<i64>(scaleAndLimit, next, 0, 2), limit = v128.shuffle<i64>(scaleAndLimit, next, 1, 3);
  const scaled = f64x2.mul(f64x2.promote_low_f32x4(magnitudes), scale);
  // Half the distance between neighbours is 2^-24 of the power of two.
  const half = i32x4.sub(v128.and(magnitudes, i32x4.splat(0x7f800000)), i32x4.splat(24 << 23));
  const s = digits
    ? roundedWhole(scaled, f64x2.splat(unit))
    : shortestWhole(scaled, f64x2.mul(f64x2.promote_low_f32x4(half), scale));
  const rows = <u32>i64x2.bitmask(f64x2.ge(s, limit)), all = eightDigits(s);
  out = writeOne(out, first, layout + ROWS + (rows & 1) * ROW, all, i64x2.extract_lane(all, 0));
  const others = v128.shuffle<i64>(all, all, 1, 1);
  return writeOne(out, second, nextLayout + ROWS + (rows >> 1) * ROW, others, i64x2.extract_lane(all, 1));
}

// @ts-ignore: decorator
@inline
function writeOne(out: usize, bits: u32, row: usize, all: v128, word: u64): usize {
  store<u8>(out, 0x2d); // -
  out += bits >> 31;
  v128.store(out, i8x16.add(v128.swizzle(all, v128.load(row)), v128.load(row, 16)));
  const zeros = <u32>clz(word) >> 3; // at the end
  out += max(<u32>load<u8>(row, 30) - zeros, <u32>load<u8>(row, 31));
  store<u8>(out, 0x2c);
  return out + 1;
}
