import type { Core } from "../core/instance.ts";
import { createSummarizer, emptySummary, mergeSummaries, type Summary } from "../core/measure.ts";
import type { Encoded } from "../data/format.ts";
import type { Pass } from "../data/plan.ts";
import type { Column, RowBlock } from "../data/rows.ts";
import { openEncoders } from "../formats/table.ts";
import { openSource } from "../sources/table.ts";

/** What was measured of one field: numbers summed up, or how often each code occurs. */
export type Measure =
  | { readonly kind: "numbers"; readonly summary: Summary }
  | { readonly kind: "codes"; readonly counts: readonly number[] };

export type Measures = Readonly<Record<string, Measure>>;

/** One block, encoded for every file of the pass. */
export interface MadeBlock {
  readonly encoded: readonly Encoded[];
  readonly measures: Measures;
}

/** Makes any block of a pass; what it returns is valid until its next call. */
export type BlockMaker = (start: number, rows: number) => MadeBlock;

/** Opens the sources and encoders of a pass on this thread. */
export async function createBlockMaker(core: Core, pass: Pass): Promise<BlockMaker> {
  const maxRows = Math.min(pass.blockRows, pass.rowEnd - pass.rowStart);
  const source = openSource(core, pass.sources, maxRows);
  const formats = pass.files.map((file) => file.format);
  const encoders = await openEncoders(formats, { core, fields: source.fields, pass, maxRows });
  const historyRows = Math.max(...encoders.map((encoder) => encoder.historyRows));
  // History needs memory of its own: it is looked at together with the block.
  const past = historyRows > 0 ? openSource(core, pass.sources, historyRows) : undefined;
  const summarize = createSummarizer(core);
  return (start, rows) => {
    const pastRows = Math.min(historyRows, start - pass.rowStart);
    const history = past?.read(start - pastRows, pastRows);
    const block = source.read(start, rows);
    return {
      encoded: encoders.map((encoder) => encoder.encode(block, history)),
      measures: measureBlock(block, summarize),
    };
  };
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

function measureBlock(block: RowBlock, summarize: (values: Float32Array) => Summary): Measures {
  return Object.fromEntries(block.columns.map((column) => [column.field.name, measureColumn(column, summarize)]));
}

function measureColumn({ field, data }: Column, summarize: (values: Float32Array) => Summary): Measure {
  if (data instanceof Float32Array) return { kind: "numbers", summary: summarize(data) };
  if (!field.labels) return { kind: "numbers", summary: emptySummary };
  const counts = new Array<number>(field.labels.length).fill(0);
  for (const code of data as Uint8Array) counts[code]!++;
  return { kind: "codes", counts };
}
