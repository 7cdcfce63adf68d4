import { areOrdinary, writePair } from "./inline/ordinary";
import { writePlain } from "./plain";
import { rounded } from "./rounded";
import { shortest } from "./shortest";

/**
 * Writes `count` float32 as decimals separated by commas and returns the number of bytes, at most 24 a value and its comma.
 * `digits`: 0 for the shortest that reads back, or 1 to 9 significant ones. Up to 31 bytes beyond the text are overwritten.
 */
export function decimals(out: usize, values: usize, count: u32, digits: u32): usize {
  if (!count) return 0;
  const begin = out, end = values + 4 * count, isPaired = digits == 0 || digits - 2 < 6;
  let unit: f64 = 1;
  for (let i = digits; i < 7; i++) unit *= 10;
  while (values < end) {
    if (isPaired && values + 16 <= end) {
      const magnitudes = v128.and(v128.load(values), i32x4.splat(0x7fffffff));
      if (areOrdinary(magnitudes)) {
        out = writePair(out, values, magnitudes, digits, unit);
        out = writePair(out, values + 8, v128.shuffle<i64>(magnitudes, magnitudes, 1, 1), digits, unit);
        values += 16;
        continue;
      }
    }
    out = writeAny(out, load<u32>(values), digits);
    values += 4;
  }
  return out - begin - 1; // without the last comma
}

function writeAny(out: usize, bits: u32, digits: u32): usize {
  const magnitude = bits & 0x7fffffff;
  store<u8>(out, 0x2d);
  out += select<u32>(bits >> 31, 0, magnitude < 0x7f800000);
  if (magnitude >= 0x7f800000) {
    store<u32>(out, 0x6c6c756e); // null
    out += 4;
  } else if (magnitude == 0) {
    store<u32>(out, 0x302e30); // 0.0
    out += 3;
  } else {
    const decimal = digits ? rounded(magnitude, digits) : shortest(magnitude);
    out = writePlain(out, <u32>decimal, <i32>(decimal >> 32));
  }
  store<u8>(out, 0x2c);
  return out + 1;
}
