// Deflate, list of stops by list of stops. In the order of the work:
// - stops.ts lists the places where tokens may begin; of the history they only enter the tables of inline/recent.ts
//   (history.ts).
// - path.ts finds the cheapest tokens from the first stop to the last, at the prices of prices.ts, with the matches of
//   match.ts; it counts them (counts.ts), which makes the prices for the next list.
// - block.ts writes the tokens of several lists: the lengths of their codes (huffman.ts) as its header (codelengths.ts)
//   and the tokens in these codes (tokens.ts, canonical.ts), or the bytes themselves (stored.ts).
// - bitstream.ts takes the bits.
import { beginBits } from "./bitstream";
import { putBlock } from "./block";
import { clearCounts, countToken } from "./counts";
import { remember } from "./history";
import { RECENT_BYTES } from "./inline/recent";
import { STOP, before, bytesOf, distanceTo, placeOf } from "./inline/stop";
import { matchToken } from "./inline/token";
import { findPath, putPath } from "./path";
import { setPrices } from "./prices";
import { STOPS, STOPS_BYTES, listStops } from "./stops";
import { putEmptyBlock } from "./stored";

const BLOCK_TOKENS: u32 = 32768; // a block ends with the list of stops that completes them

/**
 * Writes the raw deflate bytes (RFC 1951) of the `length` bytes that follow `history` bytes, at most 32768, at `data`,
 * and returns how many they are: blocks of which none is final, the last of them empty, so that it ends at a byte.
 *
 * Overwrites the byte before the data, 16 after them, and up to 3 after the output; reads up to 65535 before the data,
 * without effect. `work` has 256 KiB.
 */
export function deflate(out: usize, data: usize, history: u32, length: u32, work: usize): u32 {
  const recent = work, stops = recent + RECENT_BYTES, tokens = stops + STOPS_BYTES;
  const tokensEnd = tokens + 4 * BLOCK_TOKENS, scratchEnd = tokensEnd + 2 * (4 * STOPS);
  const begin = data + history, end = begin + length;
  store<u8>(data - 1, ~load<u8>(data)); // the first byte repeats nothing
  v128.store(end, i64x2.splat(0)); // what is read there is always the same
  memory.fill(recent, 0, RECENT_BYTES);
  for (let place = data; place < begin; ) {
    const last = listStops(stops, place, begin);
    remember(stops, last, data, recent);
    place = placeOf(last);
  }

  beginBits(out);
  let distance: u32 = 0;
  for (let place = begin, block = begin, token = tokens; place < end; ) {
    let last = listStops(stops, place, end);
    if (place == begin) guessPrices(stops, last);
    if (token == tokens) clearCounts();
    findPath(stops, last, data, recent, distance);
    const isWhole = placeOf(last) == end;
    distance = isWhole ? 0 : distanceTo(last);
    if (distance) last = before(last); // a match that ends with the list may go on: it is left to the next one
    token = putPath(stops, last, token, scratchEnd);
    setPrices();
    place = placeOf(last);
    if (token >= tokensEnd || isWhole) {
      putBlock(tokens, token, block, <u32>(place - block));
      token = tokens, block = place;
    }
  }
  return <u32>(putEmptyBlock() - out);
}

/** Sets the prices to those of the stops' tokens when the only matches are repeats of the byte before. */
function guessPrices(stops: usize, last: usize): void {
  clearCounts();
  for (let stop = stops; stop < last; stop += STOP) {
    const repeats = bytesOf(stop);
    countToken(repeats > 1 ? matchToken(repeats, 1) : <u32>load<u8>(placeOf(stop)));
  }
  setPrices();
}
