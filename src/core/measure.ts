import { bytesOf } from "../data/dtype.ts";
import type { Core } from "./instance.ts";

/** Minimum, maximum, sum and sum of squares of the values that are numbers; `nan` counts the others. */
export interface Summary {
  readonly count: number;
  readonly nan: number;
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  readonly squares: number;
}

export const emptySummary: Summary = { count: 0, nan: 0, min: Infinity, max: -Infinity, sum: 0, squares: 0 };

/** The summary of both; the order of the operands matters to the last bits of the sums. */
export function mergeSummaries(a: Summary, b: Summary): Summary {
  return {
    count: a.count + b.count,
    nan: a.nan + b.nan,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    sum: a.sum + b.sum,
    squares: a.squares + b.squares,
  };
}

/** Summaries of float32 values; sums run in float64 in an order that depends on the length only. */
export function createSummarizer(core: Core): (values: Float32Array) => Summary {
  const lend = createLender(core);
  const into = core.alloc(5 * 8);
  return (values) => {
    let summary = emptySummary;
    lend(bytesOf(values), (pointer, byteLength) => {
      core.kernels.summarize(into, pointer, byteLength / 4);
      const [min, max, sum, squares, nan] = new Float64Array(
        core.kernels.memory.buffer,
        into,
        5,
      ) as unknown as number[];
      const part = { count: byteLength / 4, nan, min, max, sum, squares } as Summary;
      summary = summary.count === 0 ? part : mergeSummaries(summary, part);
    });
    return summary;
  };
}

/** The zip and gzip CRC-32 of `crc`'s bytes followed by these. */
export function createCrc32(core: Core): (bytes: Uint8Array, crc?: number) => number {
  const lend = createLender(core);
  return (bytes, crc = 0) => {
    lend(bytes, (pointer, byteLength) => {
      crc = core.kernels.crc32(crc, pointer, byteLength) >>> 0;
    });
    return crc;
  };
}

const LENT_BYTES = 1 << 16;

/**
 * Shows bytes to a kernel in pieces of `LENT_BYTES`: where they are when in the core's memory, else copied to a region.
 * The pieces are the same either way, because the last bits of a sum depend on them.
 */
function createLender(core: Core) {
  const region = core.alloc(LENT_BYTES); // now, not at first use: memory that grows detaches the views that others hold
  return (bytes: Uint8Array, use: (pointer: number, byteLength: number) => void): void => {
    const isInside = bytes.buffer === core.kernels.memory.buffer;
    for (let at = 0; at < bytes.byteLength; at += LENT_BYTES) {
      const piece = bytes.subarray(at, at + LENT_BYTES);
      if (!isInside) core.bytes(region, piece.byteLength).set(piece);
      use(isInside ? piece.byteOffset : region, piece.byteLength);
    }
  };
}
