/** A character that parts words: ASCII and Latin-1 signs, general, CJK and full-width punctuation. */
// @ts-ignore: decorator
@inline
export function isSeparator(code: u32): bool {
  if (code < 0x80) return !(isWithin(code | 0x20, 0x61, 0x7a) || isWithin(code, 0x30, 0x39));
  return code < 0xc0 || isWithin(code, 0x2000, 0x206f) || isWithin(code, 0x3000, 0x303f) || isWithin(code, 0xff00, 0xff0f);
}

/** The lower case of ASCII, Latin-1, Greek and Cyrillic capitals, as long in UTF-8; other characters as they are. */
// @ts-ignore: decorator
@inline
export function lowerCase(code: u32): u32 {
  if (isWithin(code, 0x41, 0x5a)) return code + 0x20;
  if (isWithin(code, 0xc0, 0xde) && code != 0xd7) return code + 0x20;
  if (isWithin(code, 0x391, 0x3a9) || isWithin(code, 0x410, 0x42f)) return code + 0x20;
  return isWithin(code, 0x400, 0x40f) ? code + 0x50 : code;
}

// @ts-ignore: decorator
@inline
function isWithin(code: u32, first: u32, last: u32): bool {
  return code - first <= last - first;
}
