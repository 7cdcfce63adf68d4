import { hashOf } from "./inline/hash";
import { BOUNDARY, splitWords } from "./words";

const BITS = 10; // of the number of slots (u64), far more than stop words: a search ends soon
const LAST_SLOT: usize = (1 << BITS) - 1;
const SEED: u64 = 0;

/** Enters the words of a text into an empty table of 8 KiB, up to 900; `work` has room for the text and 10 bytes. */
export function listStopWords(table: usize, text: usize, length: u32, work: usize): void {
  const end = splitWords(work, text, length);
  for (let word = work + 1, at = word; at < end; at++) {
    if (load<u8>(at) != BOUNDARY) continue;
    const hash = hashOf(SEED, word, at);
    store<u64>(slotOf(table, hash), hash);
    word = at + 1;
  }
}

/** Whether the bytes from `word` to `end`, as `splitWords` writes them, are in the table. */
export function isStopWord(table: usize, word: usize, end: usize): bool {
  return load<u64>(slotOf(table, hashOf(SEED, word, end))) != 0;
}

/** Where the hash is, or the empty slot where it would be. */
// @ts-ignore: decorator
@inline
function slotOf(table: usize, hash: u64): usize {
  let slot = <usize>(hash >> (64 - BITS));
  for (let there = load<u64>(table + 8 * slot); there != 0 && there != hash; there = load<u64>(table + 8 * slot)) {
    slot = (slot + 1) & LAST_SLOT;
  }
  return table + 8 * slot;
}
