import { decimals } from "./decimals";
import { number } from "./number";

/** What a part of a line is made from; src/core/lines.ts writes them in this order. */
const TEXT: u32 = 0, CODED: u32 = 1, NUMBERED: u32 = 2, FLOATS: u32 = 3, NUMBER: u32 = 4, ROW: u32 = 5;

/**
 * Writes the parts of line after line, for rows from number `firstLow` + 2^32 `firstHigh` on, and returns the number of
 * bytes. `parts` describes `count` parts, 32 bytes each: kind, data, pieces, stride, divisor, modulus, length, digits (u32).
 *
 * TEXT: the piece at `pieces`. CODED: piece number code (u8, one a row, at `data`). NUMBERED: piece number (n / divisor) mod
 * modulus, n being a u32 a row. FLOATS: `length` f32 a row, with commas between. NUMBER: a u32 a row. ROW: the row's number
 * with at least `length` digits. Piece i lies at pieces + i * stride: its length (u32), and from byte 16 its bytes, padded to
 * a multiple of 16. Up to 31 bytes beyond the text are overwritten.
 */
export function lines(out: usize, parts: usize, count: u32, rows: u32, firstLow: u32, firstHigh: u32): u32 {
  const begin = out, end = parts + 32 * count, first = <u64>firstLow | (<u64>firstHigh << 32);
  for (let row: u32 = 0; row < rows; row++) {
    for (let part = parts; part < end; part += 32) {
      const kind = load<u32>(part), data = load<u32>(part, 4);
      if (kind == CODED) out = piece(out, part, load<u8>(data + row));
      else if (kind == TEXT) out = piece(out, part, 0);
      else if (kind == NUMBERED)
        out = piece(out, part, (load<u32>(data + 4 * row) / load<u32>(part, 16)) % load<u32>(part, 20));
      else if (kind == FLOATS) {
        const length = load<u32>(part, 24);
        out += decimals(out, data + 4 * row * length, length, load<u32>(part, 28));
      } else if (kind == NUMBER) out = number(out, load<u32>(data + 4 * row), 1);
      else if (kind == ROW) out = number(out, first + row, load<u32>(part, 24));
    }
  }
  return <u32>(out - begin);
}

// @ts-ignore: decorator
@inline
function piece(out: usize, part: usize, at: u32): usize {
  const from = load<u32>(part, 8) + at * load<u32>(part, 12);
  const length = load<u32>(from);
  for (let done: u32 = 0; done < length; done += 16) v128.store(out + done, v128.load(from + done, 16));
  return out + length;
}
