/** What is known of each row of an input; `failed` is any outcome but `stored`. */
export interface RowStates {
  readonly stored: number;
  readonly failed: number;
  isStored(row: number): boolean;
  set(row: number, isStored: boolean): void;
  /** How many of the rows before `rowEnd` are stored. */
  storedBefore(rowEnd: number): number;
}

const UNKNOWN = 0;
const STORED = 1;
const FAILED = 2;
const FIRST_BYTES = 1 << 16;

/** Two bits a row. */
export function createRowStates(): RowStates {
  let bytes = new Uint8Array(FIRST_BYTES);
  const counts = [0, 0, 0];
  const stateOf = (row: number): number => (bytes[Math.floor(row / 4)]! >> (2 * (row % 4))) & 3;
  return {
    get stored() {
      return counts[STORED]!;
    },
    get failed() {
      return counts[FAILED]!;
    },
    isStored: (row) => row < 4 * bytes.length && stateOf(row) === STORED,
    storedBefore(rowEnd) {
      let count = 0;
      for (let row = 0; row < Math.min(rowEnd, 4 * bytes.length); row++) if (stateOf(row) === STORED) count++;
      return count;
    },
    set(row, isStored) {
      while (row >= 4 * bytes.length) {
        const grown = new Uint8Array(2 * bytes.length);
        grown.set(bytes);
        bytes = grown;
      }
      const before = stateOf(row);
      const after = isStored ? STORED : FAILED;
      bytes[Math.floor(row / 4)]! ^= (before ^ after) << (2 * (row % 4));
      if (before !== UNKNOWN) counts[before]!--;
      counts[after]!++;
    },
  };
}

/** Row numbers as ranges `[from, to]`, `to` excluded, ascending. */
export function rangesOf(rows: readonly number[]): [from: number, to: number][] {
  const ranges: [number, number][] = [];
  for (const row of [...rows].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last?.[1] === row) last[1]++;
    else ranges.push([row, row + 1]);
  }
  return ranges;
}
