/** CRC-32 of ISO 3309 and zip, one bit at a time: reflected polynomial 0xedb88320. */
export function crc32(bytes: Uint8Array, crc = 0): number {
  crc = ~crc;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
