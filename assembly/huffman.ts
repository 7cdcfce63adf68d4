// From the frequencies of symbols, at most 320, to the lengths of their prefix codes: Huffman's, of limited length.
import { sort } from "./sort";

const SORTED = memory.data(320 * 4, 16); // u32: frequency << 9 | symbol
const NODES = memory.data(320 * 4, 16); // u32: weights, then parents, then depths

/**
 * Writes to `lengths` (u8) how long the code of each symbol is in a code of least total length, or nearly so where none
 * may be longer than `limit`; 0 for a symbol that does not occur. Frequencies are u32 below 2^23. Two symbols at least
 * get a code, because some readers refuse one that is incomplete.
 */
export function codeLengths(frequencies: usize, count: u32, limit: u32, lengths: usize): void {
  memory.fill(lengths, 0, count);
  let used: u32 = 0;
  for (let symbol: u32 = 0; symbol < count; symbol++) {
    const frequency = load<u32>(frequencies + 4 * symbol);
    if (frequency) store<u32>(SORTED + 4 * used++, (frequency << 9) | symbol);
  }
  if (used < 2) {
    const only = used ? load<u32>(SORTED) & 511 : 0;
    store<u8>(lengths + only, 1);
    store<u8>(lengths + (only ? 0 : 1), 1);
    return;
  }
  while (true) {
    sort(SORTED, used);
    for (let i: u32 = 0; i < used; i++) store<u32>(NODES + 4 * i, load<u32>(SORTED + 4 * i) >> 9);
    weightsToDepths(NODES, used);
    if (load<u32>(NODES) <= limit) break;
    // Rare: frequencies are halved, which makes them more alike; when all are 1, no code has more than 9 bits.
    for (let at = SORTED, end = SORTED + 4 * used; at < end; at += 4) {
      const key = load<u32>(at);
      store<u32>(at, (max<u32>(key >> 10, 1) << 9) | (key & 511));
    }
  }
  for (let i: u32 = 0; i < used; i++) store<u8>(lengths + (load<u32>(SORTED + 4 * i) & 511), load<u8>(NODES + 4 * i));
}

/**
 * Replaces two or more ascending weights at `a` by the depths of their leaves, which descend: Moffat, Katajainen,
 * "In-place calculation of minimum-redundancy codes", WADS 1995.
 */
function weightsToDepths(a: usize, count: u32): void {
  let leaf: u32 = 0, root: u32 = 0;
  for (let next: u32 = 0; next < count - 1; next++) {
    let weight: u32 = 0;
    for (let child = 0; child < 2; child++) {
      if (leaf >= count || (root < next && load<u32>(a + 4 * root) < load<u32>(a + 4 * leaf))) {
        weight += load<u32>(a + 4 * root);
        store<u32>(a + 4 * root++, next);
      } else weight += load<u32>(a + 4 * leaf++);
    }
    store<u32>(a + 4 * next, weight);
  }
  store<u32>(a + 4 * (count - 2), 0);
  for (let node: i32 = <i32>count - 3; node >= 0; node--) {
    store<u32>(a + 4 * node, load<u32>(a + 4 * load<u32>(a + 4 * node)) + 1);
  }
  // What of each depth is no inner node is a leaf; those of both are written from the end, the shallow first.
  let inner: i32 = <i32>count - 2, next: i32 = <i32>count - 1;
  let open: i32 = 1, depth: u32 = 0;
  while (open > 0) {
    let taken: i32 = 0;
    while (inner >= 0 && load<u32>(a + 4 * inner) == depth) taken++, inner--;
    for (; open > taken; open--) store<u32>(a + 4 * next--, depth);
    open = 2 * taken;
    depth++;
  }
}
