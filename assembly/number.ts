/** Writes a whole number with at least `width` digits, and returns where it ends. */
export function number(out: usize, value: u64, width: u32): usize {
  let digits: u32 = 1;
  for (let rest = value / 10; rest > 0; rest /= 10) digits++;
  const end = out + max(digits, width);
  for (let at = end; at > out; value /= 10) store<u8>(--at, 48 + <u8>(value % 10));
  return end;
}
