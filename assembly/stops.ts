// The list of the stops, between which a path is sought.
import { matchLength } from "./inline/matchlength";
import { STOP, placeOf, setStop } from "./inline/stop";
import { MAX_MATCH, MIN_MATCH } from "./inline/symbols";

export const STOPS: u32 = 2048; // of a list, without the last
export const STOPS_BYTES: usize = STOP * (STOPS + 24); // what `setStops` writes too much, and one more for `findPath`

/**
 * Lists stops from `place` on, at most `STOPS` and as far as `end`, and returns the last, where no token of the list
 * begins. There is one at every byte, but of 4 equal bytes or more only at the first and at the second, for all that
 * repeat the first: whatever a token gains that begins or ends between these, another does as well.
 */
export function listStops(stops: usize, place: usize, end: usize): usize {
  const last = stops + STOP * STOPS;
  let stop = stops;
  while (stop < last && place < end) {
    const repeats: u32 = i8x16.bitmask(i8x16.eq(v128.load(place), v128.load(place - 1)));
    const others = min<u32>(ctz(repeats | 0x10000), <u32>(end - place));
    setStops(stop, place, others);
    stop += STOP * others, place += others;
    if (others == 16 || place == end) continue;
    const limit = min<u32>(MAX_MATCH, <u32>(end - place)); // of one token
    let length = min<u32>(ctz(~(repeats >> others)), limit);
    if (others + length >= 16) length = matchLength(place, place - 1, length, limit);
    if (length < MIN_MATCH) {
      setStops(stop, place, length);
      stop += STOP * length;
    } else {
      setStop(stop, place);
      stop += STOP;
    }
    place += length;
  }
  if (stop > last) stop = last, place = placeOf(last);
  setStop(stop, place);
  return stop;
}

/** Sets `count` stops, at most 16, at places one after the other; up to three more are overwritten. */
// @ts-ignore: decorator
@inline
function setStops(stop: usize, place: usize, count: u32): void {
  for (const end = place + count; place < end; stop += 4 * STOP, place += 4) {
    setStop(stop, place), setStop(stop + STOP, place + 1);
    setStop(stop + 2 * STOP, place + 2), setStop(stop + 3 * STOP, place + 3);
  }
}
