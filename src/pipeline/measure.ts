import type { Core } from "../core/instance.ts";
import { createSummarizer, mergeSummaries, type Summary } from "../core/measure.ts";
import type { Column, RowBlock } from "../data/rows.ts";

/** What was measured of one field: numbers summed up, or how often each code occurs. */
export type Measure =
  | { readonly kind: "numbers"; readonly summary: Summary }
  | { readonly kind: "codes"; readonly counts: readonly number[] };

export type Measures = Readonly<Record<string, Measure>>;

/** Measures float32 and labelled columns of a block; others are not measured. */
export function createMeasurer(core: Core): (block: RowBlock) => Measures {
  const summarize = createSummarizer(core);
  return (block) =>
    Object.fromEntries(
      block.columns.flatMap((column) => {
        const measure = measureColumn(column, summarize);
        return measure ? [[column.field.name, measure]] : [];
      }),
    );
}

/** The measures of two runs of rows, `before` first. */
export function mergeMeasures(before: Measures | undefined, after: Measures): Measures {
  if (!before) return after;
  return Object.fromEntries(Object.keys(after).map((name) => [name, mergeMeasure(before[name]!, after[name]!)]));
}

function mergeMeasure(a: Measure, b: Measure): Measure {
  if (a.kind === "numbers" && b.kind === "numbers")
    return { kind: "numbers", summary: mergeSummaries(a.summary, b.summary) };
  if (a.kind === "codes" && b.kind === "codes")
    return { kind: "codes", counts: a.counts.map((n, i) => n + b.counts[i]!) };
  throw new Error(`Cannot merge measures of ${a.kind} with ${b.kind}`);
}

function measureColumn({ field, data }: Column, summarize: (values: Float32Array) => Summary): Measure | undefined {
  if (data instanceof Float32Array) return { kind: "numbers", summary: summarize(data) };
  if (!field.labels) return undefined;
  const counts = new Array<number>(field.labels.length).fill(0);
  for (const code of data as Uint8Array) counts[code]!++;
  return { kind: "codes", counts };
}
