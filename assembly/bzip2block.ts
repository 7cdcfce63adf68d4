import { bitsAt } from "./inline/bitsat";
import { CODE_TABLE_BYTES, readCode } from "./bzip2codes";
import { readTables } from "./bzip2tables";
import { AT, BLOCK, BYTE_COUNT, BYTES, CODES, COUNT, FREQUENCIES, ORDER, SELECTOR_COUNT, SELECTORS } from "./inline/bzip2work"; // prettier-ignore
import { openRuns } from "./bzip2runs";

const GROUP_SYMBOLS: u32 = 50;

/**
 * Decodes a block of bzip2 to `work` (51712 + 4 * `limit` bytes), from bit `at` of `data` on, behind the block's CRC, so
 * that `bzip2Runs` can write its bytes. `bits` is where the data end; 256 bytes behind them must be readable. The first
 * u32 of `work` becomes the bit behind the block. Returns 0, or a fault: 1 the data end first, 2 they are no block,
 * 3 the block is randomised as before bzip2 0.9.5.
 */
export function bzip2Block(work: usize, data: usize, at: u32, bits: u32, limit: u32): u32 {
  const head = bitsAt(data, at), origin = (head << 1) >>> 8;
  store<u32>(work + AT, at + 25);
  if (at + 25 > bits) return 1;
  if (head >>> 31) return 3;
  const fault = readTables(work, data, bits);
  return fault ? fault : readSymbols(work, data, bits, limit, origin);
}

function readSymbols(work: usize, data: usize, bits: u32, limit: u32, origin: u32): u32 {
  const used = load<u32>(work + BYTE_COUNT), selectors = load<u32>(work + SELECTOR_COUNT), order = work + ORDER;
  memory.copy(order, work + BYTES, 256);
  memory.fill(work + FREQUENCIES, 0, 1024);
  let at = load<u32>(work + AT), count: u32 = 0, run: u32 = 0, weight: u32 = 1;
  for (let group: u32 = 0; group < selectors; group++) {
    const table = work + CODES + CODE_TABLE_BYTES * load<u8>(work + SELECTORS + group);
    for (let i: u32 = 0; i < GROUP_SYMBOLS; i++) {
      const code = readCode(table, bitsAt(data, at)), symbol = code >>> 5;
      at += code & 31;
      if (!code) return at + 20 > bits ? 1 : 2;
      if (symbol < 2) {
        // The length of a run, in bijective base 2, the lowest digit first.
        run += weight << symbol;
        weight <<= 1;
        if (run > limit) return at > bits ? 1 : 2;
        continue;
      }
      if (run) {
        if (count + run > limit) return at > bits ? 1 : 2;
        const byte = <u32>load<u8>(order), frequency = work + FREQUENCIES + 4 * byte;
        store<u32>(frequency, load<u32>(frequency) + run);
        for (const end = count + run; count < end; count++) store<u32>(work + BLOCK + 4 * count, byte);
        run = 0;
        weight = 1;
      }
      if (symbol == used + 1) {
        store<u32>(work + AT, at);
        if (at > bits) return 1;
        if (origin >= count) return 2;
        store<u32>(work + COUNT, count);
        openRuns(work, count, origin);
        return 0;
      }
      if (count >= limit) return at > bits ? 1 : 2;
      const byte = <u32>load<u8>(order + symbol - 1), frequency = work + FREQUENCIES + 4 * byte;
      for (let to = order + symbol - 1; to > order; to--) store<u8>(to, load<u8>(to - 1));
      store<u8>(order, <u8>byte);
      store<u32>(frequency, load<u32>(frequency) + 1);
      store<u32>(work + BLOCK + 4 * count++, byte);
    }
    if (at > bits) return 1;
  }
  return 2;
}
