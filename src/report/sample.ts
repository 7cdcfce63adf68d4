import { wordStream } from "../core/flat.ts";
import { createCore } from "../core/instance.ts";
import { streams } from "../core/streams.ts";
import type { Pass } from "../data/plan.ts";

export interface RowRange {
  readonly start: number;
  readonly rows: number;
}

const SAMPLES = 32;
const ROWS_EACH = 1024;

/**
 * Up to 34 ranges of rows in ascending order: the first rows, the last, and others spread by chance, the same at every
 * run for one recipe. All rows when there are few. No range is longer than a block of the pass.
 */
export function sampleBlocks(pass: Pass, recipeSha256: string): RowRange[] {
  const rows = Math.min(ROWS_EACH, pass.blockRows);
  const total = pass.rowEnd - pass.rowStart;
  if (total <= rows * (SAMPLES + 2)) return [...splitRows(pass.rowStart, pass.rowEnd, rows)];
  const key = [0, 8].map((at) => Number.parseInt(recipeSha256.slice(at, at + 8), 16)) as [number, number];
  const words = wordStream(createCore(), { key, stream: streams.audit }, SAMPLES).read(0n, SAMPLES);
  const starts = Array.from(words, (word) => pass.rowStart + Math.floor((word / 2 ** 32) * (total - rows)));
  return [pass.rowStart, ...starts, pass.rowEnd - rows].sort((a, b) => a - b).map((start) => ({ start, rows }));
}

/** `from` to `to`, exclusive, in ranges of `rows` rows. */
export function* splitRows(from: number, to: number, rows: number): Generator<RowRange> {
  for (let start = from; start < to; start += rows) yield { start, rows: Math.min(rows, to - start) };
}
