// A stop is a place where a token may begin, 16 bytes: the place (u32), the price of the cheapest way to it (u32), the
// stop before it on that way (u32) and the distance of the match between the two (u32), 0 for a literal.
export const STOP: usize = 16;

const UNREACHED: u64 = 0xffffffff << 32;

// @ts-ignore: decorator
@inline
export function setStop(stop: usize, place: usize): void {
  store<u64>(stop, <u64>place | UNREACHED);
}

// @ts-ignore: decorator
@inline
export function placeOf(stop: usize): usize {
  return load<u32>(stop);
}

/** How many bytes lie between a stop and the next: more than one when they repeat the byte before. */
// @ts-ignore: decorator
@inline
export function bytesOf(stop: usize): u32 {
  return load<u32>(stop, STOP) - load<u32>(stop);
}

// @ts-ignore: decorator
@inline
export function priceOf(stop: usize): u32 {
  return load<u32>(stop, 4);
}

// @ts-ignore: decorator
@inline
export function before(stop: usize): usize {
  return load<u32>(stop, 8);
}

// @ts-ignore: decorator
@inline
export function distanceTo(stop: usize): u32 {
  return load<u32>(stop, 12);
}

/** Makes the way by `from` that of `stop` when it is cheaper than the cheapest so far. */
// @ts-ignore: decorator
@inline
export function offer(stop: usize, price: u32, from: usize, distance: u32): void {
  if (price >= priceOf(stop)) return;
  store<u32>(stop, price, 4), store<u32>(stop, <u32>from, 8), store<u32>(stop, distance, 12);
}
