// CRC-32 of ISO 3309 and zip: reflected polynomial 0xedb88320, eight bytes a step ("slicing by eight": Kounavis, Berry,
// "A systematic approach to building high performance software-based CRC generators", ISCC 2005).
const TABLES = memory.data(8 * 1024, 16);
for (let i: u32 = 0; i < 256; i++) {
  let crc = i;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & (0 - (crc & 1)));
  store<u32>(TABLES + 4 * i, crc);
}
for (let i: u32 = 256; i < 2048; i++) {
  const before = load<u32>(TABLES + 4 * (i - 256));
  store<u32>(TABLES + 4 * i, (before >>> 8) ^ load<u32>(TABLES + 4 * (before & 255)));
}

/** The CRC-32 of the bytes seen so far followed by `length` bytes at `data`; `crc` is 0 before the first byte. */
export function crc32(crc: u32, data: usize, length: u32): u32 {
  crc = ~crc;
  const end = data + length, wholeEnd = data + (length & ~7);
  for (; data < wholeEnd; data += 8) {
    const low = crc ^ load<u32>(data), high = load<u32>(data, 4);
    crc =
      at(7, low) ^ at(6, low >>> 8) ^ at(5, low >>> 16) ^ at(4, low >>> 24) ^
      at(3, high) ^ at(2, high >>> 8) ^ at(1, high >>> 16) ^ at(0, high >>> 24); // prettier-ignore
  }
  for (; data < end; data++) crc = (crc >>> 8) ^ at(0, crc ^ load<u8>(data));
  return ~crc;
}

// @ts-ignore: decorator
@inline
function at(table: usize, byte: u32): u32 {
  return load<u32>(TABLES + (table << 10) + ((byte & 255) << 2));
}
