// A block of tokens (RFC 1951, 3.2.3): in the fixed codes, in codes of its own, or stored.
import { putBits } from "./bitstream";
import { planCodeLengths, putCodeLengths } from "./codelengths";
import { DISTANCE_COUNTS, LITERAL_COUNTS, sumKinds } from "./counts";
import { codeLengths } from "./huffman";
import { DISTANCES, END_OF_BLOCK, LITERALS, distanceExtra, lengthExtra } from "./inline/symbols";
import { putStored, storedBits } from "./stored";
import { putTokens } from "./tokens";

const FIXED: u32 = 1, DYNAMIC: u32 = 2; // types of blocks

const FIXED_LENGTHS = memory.data(288 + 32, 16); // u8, of both codes, one after the other
memory.fill(FIXED_LENGTHS, 8, 144), memory.fill(FIXED_LENGTHS + 144, 9, 112), memory.fill(FIXED_LENGTHS + 256, 7, 24);
memory.fill(FIXED_LENGTHS + 280, 8, 8), memory.fill(FIXED_LENGTHS + 288, 5, 32);

const LENGTHS = memory.data(LITERALS + DISTANCES, 16); // the same of the block; the second begins where the first ends

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
  const stored: u32 = storedBits(length);
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

/** How many bits the tokens and the end of the block take in the codes of these lengths. */
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
