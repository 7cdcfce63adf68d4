// The second half of a bzip2 block: the Burrows-Wheeler transform and the first run lengths are undone.
import { ALIKE, BLOCK, CRC, FREQUENCIES, LAST, LEFT, NEXT, REPEAT } from "./inline/bzip2work";

// CRC-32 of polynomial 0x04c11db7, most significant bit first.
const TABLE = memory.data(1024, 16);
for (let i: u32 = 0; i < 256; i++) {
  let crc = i << 24;
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (0x04c11db7 & (0 - (crc >>> 31)));
  store<u32>(TABLE + 4 * i, crc);
}

/** Links each byte of the block to the one that follows it in the text; `origin` is below `count`. */
export function openRuns(work: usize, count: u32, origin: u32): void {
  let sum: u32 = 0;
  for (let at = work + FREQUENCIES, end = at + 1024; at < end; at += 4) {
    const frequency = load<u32>(at);
    store<u32>(at, sum);
    sum += frequency;
  }
  const block = work + BLOCK;
  for (let i: u32 = 0; i < count; i++) {
    const place = work + FREQUENCIES + 4 * (load<u32>(block + 4 * i) & 255), to = load<u32>(place);
    store<u32>(place, to + 1);
    store<u32>(block + 4 * to, load<u32>(block + 4 * to) | (i << 8));
  }
  store<u32>(work + LEFT, count);
  store<u32>(work + NEXT, load<u32>(block + 4 * origin) >>> 8);
  store<u32>(work + ALIKE, 0);
  store<u32>(work + REPEAT, 0);
  store<u32>(work + CRC, 0xffffffff);
}

/**
 * Writes the next bytes of the block that `work` holds, at most `room`, and returns how many: 0 when all are written.
 * The u32 at `work` + 28 is then the complement of their CRC.
 */
export function bzip2Runs(work: usize, out: usize, room: u32): u32 {
  const block = work + BLOCK, end = out + room, first = out;
  let left = load<u32>(work + LEFT), next = load<u32>(work + NEXT), alike = load<u32>(work + ALIKE);
  let last = load<u32>(work + LAST), repeat = load<u32>(work + REPEAT), crc = load<u32>(work + CRC);
  while (out < end) {
    if (repeat) repeat--;
    else {
      if (!left) break;
      left--;
      const entry = load<u32>(block + 4 * next), byte = entry & 255;
      next = entry >>> 8;
      if (alike == 4) {
        // After four alike a byte says how many more there are.
        alike = 0;
        repeat = byte;
        continue;
      }
      alike = byte == last ? alike + 1 : 1;
      last = byte;
    }
    store<u8>(out++, <u8>last);
    crc = (crc << 8) ^ load<u32>(TABLE + 4 * ((crc >>> 24) ^ last));
  }
  store<u32>(work + LEFT, left);
  store<u32>(work + NEXT, next);
  store<u32>(work + ALIKE, alike);
  store<u32>(work + LAST, last);
  store<u32>(work + REPEAT, repeat);
  store<u32>(work + CRC, crc);
  return out - first;
}
