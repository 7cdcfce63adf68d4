const MULTIPLIER: u64 = 0x9e3779b97f4a7c15; // golden ratio, as in SplitMix64: Steele, Lea, Flood, OOPSLA 2014
const MARKS: u64 = 3;
/** What `markSeen` says of a row that is not in the sample. */
const LEFT_OUT: u8 = 255;

/** Enters rows as `markSeen` does, up to the first that was seen before; returns how many were new. */
export function noteUntilSeen(table: usize, bits: u32, data: usize, rows: u32, rowBytes: u32, mark: u32): u32 {
  for (let row: u32 = 0; row < rows; row++, data += rowBytes) {
    if (enter(table, bits, hashOf(data, rowBytes), mark)) return row;
  }
  return rows;
}

/**
 * Enters the rows of `data` into a table of 2^bits slots (u64), under `mark` (1 to 3), and writes for each (u8) the mark
 * under which an equal row was entered first, or 0 for a new one. Rows are told apart by 62 bits of a hash. Of the hashes
 * only those are taken that have zeros where `sample` has ones. The caller leaves slots empty.
 */
export function markSeen(
  out: usize, table: usize, bits: u32, data: usize, rows: u32, rowBytes: u32, mark: u32, sample: u32, // prettier-ignore
): void {
  for (let end = out + rows; out < end; out++, data += rowBytes) {
    const hash = hashOf(data, rowBytes);
    store<u8>(out, (<u32>(hash >> 2) & sample) == 0 ? enter(table, bits, hash, mark) : LEFT_OUT);
  }
}

function enter(table: usize, bits: u32, hash: u64, mark: u32): u8 {
  const lastSlot = (<usize>1 << bits) - 1;
  let slot = <usize>(hash >> (64 - bits));
  while (true) {
    const there = load<u64>(table + 8 * slot);
    if (there == 0) {
      store<u64>(table + 8 * slot, (hash & ~MARKS) | mark);
      return 0;
    }
    if (((there ^ hash) & ~MARKS) == 0) return <u8>(there & MARKS);
    slot = (slot + 1) & lastSlot;
  }
}

/** A word at a time, each step a bijection of the state: rows that differ in one word never agree. */
function hashOf(data: usize, length: u32): u64 {
  let hash: u64 = length;
  const wholeEnd = data + (length & ~7), end = data + length;
  for (; data < wholeEnd; data += 8) hash = step(hash ^ load<u64>(data));
  for (; data < end; data++) hash = step(hash ^ load<u8>(data));
  return step(hash);
}

// @ts-ignore: decorator
@inline
function step(hash: u64): u64 {
  hash *= MULTIPLIER;
  return hash ^ (hash >> 32);
}
