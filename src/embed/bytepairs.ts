/** Bytes as a text of one character a byte, from U+0000 to U+00FF. */
export type ByteText = string;

/**
 * Byte-pair encoding of one piece: as long as two neighbours together are in the table, those of the lowest rank are joined,
 * the leftmost first. In O(n log n) for n bytes, however they repeat. Every single byte must be in the table.
 */
export function mergePairs(bytes: ByteText, ranks: ReadonlyMap<ByteText, number>): number[] {
  const { length } = bytes;
  const next = Int32Array.from({ length }, (_, at) => at + 1); // where the part that begins here ends
  const previous = Int32Array.from({ length: length + 1 }, (_, at) => at - 1);
  const rankHere = new Float64Array(length).fill(NONE); // of this part and the next one together
  const heap: number[] = []; // rank, then place, in one number

  const offer = (at: number): void => {
    const middle = next[at]!;
    const rank = middle < length ? ranks.get(bytes.slice(at, next[middle])) : undefined;
    rankHere[at] = rank ?? NONE;
    if (rank !== undefined) push(heap, rank * PLACES + at);
  };
  for (let at = 0; at < length; at++) offer(at);
  while (heap.length > 0) {
    const lowest = pop(heap);
    const at = lowest % PLACES;
    if (rankHere[at] !== (lowest - at) / PLACES) continue; // one of the two was joined with another
    const joined = next[at]!;
    const end = next[joined]!;
    rankHere[joined] = NONE;
    next[at] = end;
    previous[end] = at;
    offer(at);
    if (at > 0) offer(previous[at]!);
  }
  const tokens: number[] = [];
  for (let at = 0; at < length; at = next[at]!) tokens.push(ranks.get(bytes.slice(at, next[at]))!);
  return tokens;
}

const NONE = -1;
const PLACES = 2 ** 32;

// A binary heap with the least number first.

function push(heap: number[], value: number): void {
  let place = heap.length;
  for (let parent; place > 0 && heap[(parent = (place - 1) >> 1)]! > value; place = parent) heap[place] = heap[parent]!;
  heap[place] = value;
}

function pop(heap: number[]): number {
  const least = heap[0]!;
  const value = heap.pop()!;
  const { length } = heap;
  if (length === 0) return least;
  let place = 0;
  for (let child; (child = 2 * place + 1) < length; place = child) {
    if (child + 1 < length && heap[child + 1]! < heap[child]!) child++;
    if (heap[child]! >= value) break;
    heap[place] = heap[child]!;
  }
  heap[place] = value;
  return least;
}
