const START_BITS = 10;
const LOW_FACTOR = 0xcc9e2d51;
const HIGH_FACTOR = 0x1b873593;

/**
 * A set of texts that keeps 63 bits of hash for each, in an open table at most half full: 16 to 32 bytes an id. Two of a million ids
 * share a hash, so that one is taken for known, with a probability of 6e-8.
 */
export interface IdSet {
  readonly size: number;
  /** Adds it; false where it was there already. */
  add(id: string): boolean;
  has(id: string): boolean;
  /** Adds those of these hashes, and returns the places of the ids that were there already. */
  addHashed(hashes: IdHashes): number[];
}

/** Of ids, low and high halves by turns. */
export type IdHashes = Uint32Array<ArrayBuffer>;

export function hashIds(ids: readonly string[]): IdHashes {
  const hashes = new Uint32Array(2 * ids.length);
  for (const [at, id] of ids.entries()) {
    hashes[2 * at] = hash(id, LOW_FACTOR);
    hashes[2 * at + 1] = highHash(id);
  }
  return hashes;
}

export function createIdSet(): IdSet {
  let mask = (1 << START_BITS) - 1;
  let table = new Uint32Array(2 * (mask + 1)); // low and high halves by turns; 0, 0 is free
  let size = 0;

  /** The place of the hash: where it is, or the free one where it belongs. */
  const placeOf = (low: number, high: number): number => {
    let place = low & mask;
    for (;;) {
      const [a, b] = [table[2 * place]!, table[2 * place + 1]!];
      if ((a === low && b === high) || (a === 0 && b === 0)) return place;
      place = (place + 1) & mask;
    }
  };
  const put = (low: number, high: number): boolean => {
    const place = placeOf(low, high);
    if (table[2 * place] !== 0 || table[2 * place + 1] !== 0) return false;
    table[2 * place] = low;
    table[2 * place + 1] = high;
    return true;
  };
  const grow = (): void => {
    const old = table;
    mask = 2 * mask + 1;
    table = new Uint32Array(2 * (mask + 1));
    for (let i = 0; i < old.length; i += 2) if (old[i] !== 0 || old[i + 1] !== 0) put(old[i]!, old[i + 1]!);
  };

  const add = (low: number, high: number): boolean => {
    if (2 * (size + 1) > mask + 1) grow();
    const isNew = put(low, high);
    if (isNew) size++;
    return isNew;
  };

  return {
    get size() {
      return size;
    },
    add: (id) => add(hash(id, LOW_FACTOR), highHash(id)),
    addHashed(hashes) {
      const known: number[] = [];
      for (let i = 0; i < hashes.length; i += 2) if (!add(hashes[i]!, hashes[i + 1]!)) known.push(i / 2);
      return known;
    },
    has: (id) => table[2 * placeOf(hash(id, LOW_FACTOR), highHash(id)) + 1] !== 0,
  };
}

/** Never 0, so that no hash is 0, 0. */
function highHash(id: string): number {
  return (hash(id, HIGH_FACTOR) | 1) >>> 0;
}

/** A multiplicative hash of the UTF-16 units, mixed at the end so that every bit counts. */
function hash(text: string, factor: number): number {
  let value = text.length;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i) ^ factor, factor);
    value = (value << 15) | (value >>> 17);
  }
  value = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  value = Math.imul(value ^ (value >>> 15), 0x846ca68b);
  return (value ^ (value >>> 16)) >>> 0;
}
