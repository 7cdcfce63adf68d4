// A match that was found at a stop, and where it best begins and ends.
import { matchLengthBefore } from "./inline/matchlength";
import { STOP, offer, placeOf, priceOf } from "./inline/stop";
import { MAX_MATCH, MIN_MATCH } from "./inline/symbols";
import { lengthKind } from "./inline/token";
import { distancePrice, kindPrice } from "./prices";

const STOPS_BACK: usize = 16; // how many stops earlier than where it was found a match may begin

/** Offers a match of `length` bytes from `stop` on to the stops where it can end; it may begin earlier, if cheaper. */
export function offerMatch(stops: usize, stop: usize, data: usize, distance: u32, length: u32): void {
  const place = placeOf(stop), source = place - distance;
  const earlier = matchLengthBefore(place, source, min(MAX_MATCH - length, <u32>(source - data)));
  let from = stop, cheapest = priceOf(stop) + kindPrice(lengthKind(length));
  for (let first = stop - STOP, end = max(stops, stop - STOP * STOPS_BACK); first >= end; first -= STOP) {
    const more = <u32>(place - placeOf(first));
    if (more > earlier) break;
    const price = priceOf(first) + kindPrice(lengthKind(more + length));
    if (price < cheapest) cheapest = price, from = first;
  }
  const begin = placeOf(from), price = priceOf(from) + distancePrice(distance);
  for (let to = stop + STOP; placeOf(to) <= place + length; to += STOP) {
    const whole = <u32>(placeOf(to) - begin);
    if (whole >= MIN_MATCH) offer(to, price + kindPrice(lengthKind(whole)), from, distance);
  }
}
