/** A set of row numbers, a bit each. */
export interface RowSet {
  add(row: number): void;
  has(row: number): boolean;
}

export function createRowSet(): RowSet {
  let words = new Uint32Array(1024);
  return {
    add(row) {
      const at = Math.floor(row / 32);
      if (at >= words.length) {
        const grown = new Uint32Array(Math.max(at + 1, Math.ceil(words.length * 1.5)));
        grown.set(words);
        words = grown;
      }
      words[at]! |= 1 << (row % 32);
    },
    has: (row) => ((words[Math.floor(row / 32)] ?? 0) & (1 << (row % 32))) !== 0,
  };
}
