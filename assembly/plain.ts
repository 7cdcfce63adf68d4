/** Writes digits * 10^exponent, `digits` not 0, as ECMAScript's Number::toString, with `.0` where that has neither point nor exponent. */
export function writePlain(out: usize, digits: u32, exponent: i32): usize {
  for (; digits % 10 == 0; digits /= 10) exponent++;
  const count = countDigits(digits), point = <i32>count + exponent; // the value is 0.digits * 10^point
  if (point > 21 || point < -5) {
    out = writeWithPoint(out, digits, count, 1, count > 1);
    store<u8>(out, 0x65); // e
    store<u8>(out, point > 0 ? 0x2b : 0x2d, 1);
    const power = <u32>abs(point - 1), length = countDigits(power);
    writeDigits(out + 2, power, length);
    return out + 2 + length;
  }
  if (exponent < 0 && point > 0) return writeWithPoint(out, digits, count, point, true);
  v128.store(out, i8x16.splat(0x30)), store<u64>(out, 0x3030303030303030, 16); // zeros
  if (point <= 0) {
    store<u8>(out, 0x2e, 1);
    writeDigits(out + 2 - point, digits, count);
    return out + 2 - point + count;
  }
  writeDigits(out, digits, count);
  store<u8>(out + point, 0x2e);
  return out + point + 2;
}

/** Writes the digits, those after the first `whole` moved by one for the point. */
function writeWithPoint(out: usize, digits: u32, count: u32, whole: u32, hasPoint: boolean): usize {
  if (!hasPoint) {
    writeDigits(out, digits, count);
    return out + count;
  }
  writeDigits(out + 1, digits, count);
  for (let at: u32 = 0; at < whole; at++) store<u8>(out + at, load<u8>(out + at, 1));
  store<u8>(out + whole, 0x2e);
  return out + count + 1;
}

// @ts-ignore: decorator
@inline
function writeDigits(out: usize, digits: u32, count: u32): void {
  for (out += count; count; count--, digits /= 10) store<u8>(--out, 0x30 + (digits % 10));
}

// @ts-ignore: decorator
@inline
function countDigits(value: u32): u32 {
  let count: u32 = 1;
  for (let power: u32 = 10; count < 10 && value >= power; power *= 10) count++;
  return count;
}
