// The cheapest way along a list of stops, and its tokens.
import { countToken } from "./counts";
import { matchLength } from "./inline/matchlength";
import { distanceBack, farEntry, nearEntry, sameBytes } from "./inline/recent";
import { STOP, before, bytesOf, distanceTo, offer, placeOf, priceOf } from "./inline/stop";
import { MAX_MATCH } from "./inline/symbols";
import { lengthKind, matchToken } from "./inline/token";
import { offerMatch } from "./match";
import { distancePrice, kindPrice } from "./prices";

const MIN_FOUND: u32 = 4; // shorter matches are found only where they go on before the stop
const ENOUGH: usize = 16; // where a match goes on for as many bytes, no other is looked for

/**
 * Finds the cheapest way from the first to the last of the stops by literals, repeats of the byte before, and matches:
 * of the two that the tables know at a place, the one that agrees for longer. `distance` is that of a match to begin
 * with, or 0.
 */
export function findPath(stops: usize, last: usize, data: usize, recent: usize, distance: u32): void {
  const end = placeOf(last), repeatPrice = distancePrice(1);
  store<u32>(last + STOP, <u32>end + 1); // no match reaches it
  store<u32>(stops, 0, 4);
  let matchEnd: usize = 0; // up to here the match at `distance` was offered
  if (distance) {
    const place = placeOf(stops), length = matchLength(place, place - distance, 0, min(MAX_MATCH, <u32>(end - place)));
    offerMatch(stops, stops, data, distance, length);
    matchEnd = place + length;
  }
  for (let stop = stops; stop < last; stop += STOP) {
    const repeats = bytesOf(stop);
    if (repeats > 1) {
      offer(stop + STOP, priceOf(stop) + repeatPrice + kindPrice(lengthKind(repeats)), stop, 1);
      continue;
    }
    const place = placeOf(stop), offset = <u32>(place - data), word = load<u64>(place);
    offer(stop + STOP, priceOf(stop) + kindPrice(<u32>word & 255), stop, 0);
    const nearAt = nearEntry(recent, word), farAt = farEntry(recent, stop, word);
    const near = distanceBack(nearAt, offset), far = distanceBack(farAt, offset);
    store<u16>(nearAt, <u16>offset), store<u16>(farAt, <u16>offset);
    if (place + ENOUGH < matchEnd) continue;
    const sameNear = sameBytes(place, word, near), sameFar = sameBytes(place, word, far);
    const limit = min(MAX_MATCH, <u32>(end - place));
    const same = min(max(sameNear, sameFar), limit), found = select(far, near, sameFar >= sameNear);
    if (same < MIN_FOUND || (found == distance && place < matchEnd)) continue;
    const length = same < 8 ? same : matchLength(place, place - found, 8, limit);
    offerMatch(stops, stop, data, found, length);
    distance = found, matchEnd = place + length;
  }
}

/** Writes and counts the tokens of the way to `last` and returns their end; makes them backwards from `scratchEnd`. */
export function putPath(stops: usize, last: usize, tokens: usize, scratchEnd: usize): usize {
  let first = scratchEnd;
  for (let stop = last; stop != stops; stop = before(stop)) {
    const from = placeOf(before(stop)), distance = distanceTo(stop);
    const token = distance ? matchToken(<u32>(placeOf(stop) - from), distance) : <u32>load<u8>(from);
    countToken(token);
    first -= 4;
    store<u32>(first, token);
  }
  memory.copy(tokens, first, scratchEnd - first);
  return tokens + (scratchEnd - first);
}
