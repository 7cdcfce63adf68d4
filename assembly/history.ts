// The bytes before the data, which matches may refer to, but of which no tokens are made.
import { farEntry, nearEntry } from "./inline/recent";
import { STOP, bytesOf, placeOf } from "./inline/stop";

/** Enters the places of the stops into the tables, for matches that refer to them. */
export function remember(stops: usize, last: usize, data: usize, recent: usize): void {
  store<u32>(last + STOP, <u32>placeOf(last) + 1);
  for (let stop = stops; stop < last; stop += STOP) {
    if (bytesOf(stop) > 1) continue;
    const place = placeOf(stop), word = load<u64>(place);
    store<u16>(nearEntry(recent, word), <u16>(place - data));
    store<u16>(farEntry(recent, stop, word), <u16>(place - data));
  }
}
