import { wordStream } from "../core/flat.ts";
import type { Core } from "../core/instance.ts";
import type { Key } from "../core/key.ts";
import { streams } from "../core/streams.ts";
import { sha256 } from "../runtime/files.ts";

/** A sample of rows, in the order of their priorities: a random order. */
export interface SampledRows {
  /** Shape (rows, dim). */
  readonly data: Float32Array;
  readonly rows: number;
  /** How many rows the sample was taken from. */
  readonly seen: number;
}

/**
 * At most `size` of the rows it is given, those of the smallest priorities (bottom-k sampling): where priorities are
 * independent of the rows, a uniform sample without replacement. The order of arrival changes nothing, but between rows
 * of equal priority, of which the first to come stays.
 */
export interface RowSample {
  /** Offers values `at` to `at + dim` of `data` with a priority of 64 bits; copies them if they stay. */
  add(high: number, low: number, data: Float32Array, at: number): void;
  readonly seen: number;
  /** Sorts the rows where they are; nothing may be added after. */
  finish(): SampledRows;
}

/**
 * Takes `4 * size * dim` bytes and 12 a row, at once where no more than `expected` rows are known to come, else as they
 * come. Throws when these cannot be had.
 */
export function createRowSample(size: number, dim: number, expected = size): RowSample {
  let room = Math.min(size, expected);
  let data = new Float32Array(room * dim);
  // A heap whose root has the greatest priority. Place i has the row of values `rowOf[i] * dim` onward.
  let [high, low, rowOf] = [new Uint32Array(room), new Uint32Array(room), new Uint32Array(room)];
  const grow = () => {
    room = Math.min(size, Math.max(MIN_ROOM, 2 * room));
    const [values, ...others] = [new Float32Array(room * dim), ...[high, low, rowOf].map(() => new Uint32Array(room))];
    values!.set(data);
    [high, low, rowOf].forEach((words, at) => others[at]!.set(words));
    data = values as Float32Array<ArrayBuffer>;
    [high, low, rowOf] = others as [Uint32Array<ArrayBuffer>, Uint32Array<ArrayBuffer>, Uint32Array<ArrayBuffer>];
  };
  let rows = 0;
  let seen = 0;

  const isAbove = (a: number, b: number) => high[a]! > high[b]! || (low[a]! > low[b]! && high[a] === high[b]);
  const swap = (a: number, b: number) => {
    for (const array of [high, low, rowOf]) [array[a], array[b]] = [array[b]!, array[a]!];
  };
  const rise = (place: number) => {
    for (let parent: number; place > 0 && isAbove(place, (parent = (place - 1) >> 1)); place = parent)
      swap(place, parent);
  };
  const sink = (place: number) => {
    for (;;) {
      let child = 2 * place + 1;
      if (child >= rows) return;
      if (child + 1 < rows && isAbove(child + 1, child)) child++;
      if (!isAbove(child, place)) return;
      swap(place, child);
      place = child;
    }
  };

  return {
    get seen() {
      return seen;
    },
    add(rowHigh, rowLow, values, at) {
      seen++;
      const isFull = rows === size;
      if (isFull && (rowHigh > high[0]! || (rowHigh === high[0] && rowLow >= low[0]!))) return;
      if (size === 0) return;
      if (!isFull && rows === room) grow();
      const place = isFull ? 0 : rows++;
      high[place] = rowHigh;
      low[place] = rowLow;
      if (!isFull) rowOf[place] = place;
      data.set(values.subarray(at, at + dim), rowOf[place]! * dim);
      if (isFull) sink(0);
      else rise(place);
    },
    finish() {
      const places = new Uint32Array(rows).map((_, place) => place);
      places.sort((a, b) => high[a]! - high[b]! || low[a]! - low[b]!);
      const order = places.map((place) => rowOf[place]!);
      permuteRows(data, dim, order);
      return { data: data.subarray(0, rows * dim), rows, seen };
    },
  };
}

const MIN_ROOM = 1024;

/** Puts row `order[i]` at place i, along the cycles of the permutation, with room for one row. Overwrites `order`. */
function permuteRows(data: Float32Array, dim: number, order: Uint32Array): void {
  const held = new Float32Array(dim);
  for (let start = 0; start < order.length; start++) {
    if (order[start] === start) continue;
    held.set(data.subarray(start * dim, (start + 1) * dim));
    let place = start;
    for (let from = order[place]!; from !== start; from = order[place]!) {
      data.copyWithin(place * dim, from * dim, (from + 1) * dim);
      order[place] = place;
      place = from;
    }
    data.set(held, place * dim);
    order[place] = place;
  }
}

/**
 * Priorities of rows by their numbers: two words for each of `rows` rows from `start` on, the high one first. A view that
 * the next call overwrites; `rows` is at most `maxRows`.
 */
export function createRowPriorities(
  core: Core,
  key: Key,
  maxRows: number,
): (start: number, rows: number) => Uint32Array {
  const words = wordStream(core, { key, stream: streams.sampled }, 2 * maxRows);
  return (start, rows) => words.read(2n * BigInt(start), 2 * rows);
}

/** The priority of a row known by a name: the first 8 bytes, big-endian, of SHA-256 over the key, low word first and little-endian, and the name's UTF-8. */
export function priorityOfId(key: Key, id: string): readonly [high: number, low: number] {
  const name = new TextEncoder().encode(id);
  const hashed = new Uint8Array(8 + name.length);
  const view = new DataView(hashed.buffer);
  key.forEach((word, at) => view.setUint32(4 * at, word, true));
  hashed.set(name, 8);
  const sum = sha256(hashed);
  return [Number.parseInt(sum.slice(0, 8), 16), Number.parseInt(sum.slice(8, 16), 16)];
}
