// The lengths of a block's codes, as its header has them (RFC 1951, 3.2.7): with runs, and coded themselves.
import { putBits } from "./bitstream";
import { canonicalCodes } from "./canonical";
import { codeLengths } from "./huffman";
import { increment } from "./inline/increment";

const SYMBOLS: u32 = 19, REPEAT: u32 = 16, ZEROS: u32 = 17, MANY_ZEROS: u32 = 18; // those below 16 are lengths
const ORDER = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);

const RUNS = memory.data(320 * 2, 16); // u8 symbol, u8 extra bits
const COUNTS = memory.data(SYMBOLS * 4, 16); // u32
const LENGTHS = memory.data(SYMBOLS, 16); // u8
const CODES = memory.data(SYMBOLS * 2, 16); // u16

let runsEnd: usize = RUNS;
let sent: u32 = 0; // how many of LENGTHS are in the header

/** Prepares the `count` lengths for `putCodeLengths` and returns how many bits they take. */
export function planCodeLengths(lengths: usize, count: u32): u32 {
  memory.fill(COUNTS, 0, 4 * SYMBOLS);
  runsEnd = RUNS;
  for (let at = lengths, end = lengths + count; at < end; ) {
    const length = <u32>load<u8>(at);
    let same: u32 = 1;
    while (at + same < end && load<u8>(at + same) == length) same++;
    at += same;
    if (length) addRun(length, 0), same--;
    while (same >= 3) {
      const most: u32 = length ? 6 : 138;
      const run = min(same, most);
      if (length) addRun(REPEAT, run - 3);
      else if (run < 11) addRun(ZEROS, run - 3);
      else addRun(MANY_ZEROS, run - 11);
      same -= run;
    }
    for (; same; same--) addRun(length, 0);
  }
  codeLengths(COUNTS, SYMBOLS, 7, LENGTHS);
  sent = SYMBOLS;
  while (!load<u8>(LENGTHS + load<u8>(ORDER + sent - 1))) sent--;
  let bits = 3 * sent;
  for (let symbol: u32 = 0; symbol < SYMBOLS; symbol++) {
    bits += load<u32>(COUNTS + 4 * symbol) * (load<u8>(LENGTHS + symbol) + extraBits(symbol));
  }
  return bits;
}

/** Appends what was planned; `literals` and `distances` are how many lengths the two codes have. */
export function putCodeLengths(literals: u32, distances: u32): void {
  putBits((literals - 257) | ((distances - 1) << 5) | ((sent - 4) << 10), 14);
  for (let i: u32 = 0; i < sent; i++) putBits(load<u8>(LENGTHS + load<u8>(ORDER + i)), 3);
  canonicalCodes(LENGTHS, SYMBOLS, CODES);
  for (let run = RUNS; run < runsEnd; run += 2) {
    const symbol = <u32>load<u8>(run);
    putBits(load<u16>(CODES + 2 * symbol), load<u8>(LENGTHS + symbol));
    putBits(load<u8>(run, 1), extraBits(symbol));
  }
}

function addRun(symbol: u32, extra: u32): void {
  store<u8>(runsEnd, <u8>symbol), store<u8>(runsEnd, <u8>extra, 1);
  runsEnd += 2;
  increment(COUNTS + 4 * symbol, 1);
}

function extraBits(symbol: u32): u32 {
  return symbol < REPEAT ? 0 : symbol == REPEAT ? 2 : symbol == ZEROS ? 3 : 7;
}
