import { alignBits, beginBits, bitsToAlign, putBits } from "./bitstream";
import { planCodeLengths, putCodeLengths } from "./codelengths";
import { canonicalCodes, codeLengths } from "./huffman";
import {
  DISTANCES, END_OF_BLOCK, LITERALS, MAX_MATCH, MIN_MATCH, distanceExtra, distanceSymbol, lengthExtra, lengthSymbol,
} from "./inline/symbols"; // prettier-ignore
import { distanceOf, kindOf, lengthKind } from "./inline/token";
import { DISTANCE_COUNTS, LITERAL_COUNTS, sumKinds } from "./prices";

const STORED: u32 = 0, FIXED: u32 = 1, DYNAMIC: u32 = 2; // types of blocks
const STORED_MAX: u32 = 65535;

const FIXED_LENGTHS = memory.data(288 + 32, 16); // u8, of both codes, one after the other
memory.fill(FIXED_LENGTHS, 8, 144), memory.fill(FIXED_LENGTHS + 144, 9, 112), memory.fill(FIXED_LENGTHS + 256, 7, 24);
memory.fill(FIXED_LENGTHS + 280, 8, 8), memory.fill(FIXED_LENGTHS + 288, 5, 32);

const LENGTHS = memory.data(LITERALS + DISTANCES, 16); // the same of the block; the second begins where the first ends
const CODES = memory.data(288 * 2, 16), DISTANCE_CODES = memory.data(32 * 2, 16); // u16
const KIND_CODES = memory.data(512 * 4, 16); // u32: code and extra bits, from bit 24 on how many they are

/** Writes the tokens, which are counted and stand for the `length` bytes at `source`, in the shortest kind of block. */
export function putBlock(tokens: usize, end: usize, source: usize, length: u32): void {
  sumKinds();
  store<u32>(LITERAL_COUNTS + 4 * END_OF_BLOCK, 1);
  codeLengths(LITERAL_COUNTS, LITERALS, 15, LENGTHS);
  let literals = LITERALS, distances = DISTANCES;
  while (!load<u8>(LENGTHS + literals - 1)) literals--;
  codeLengths(DISTANCE_COUNTS, DISTANCES, 15, LENGTHS + literals);
  while (!load<u8>(LENGTHS + literals + distances - 1)) distances--;

  const dynamic: u32 = 14 + planCodeLengths(LENGTHS, literals + distances) + bitsWith(LENGTHS, literals);
  const fixed: u32 = bitsWith(FIXED_LENGTHS, 288);
  const stored: u32 = bitsToAlign(3) + 32 + 8 * length + 40 * ((length - 1) / STORED_MAX);
  if (stored <= min(dynamic, fixed)) putStored(source, length);
  else if (fixed <= dynamic) {
    putBits(FIXED << 1, 3);
    putTokens(tokens, end, FIXED_LENGTHS, 288, DISTANCES);
  } else {
    putBits(DYNAMIC << 1, 3);
    putCodeLengths(literals, distances);
    putTokens(tokens, end, LENGTHS, literals, distances);
  }
}

/** Writes an empty stored block, which ends at a byte. */
export function putEmptyBlock(): usize {
  putBits(STORED << 1, 3);
  const out = alignBits();
  store<u32>(out, 0xffff0000);
  return out + 4;
}

function bitsWith(lengths: usize, literals: u32): u32 {
  let bits: u32 = 0;
  for (let symbol: u32 = 0; symbol < LITERALS; symbol++) {
    bits += load<u32>(LITERAL_COUNTS + 4 * symbol) * (load<u8>(lengths + symbol) + lengthExtra(symbol));
  }
  for (let symbol: u32 = 0; symbol < DISTANCES; symbol++) {
    bits += load<u32>(DISTANCE_COUNTS + 4 * symbol) * (load<u8>(lengths + literals + symbol) + distanceExtra(symbol));
  }
  return bits;
}

function putStored(source: usize, length: u32): void {
  for (const end = source + length; source < end; ) {
    const part = min(<u32>(end - source), STORED_MAX);
    putBits(STORED << 1, 3);
    const out = alignBits();
    store<u32>(out, part | (~part << 16));
    memory.copy(out + 4, source, part);
    beginBits(out + 4 + part);
    source += part;
  }
}

function putTokens(tokens: usize, end: usize, lengths: usize, literals: u32, distances: u32): void {
  const distanceLengths = lengths + literals;
  canonicalCodes(lengths, literals, CODES);
  canonicalCodes(distanceLengths, distances, DISTANCE_CODES);
  for (let byte: u32 = 0; byte < 256; byte++) {
    store<u32>(KIND_CODES + 4 * byte, load<u16>(CODES + 2 * byte) | (<u32>load<u8>(lengths + byte) << 24));
  }
  for (let length = MIN_MATCH; length <= MAX_MATCH; length++) {
    const symbol = lengthSymbol(length), extra = lengthExtra(symbol), codeLength = <u32>load<u8>(lengths + symbol);
    const bits = load<u16>(CODES + 2 * symbol) | (((length - MIN_MATCH) & ((1 << extra) - 1)) << codeLength);
    store<u32>(KIND_CODES + 4 * lengthKind(length), bits | ((codeLength + extra) << 24));
  }
  for (; tokens < end; tokens += 4) {
    const token = load<u32>(tokens), kind = load<u32>(KIND_CODES + 4 * kindOf(token)), distance = distanceOf(token);
    let bits: u64 = kind & 0xffffff, count: u64 = kind >> 24;
    if (distance) {
      const symbol = distanceSymbol(distance), extra = distanceExtra(symbol);
      bits |= <u64>load<u16>(DISTANCE_CODES + 2 * symbol) << count;
      count += load<u8>(distanceLengths + symbol);
      bits |= <u64>((distance - 1) & ((1 << extra) - 1)) << count;
      count += extra;
    }
    putBits(bits, count);
  }
  putBits(load<u16>(CODES + 2 * END_OF_BLOCK), load<u8>(lengths + END_OF_BLOCK));
}
