import { codeStream } from "../core/flat.ts";
import type { Core } from "../core/instance.ts";
import type { CategorySpec } from "../data/plan.ts";
import type { Field, Source } from "../data/rows.ts";

const WORDS = 2 ** 32;

/** The field that `categorySource` fills. */
export function categoryField({ field, labels, thresholds }: CategorySpec): Field {
  const ends = [0, ...thresholds, WORDS];
  const shares = labels.map((_, code) => (ends[code + 1]! - ends[code]!) / WORDS);
  return { name: field, dtype: "|u1", shape: [], labels, shares };
}

/** One label a row, drawn independently; stored as its code. */
export function categorySource(core: Core, spec: CategorySpec, maxRows: number): Source {
  const stream = codeStream(core, spec, spec.thresholds, maxRows);
  const field = categoryField(spec);
  return {
    fields: [field],
    read: (start, rows) => ({ start, rows, columns: [{ field, data: stream.read(BigInt(start), rows) }] }),
  };
}

/**
 * Cumulative thresholds of the shares on the scale of 32-bit words: label i is drawn when i thresholds are not above the
 * word. Cumulative shares are rounded to multiples of 2^-32; the last is what remains, so they sum to 1 by construction.
 */
export function thresholdsOf(shares: readonly number[]): number[] {
  let cumulative = 0;
  return shares.slice(0, -1).map((share) => Math.min(Math.round((cumulative += share) * WORDS), WORDS));
}
