/**
 * Priorities of 64 bits, each once, and what group each belongs to: 16 to 29 bytes a priority. Two rows with one priority
 * are taken for the same; that happens by chance in a million rows once in thirty million times.
 */
export interface Priorities {
  readonly count: number;
  /** False where it is there already. */
  add(high: number, low: number, group: number): boolean;
  /** How many each of `groups` groups has. */
  groupSizes(groups: number): number[];
  /** Whether each, in the order of its coming, is among the `sizes[group]` least of its group. Nothing may be added after. */
  least(sizes: readonly number[]): (at: number) => boolean;
}

const FIRST_ROOM = 1024;
const GROWTH = 1.5;

export function createPriorities(): Priorities {
  let room = FIRST_ROOM;
  let count = 0;
  let keys = new BigUint64Array(room);
  let words = new Uint32Array(keys.buffer); // of each key the low one first
  let groups = new Uint16Array(room);
  // Numbers of keys from 1, by their hash; 0 where none is. At most three quarters are taken.
  let table = new Uint32Array(2 * FIRST_ROOM);

  /** The place of a key in the table, or the one that is free for it. */
  const placeOf = (high: number, low: number): number => {
    for (let place = (low & (table.length - 1)) >>> 0; ; place = (place + 1) & (table.length - 1)) {
      const at = table[place]! - 1;
      if (at < 0 || (words[2 * at] === low && words[2 * at + 1] === high)) return place;
    }
  };
  const grow = (): void => {
    room = Math.ceil(room * GROWTH);
    const [moreKeys, moreGroups] = [new BigUint64Array(room), new Uint16Array(room)];
    moreKeys.set(keys);
    moreGroups.set(groups);
    [keys, groups, words] = [moreKeys, moreGroups, new Uint32Array(moreKeys.buffer)];
  };
  const growTable = (): void => {
    table = new Uint32Array(2 * table.length);
    for (let at = 0; at < count; at++) table[placeOf(words[2 * at + 1]!, words[2 * at]!)] = at + 1;
  };

  return {
    get count() {
      return count;
    },
    add(high, low, group) {
      const place = placeOf(high, low);
      if (table[place] !== 0) return false;
      if (count === room) grow();
      [words[2 * count], words[2 * count + 1], groups[count]] = [low, high, group];
      table[place] = ++count;
      if (count > 0.75 * table.length) growTable();
      return true;
    },
    groupSizes(total) {
      const sizes = new Array<number>(total).fill(0);
      for (let at = 0; at < count; at++) sizes[groups[at]!]!++;
      return sizes;
    },
    least(sizes) {
      table = new Uint32Array(0);
      const limits = limitsOf(keys.subarray(0, count), groups, this.groupSizes(sizes.length), sizes);
      return (at) => {
        const limit = limits[groups[at]!];
        return limit !== undefined && keys[at]! <= limit;
      };
    },
  };
}

/** The greatest key that is taken of each group, or undefined where none is. */
function limitsOf(
  keys: BigUint64Array,
  groups: Uint16Array,
  counts: readonly number[],
  sizes: readonly number[],
): (bigint | undefined)[] {
  const ends: number[] = [];
  for (const count of counts) ends.push((ends.at(-1) ?? 0) + count);
  const places = ends.map((end, group) => end - counts[group]!);
  const sorted = new BigUint64Array(keys.length);
  for (let at = 0; at < keys.length; at++) sorted[places[groups[at]!]!++] = keys[at]!;
  return sizes.map((size, group) => {
    const own = sorted.subarray(ends[group]! - counts[group]!, ends[group]);
    own.sort();
    return size > 0 ? own[size - 1] : undefined;
  });
}
