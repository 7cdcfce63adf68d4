// The head of a bzip2 block: which bytes occur, which code is used where, and the codes. Faults: 0 none, 1 the data end
// before the head does, 2 not a head.
import { bitsAt } from "./inline/bitsat";
import { CODE_TABLE_BYTES, makeCodes } from "./bzip2codes";
import { AT, BYTES, BYTE_COUNT, CODES, GROUPS, LENGTHS, ORDER, SELECTORS, SELECTOR_COUNT } from "./inline/bzip2work";

/** Reads from the bit that `work` names on, and moves it; `end` is the number of bits. The layout is inline/bzip2work. */
export function readTables(work: usize, data: usize, end: u32): u32 {
  let at = load<u32>(work + AT);
  const ranges = bitsAt(data, at) >>> 16;
  at += 16;
  let used: u32 = 0;
  for (let range: u32 = 0; range < 16; range++) {
    if (!(ranges & (0x8000 >>> range))) continue;
    const inRange = bitsAt(data, at) >>> 16;
    at += 16;
    for (let i: u32 = 0; i < 16; i++) {
      if (inRange & (0x8000 >>> i)) store<u8>(work + BYTES + used++, <u8>(16 * range + i));
    }
  }
  const head = bitsAt(data, at), groups = head >>> 29, selectors = (head >>> 14) & 0x7fff;
  at += 18;
  if (at > end) return 1;
  if (used == 0 || groups < 2 || groups > 6 || selectors == 0) return 2;
  for (let i: u32 = 0; i < groups; i++) store<u8>(work + ORDER + i, <u8>i);
  for (let i: u32 = 0; i < selectors; i++) {
    const place = clz(~bitsAt(data, at)); // ones before the first zero
    if (place >= groups) return at > end ? 1 : 2;
    at += place + 1;
    if (at > end) return 1;
    const group = load<u8>(work + ORDER + place);
    for (let to = work + ORDER + place; to > work + ORDER; to--) store<u8>(to, load<u8>(to - 1));
    store<u8>(work + ORDER, group);
    store<u8>(work + SELECTORS + i, group);
  }
  for (let group: u32 = 0; group < groups; group++) {
    let length = bitsAt(data, at) >>> 27;
    at += 5;
    for (let symbol: u32 = 0; symbol < used + 2; symbol++) {
      // 0 ends, 10 is one longer, 11 one shorter
      while (true) {
        if (at > end) return 1;
        if (length < 1 || length > 20) return 2;
        const step = bitsAt(data, at) >>> 30;
        at += step < 2 ? 1 : 2;
        if (step < 2) break;
        length += step == 2 ? 1 : -1;
      }
      store<u8>(work + LENGTHS + symbol, <u8>length);
    }
    if (!makeCodes(work + CODES + group * CODE_TABLE_BYTES, work + LENGTHS, used + 2)) return 2;
  }
  store<u32>(work + AT, at);
  store<u32>(work + BYTE_COUNT, used);
  store<u32>(work + GROUPS, groups);
  store<u32>(work + SELECTOR_COUNT, selectors);
  return 0;
}
