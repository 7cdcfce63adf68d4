import { isSeparator, lowerCase } from "./inline/letters";

/** Begins and ends every word that `splitWords` writes. */
export const BOUNDARY: u8 = 0x20;

/**
 * Writes the words of a text in UTF-8, which must be valid: lower-cased, one boundary between two, one before the first
 * and one after the last. Returns the end of at most `length + 2` bytes.
 */
export function splitWords(out: usize, text: usize, length: u32): usize {
  store<u8>(out++, BOUNDARY);
  for (const end = text + length; text < end; ) {
    const lead = <u32>load<u8>(text);
    if (lead >= 0xf0) {
      store<u32>(out, load<u32>(text));
      text += 4, out += 4;
      continue;
    }
    const size: usize = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : 3;
    const code = lowerCase(codeAt(text, lead));
    if (isSeparator(code)) {
      if (load<u8>(out - 1) != BOUNDARY) store<u8>(out++, BOUNDARY);
    } else {
      putCode(out, code, size);
      out += size;
    }
    text += size;
  }
  if (load<u8>(out - 1) != BOUNDARY) store<u8>(out++, BOUNDARY);
  return out;
}

/** The character of up to three bytes that begins with `lead`. */
// @ts-ignore: decorator
@inline
function codeAt(text: usize, lead: u32): u32 {
  if (lead < 0x80) return lead;
  const second = <u32>load<u8>(text, 1) & 0x3f;
  if (lead < 0xe0) return ((lead & 0x1f) << 6) | second;
  return ((lead & 0x0f) << 12) | (second << 6) | (<u32>load<u8>(text, 2) & 0x3f);
}

// @ts-ignore: decorator
@inline
function putCode(out: usize, code: u32, size: usize): void {
  if (size == 1) return store<u8>(out, <u8>code);
  if (size == 2) {
    store<u8>(out, <u8>(0xc0 | (code >> 6)));
  } else {
    store<u8>(out, <u8>(0xe0 | (code >> 12)));
    store<u8>(out, <u8>(0x80 | ((code >> 6) & 0x3f)), 1);
  }
  store<u8>(out + size - 1, <u8>(0x80 | (code & 0x3f)));
}
