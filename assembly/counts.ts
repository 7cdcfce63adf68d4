// How often the tokens of a block so far have each kind, literal or length symbol, and distance symbol.
import { increment } from "./inline/increment";
import { DISTANCES, LITERALS, MAX_MATCH, MIN_MATCH, distanceSymbol, lengthSymbol } from "./inline/symbols";
import { distanceOf, kindOf, lengthKind } from "./inline/token";

const KIND_COUNTS = memory.data(512 * 4, 16); // u32
export const LITERAL_COUNTS = memory.data(LITERALS * 4, 16); // u32, of literals and lengths, as `sumKinds` leaves them
export const DISTANCE_COUNTS = memory.data(DISTANCES * 4, 16); // u32

export function clearCounts(): void {
  memory.fill(KIND_COUNTS, 0, 512 * 4);
  memory.fill(DISTANCE_COUNTS, 0, DISTANCES * 4);
}

// @ts-ignore: decorator
@inline
export function countToken(token: u32): void {
  increment(KIND_COUNTS + 4 * kindOf(token), 1);
  const distance = distanceOf(token);
  if (distance) increment(DISTANCE_COUNTS + 4 * distanceSymbol(distance), 1);
}

/** Counts literals and lengths by their symbols. */
export function sumKinds(): void {
  memory.copy(LITERAL_COUNTS, KIND_COUNTS, 256 * 4);
  memory.fill(LITERAL_COUNTS + 256 * 4, 0, (LITERALS - 256) * 4);
  for (let length = MIN_MATCH; length <= MAX_MATCH; length++) {
    increment(LITERAL_COUNTS + 4 * lengthSymbol(length), load<u32>(KIND_COUNTS + 4 * lengthKind(length)));
  }
}
