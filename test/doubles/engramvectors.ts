/** Coordinates of every embedding of Engram. */
export const DIMENSION = 768;

const BLOCK = 64;
const BLOCKS = DIMENSION / BLOCK;
const SLACK = 1e-9; // far above the rounding of a float64 sum of 768 products

/** Embeddings by slot, with an exact search for one whose cosine to a given vector is at least `threshold`. */
export interface EngramVectors {
  set(slot: number, vector: Float32Array): void;
  get(slot: number): Float32Array;
  /** The slot of some vector that close, or undefined. Slots below `end` are searched, empty ones (all zero) never match. */
  find(embedding: Float32Array, end: number, threshold: number): number | undefined;
  clear(slot: number): void;
}

/**
 * Vectors lie block by block: the first 64 coordinates of all of them, then the next. A candidate is given up as soon as
 * its dot product so far and the lengths of what remains (Cauchy and Schwarz) show that it cannot reach the threshold,
 * which for unrelated vectors is after the first block: one pass over a twelfth of the memory.
 */
export function engramVectors(isSearched = true): EngramVectors {
  let capacity = 1024;
  let blocks = Array.from({ length: BLOCKS }, () => new Float32Array(capacity * BLOCK));
  let rests = Array.from({ length: BLOCKS + 1 }, () => new Float64Array(capacity)); // lengths from this block to the end

  const grow = (slots: number): void => {
    while (capacity < slots) capacity *= 2;
    blocks = blocks.map((old) => copied(new Float32Array(capacity * BLOCK), old));
    rests = rests.map((old) => copied(new Float64Array(capacity), old));
  };

  return {
    set(slot, vector) {
      if (slot >= capacity) grow(slot + 1);
      for (let block = 0; block < BLOCKS; block++) {
        blocks[block]!.set(vector.subarray(block * BLOCK, (block + 1) * BLOCK), slot * BLOCK);
      }
      if (isSearched) for (const [block, rest] of restsOf(vector).entries()) rests[block]![slot] = rest;
    },
    get(slot) {
      const vector = new Float32Array(DIMENSION);
      for (let block = 0; block < BLOCKS; block++) {
        vector.set(blocks[block]!.subarray(slot * BLOCK, (slot + 1) * BLOCK), block * BLOCK);
      }
      return vector;
    },
    find(embedding, end, threshold) {
      const own = restsOf(embedding);
      const parts = Array.from({ length: BLOCKS }, (_, block) =>
        embedding.subarray(block * BLOCK, (block + 1) * BLOCK),
      );
      const lengths = rests[0]!;
      for (let slot = 0; slot < end; slot++) {
        const needed = (threshold - SLACK) * own[0]! * lengths[slot]!;
        if (needed === 0) continue;
        let dot = 0;
        let block = 0;
        do {
          dot += partialDot(parts[block]!, blocks[block]!, slot * BLOCK);
          block++;
        } while (block < BLOCKS && dot + own[block]! * rests[block]![slot]! >= needed);
        if (block === BLOCKS && dot >= threshold * own[0]! * lengths[slot]!) return slot;
      }
      return undefined;
    },
    clear(slot) {
      for (const rest of rests) rest[slot] = 0;
    },
  };
}

function partialDot(part: Float32Array, block: Float32Array, at: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < BLOCK; i += 4) {
    a += part[i]! * block[at + i]!;
    b += part[i + 1]! * block[at + i + 1]!;
    c += part[i + 2]! * block[at + i + 2]!;
    d += part[i + 3]! * block[at + i + 3]!;
  }
  return a + b + c + d;
}

/** The length of what remains of the vector from each block on, the last being 0. */
function restsOf(vector: Float32Array): Float64Array {
  const rests = new Float64Array(BLOCKS + 1);
  let sum = 0;
  for (let block = BLOCKS - 1; block >= 0; block--) {
    const at = block * BLOCK;
    for (let i = at; i < at + BLOCK; i++) sum += vector[i]! * vector[i]!;
    rests[block] = Math.sqrt(sum);
  }
  return rests;
}

function copied<T extends Float32Array | Float64Array>(into: T, from: T): T {
  into.set(from);
  return into;
}
