/**
 * Writes, row after row, the piece of text of each column's code, and returns the number of bytes. `columns` describes
 * `count` columns, 12 bytes each: codes (u8, one a row), pieces, stride. Piece i lies at pieces + i * stride: its length
 * (u32), and from byte 16 its bytes, padded to a multiple of 16. Up to 15 bytes beyond the text are overwritten.
 */
export function join(out: usize, columns: usize, count: u32, rows: u32): u32 {
  const begin = out, end = columns + 12 * count;
  for (let row: u32 = 0; row < rows; row++) {
    for (let column = columns; column < end; column += 12) {
      const code = <u32>load<u8>(load<u32>(column) + row);
      const piece = load<u32>(column, 4) + code * load<u32>(column, 8);
      const length = load<u32>(piece);
      for (let at: u32 = 0; at < length; at += 16) v128.store(out + at, v128.load(piece + at, 16));
      out += length;
    }
  }
  return out - begin;
}
