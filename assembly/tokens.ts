// The tokens of a block in its two codes (RFC 1951, 3.2.5).
import { putBits } from "./bitstream";
import { canonicalCodes } from "./canonical";
import {
  END_OF_BLOCK, MAX_MATCH, MIN_MATCH, distanceExtra, distanceSymbol, lengthExtra, lengthSymbol,
} from "./inline/symbols"; // prettier-ignore
import { distanceOf, kindOf, lengthKind } from "./inline/token";

const CODES = memory.data(288 * 2, 16), DISTANCE_CODES = memory.data(32 * 2, 16); // u16
const KIND_CODES = memory.data(512 * 4, 16); // u32: code and extra bits, from bit 24 on how many they are

/** Writes the tokens and the end of the block in the codes of these `lengths`: `literals`, then `distances`. */
export function putTokens(tokens: usize, end: usize, lengths: usize, literals: u32, distances: u32): void {
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
