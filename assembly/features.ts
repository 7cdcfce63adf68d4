// A feature: its 64-bit number and the weight of all its occurrences.
import { hashOf, mix } from "./inline/hash";
import { isStopWord } from "./stopwords";
import { BOUNDARY } from "./words";

export const FEATURE: usize = 16; // bytes: u64, f32, four unused

// Of each kind the first state of the hash, and the weight of one occurrence: whole numbers, so that sums are exact in
// float32 and do not depend on the order. They were found by measuring, as was that counts are not damped.
const WORD = mix(1), PAIR = mix(2), GRAM = mix(3);
const WORD_WEIGHT: f32 = 4, PAIR_WEIGHT: f32 = 1, GRAM_WEIGHT: f32 = 1;
const GRAM_BYTES: usize = 4; // and one more; prolonged to the end of a character

let table: usize = 0, shift: u64 = 0, lastSlot: usize = 0; // u32 per slot: which feature, from 1
let features: usize = 0, last: usize = 0;

/**
 * Lists the features of words as `splitWords` writes them and returns the end: each word, each pair of words in
 * succession, and pieces of four and five bytes of each word with its boundaries. Stop words have none and part no pair.
 * There are at most two for each byte; `slots` has room for eight u32 for each byte.
 */
export function listFeatures(list: usize, slots: usize, words: usize, end: usize, stopWords: usize): usize {
  const bits = 66 - clz(<u64>(end - words)); // slots: more than four for each byte
  table = slots, shift = 64 - bits, lastSlot = (1 << <usize>bits) - 1;
  features = last = list;
  memory.fill(table, 0, 4 << <usize>bits);
  let before: u64 = 0;
  for (let word = words + 1, at = word; at < end; at++) {
    if (load<u8>(at) != BOUNDARY) continue;
    if (!isStopWord(stopWords, word, at)) {
      const hash = hashOf(WORD, word, at);
      add(hash, WORD_WEIGHT);
      if (before) add(mix(mix(PAIR ^ before) ^ hash), PAIR_WEIGHT);
      addGrams(word - 1, at + 1);
      before = hash;
    }
    word = at + 1;
  }
  return last;
}

function addGrams(word: usize, end: usize): void {
  for (; word < end; word++) {
    if (isInside(word)) continue;
    const four = characterEnd(word + GRAM_BYTES, end), five = characterEnd(word + GRAM_BYTES + 1, end);
    if (four > end) return;
    add(hashOf(GRAM, word, four), GRAM_WEIGHT);
    if (five <= end && five > four) add(hashOf(GRAM, word, five), GRAM_WEIGHT);
  }
}

// @ts-ignore: decorator
@inline
function characterEnd(at: usize, end: usize): usize {
  while (at < end && isInside(at)) at++;
  return at;
}

/** Whether a character of UTF-8 began before this byte. */
// @ts-ignore: decorator
@inline
function isInside(at: usize): bool {
  return (load<u8>(at) & 0xc0) == 0x80;
}

function add(feature: u64, weight: f32): void {
  let slot = <usize>(feature >> shift);
  for (let there: usize = load<u32>(table + 4 * slot); there; there = load<u32>(table + 4 * slot)) {
    const known = features + FEATURE * (there - 1);
    if (load<u64>(known) == feature) return store<f32>(known, load<f32>(known, 8) + weight, 8);
    slot = (slot + 1) & lastSlot;
  }
  store<u64>(last, feature);
  store<f32>(last, weight, 8);
  last += FEATURE;
  store<u32>(table + 4 * slot, <u32>((last - features) / FEATURE));
}
