/** A set of page ids, which are dense: bits in blocks, 25 MB for the whole English Wikipedia. */
export interface PageSet {
  readonly size: number;
  has(id: number): boolean;
  /** Adds it; false where it was there already. */
  add(id: number): boolean;
}

const BLOCK_IDS = 1024;
const WORD_BITS = 32;

export function createPageSet(): PageSet {
  const blocks = new Map<number, Uint32Array>();
  let size = 0;
  /** The block of an id, the word in it, and the bit in that. */
  const placeOf = (id: number): [block: number, word: number, bit: number] => {
    const block = Math.floor(id / BLOCK_IDS);
    const at = id - block * BLOCK_IDS;
    return [block, Math.floor(at / WORD_BITS), (1 << (at % WORD_BITS)) >>> 0];
  };
  return {
    get size() {
      return size;
    },
    has(id) {
      const [block, word, bit] = placeOf(id);
      return ((blocks.get(block)?.[word] ?? 0) & bit) !== 0;
    },
    add(id) {
      const [block, word, bit] = placeOf(id);
      const words = blocks.get(block) ?? new Uint32Array(BLOCK_IDS / WORD_BITS);
      if ((words[word]! & bit) !== 0) return false;
      words[word]! |= bit;
      blocks.set(block, words);
      size++;
      return true;
    },
  };
}
