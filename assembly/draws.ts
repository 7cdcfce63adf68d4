import { single } from "./philox";

const GROUPS: u32 = 2; // more words than most rows take
const WORDS = memory.data(2 * 64, 16);
const WORDS_END = WORDS + GROUPS * 64;

let next: usize = WORDS_END;
let counter: u32 = 0, rowLow: u32 = 0, rowHigh: u32 = 0, rowStream: u32 = 0;

/** Begins the draws of a row: counters (`first`, row low, row high, stream) and those that follow, 16 draws to four of them. */
export function startRow(first: u32, row: u64, stream: u32): void {
  counter = first;
  rowLow = <u32>row;
  rowHigh = <u32>(row >> 32);
  rowStream = stream;
  next = WORDS_END;
}

/** The next draw of the row: a whole number from 0 to n - 1, from one word, its bias below n / 2^32. */
// @ts-ignore: decorator
@inline
export function below(n: u32): u32 {
  if (next == WORDS_END) refill();
  const word = load<u32>(next);
  next += 4;
  return <u32>((<u64>word * n) >> 32);
}

function refill(): void {
  single(WORDS, GROUPS, counter, rowLow, rowHigh, rowStream);
  counter += 4 * GROUPS;
  next = WORDS;
}
