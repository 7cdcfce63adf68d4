import type { Core } from "./instance.ts";

/** Rows that were seen before, across calls. */
export interface SeenRows {
  /**
   * Notes rows of `rowBytes` bytes each under a mark (1 to 3), and returns for each the mark under which an equal one was
   * noted first, 0 for a new one, `LEFT_OUT` for one that is not in the sample.
   */
  note(rows: Uint8Array, mark: number): Uint8Array;
  /** Notes rows up to the first that was seen before, and returns how many were new. The sample must be all rows. */
  noteUntilSeen(rows: Uint8Array, mark: number): number;
  /** One row in so many is in the sample, chosen by its content: equal rows are in it together. 1 when all are. */
  readonly oneIn: number;
}

export const LEFT_OUT = 255;

const NOTED_AT_ONCE = 1 << 20; // bytes
const SLOT_BYTES = 8;
const MIN_SLOTS = 1024;
const MAX_LOAD = 0.75;

/** The bytes of the table for up to `rows` rows. */
export function seenRowsBytes(rows: number): number {
  return SLOT_BYTES * slotsFor(rows);
}

/**
 * Remembers up to `maxRows` rows by 62 bits of a hash each; where more than `maxNoted` would have to be remembered, only a
 * sample of them.
 */
export function createSeenRows(core: Core, rowBytes: number, maxRows: number, maxNoted = maxRows): SeenRows {
  let oneIn = 1;
  while (maxRows / oneIn > maxNoted) oneIn *= 2;
  const slots = slotsFor(maxRows / oneIn);
  const bits = 31 - Math.clz32(slots);
  const atOnce = Math.max(1, Math.floor(NOTED_AT_ONCE / rowBytes));
  const region = core.alloc(atOnce * rowBytes);
  const flags = core.alloc(atOnce);
  const table = core.alloc(SLOT_BYTES * slots);
  core.bytes(table, SLOT_BYTES * slots).fill(0);
  /** Copies rows from number `from` to the core; returns how many. */
  const lend = (rows: Uint8Array, from: number): number => {
    const part = rows.subarray(from * rowBytes, (from + atOnce) * rowBytes);
    core.bytes(region, part.length).set(part);
    return part.length / rowBytes;
  };
  return {
    oneIn,
    note(rows, mark) {
      const found = new Uint8Array(rows.length / rowBytes);
      for (let at = 0; at < found.length; at += atOnce) {
        const count = lend(rows, at);
        core.kernels.markSeen(flags, table, bits, region, count, rowBytes, mark, oneIn - 1);
        found.set(core.bytes(flags, count), at);
      }
      return found;
    },
    noteUntilSeen(rows, mark) {
      let noted = 0;
      while (noted * rowBytes < rows.length) {
        const count = lend(rows, noted);
        const isNew = core.kernels.noteUntilSeen(table, bits, region, count, rowBytes, mark);
        noted += isNew;
        if (isNew < count) break;
      }
      return noted;
    },
  };
}

/** A power of two. */
function slotsFor(rows: number): number {
  let slots = MIN_SLOTS;
  while (slots * MAX_LOAD < rows) slots *= 2;
  return slots;
}
