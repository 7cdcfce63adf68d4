const MINUS: u32 = 45, PLUS: u32 = 43, POINT: u32 = 46, ZERO: u32 = 48, COMMA: u32 = 44, SPACE: u32 = 32;
const CLOSE: u32 = 93, CASE: u32 = 32, SMALL_E: u32 = 101;
const ZERO_POINT: u16 = 0x2e30; // "0."
const MAX_WHOLE_DIGITS: usize = 20; // with an exponent below 10 such a number is finite as float32

/**
 * The place behind the bracket that closes a JSON array of `count` numbers (RFC 8259, section 6) which begins before `at`;
 * 0 where it is something else, or a number is written so that it may not be finite as float32. Reads up to 16 bytes
 * behind `end`, which must be 0.
 */
export function plainNumbers(at: usize, end: usize, count: u32): usize {
  for (let number: u32 = 1; at < end; number++) {
    const fast = behindFraction(at);
    if (fast != 0 && number < count) {
      at = fast;
      continue;
    }
    if (load<u8>(at) == SPACE) at++;
    if (load<u8>(at) == MINUS) at++;
    const whole = at;
    at = afterDigits(at);
    const digits = at - whole;
    if (digits == 0 || digits > MAX_WHOLE_DIGITS || (digits > 1 && load<u8>(whole) == ZERO)) return 0;
    if (load<u8>(at) == POINT) {
      const fraction = ++at;
      at = afterDigits(at);
      if (at == fraction) return 0;
    }
    if ((load<u8>(at) | CASE) == SMALL_E) {
      const sign = load<u8>(++at);
      if (sign == MINUS || sign == PLUS) at++;
      const exponent = at;
      at = afterDigits(at);
      if (at == exponent || (sign != MINUS && at - exponent > 1)) return 0;
    }
    const next = <u32>load<u8>(at++);
    if (next == CLOSE) return number == count && at <= end ? at : 0;
    if (next != COMMA || number == count) return 0;
  }
  return 0;
}

/** The place behind `-0.123,` where that stands within 16 bytes, as it does of nearly all numbers; otherwise 0. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function behindFraction(at: usize): usize {
  const sign = <usize>(<u32>load<u8>(at) == MINUS);
  const others = <u32>notDigits(at) >> <u32>(sign + 2); // those behind the point
  const digits = <usize>ctz(others);
  const next = at + sign + 2 + digits;
  const isFraction = load<u16>(at + sign) == ZERO_POINT && others != 0 && digits != 0 && load<u8>(next) == COMMA;
  return isFraction ? next + 1 : 0;
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function afterDigits(at: usize): usize {
  let others = 0;
  while ((others = notDigits(at)) == 0) at += 16;
  return at + <usize>ctz(others);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function notDigits(at: usize): i32 {
  return i8x16.bitmask(i8x16.gt_u(i8x16.sub(v128.load(at), i8x16.splat(48)), i8x16.splat(9)));
}
