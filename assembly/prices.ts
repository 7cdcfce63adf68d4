// What a token costs: the price of its kind and, of a match, that of its distance.
import { DISTANCE_COUNTS, LITERAL_COUNTS, sumKinds } from "./counts";
import { increment } from "./inline/increment";
import {
  DISTANCES, LITERALS, MAX_MATCH, MIN_MATCH, distanceExtra, distanceSymbol, lengthExtra, lengthSymbol,
} from "./inline/symbols"; // prettier-ignore
import { lengthKind } from "./inline/token";

const BIT: u32 = 16; // prices are in sixteenths of a bit

const KIND_PRICES = memory.data(512 * 4, 16); // u32, with the extra bits
const DISTANCE_PRICES = memory.data(DISTANCES * 4, 16); // u32, with the extra bits

/** Sets the prices to what the tokens counted would cost, each symbol once more than it occurs. */
export function setPrices(): void {
  sumKinds();
  countsToPrices(LITERAL_COUNTS, LITERAL_COUNTS, LITERALS); // in place: `sumKinds` makes the counts anew
  countsToPrices(DISTANCE_COUNTS, DISTANCE_PRICES, DISTANCES);
  memory.copy(KIND_PRICES, LITERAL_COUNTS, 256 * 4);
  for (let length = MIN_MATCH; length <= MAX_MATCH; length++) {
    const symbol = lengthSymbol(length), price = load<u32>(LITERAL_COUNTS + 4 * symbol) + BIT * lengthExtra(symbol);
    store<u32>(KIND_PRICES + 4 * lengthKind(length), price);
  }
  for (let symbol: u32 = 0; symbol < DISTANCES; symbol++) {
    increment(DISTANCE_PRICES + 4 * symbol, BIT * distanceExtra(symbol));
  }
}

// @ts-ignore: decorator
@inline
export function kindPrice(kind: u32): u32 {
  return load<u32>(KIND_PRICES + 4 * kind);
}

// @ts-ignore: decorator
@inline
export function distancePrice(distance: u32): u32 {
  return load<u32>(DISTANCE_PRICES + 4 * distanceSymbol(distance));
}

/** A symbol's price is log2(sum of the counts / its count), but at least a bit, because no code is shorter. */
function countsToPrices(counts: usize, prices: usize, count: u32): void {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < count; i++) sum += load<u32>(counts + 4 * i) + 1;
  for (let i: u32 = 0; i < count; i++) {
    const rarity = logarithm(sum) - logarithm(load<u32>(counts + 4 * i) + 1);
    store<u32>(prices + 4 * i, max(rarity, BIT));
  }
}

/** BIT * log2(x), by straight lines between the powers of two. */
// @ts-ignore: decorator
@inline
function logarithm(x: u32): u32 {
  const whole: u32 = 31 - <u32>clz(x);
  return BIT * (whole - 1) + <u32>((BIT * <u64>x) >> whole);
}
