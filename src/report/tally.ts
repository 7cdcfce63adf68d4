import { createSeenRows, LEFT_OUT } from "../core/distinct.ts";
import { createByteCounter } from "../core/histogram.ts";
import { createLabeler, createPixelCheck, FACTOR_BYTES, SLOT_BYTES, type LabelKind } from "../core/images.ts";
import { createCore } from "../core/instance.ts";
import { palettes } from "../data/palettes.ts";
import type { Corpus } from "./corpus.ts";
import type { ImageRows } from "./readers.ts";

/** What is counted in one split; every array is indexed by the value that it counts. */
export interface SplitTally {
  readonly name: string;
  rows: number;
  readonly values: Float64Array;
  readonly labels: Float64Array;
  /** Of the factors, where the corpus has them: images by their number of objects, objects by type, colour and size. */
  readonly objects: number[];
  readonly types: number[];
  readonly colours: number[];
  readonly blobSizes: number[];
  /** Images whose pixels are not what the factors say; NaN without factors. */
  wrongPixels: number;
  /** Images whose label is not what the factors say; NaN without factors or without knowing the kind of label. */
  wrongLabels: number;
  /** Images, of those in the sample, that equal an earlier one, by the split of the first such one. */
  readonly copiesOf: Record<string, number>;
}

export interface Tally {
  readonly splits: readonly SplitTally[];
  /** Duplicates were counted in one of so many images, chosen by content; 1 means in all. */
  readonly duplicatesOneIn: number;
}

export interface TallyOptions {
  /** What the labels say, where that is known. */
  readonly label?: LabelKind | undefined;
  /** Sees each block; awaited. */
  readonly onBlock?: (split: string, start: number, block: ImageRows) => Promise<void> | void;
}

/** Images whose hashes are kept: 134 MB. Beyond, duplicates are counted in a sample. */
export const MAX_NOTED = 12_582_912;
const CHECKED_AT_ONCE = 1024;

/** Reads the whole corpus once and counts what there is. */
export async function tallyCorpus(corpus: Corpus, { label, onBlock }: TallyOptions): Promise<Tally> {
  const core = createCore();
  const imageBytes = corpus.size * corpus.size;
  const total = corpus.splits.reduce((sum, { rows }) => sum + rows, 0);
  const countBytes = createByteCounter(core);
  const seen = createSeenRows(core, imageBytes, total, MAX_NOTED);
  const labelsOf = label && createLabeler(core, label, CHECKED_AT_ONCE);
  const palette = corpus.manifest && palettes[corpus.palette].values;
  const wrongPixels = createPixelCheck(core, corpus.size, palette, CHECKED_AT_ONCE);
  const splits: SplitTally[] = [];
  for (const [at, { name, read }] of corpus.splits.entries()) {
    const tally = emptyTally(
      name,
      corpus.splits.map((split) => split.name),
    );
    splits.push(tally);
    for await (const block of read()) {
      countBytes(block.images, tally.values);
      countBytes(block.labels, tally.labels);
      for (const mark of seen.note(block.images, at + 1)) {
        if (mark > 0 && mark !== LEFT_OUT) tally.copiesOf[corpus.splits[mark - 1]!.name]!++;
      }
      if (block.factors) addFactors(tally, block.factors);
      tally.wrongLabels += block.factors && labelsOf ? differences(labelsOf(block.factors), block.labels) : NaN;
      tally.wrongPixels += block.factors ? wrongPixels(block.images, block.factors) : NaN;
      await onBlock?.(name, tally.rows, block);
      tally.rows += block.labels.length;
    }
  }
  return { splits, duplicatesOneIn: seen.oneIn };
}

function emptyTally(name: string, splits: readonly string[]): SplitTally {
  return {
    name,
    rows: 0,
    values: new Float64Array(256),
    labels: new Float64Array(256),
    objects: zeros(5),
    types: zeros(4),
    colours: zeros(10),
    blobSizes: zeros(16),
    wrongPixels: 0,
    wrongLabels: 0,
    copiesOf: Object.fromEntries(splits.map((split) => [split, 0])),
  };
}

function addFactors(tally: SplitTally, factors: Uint8Array): void {
  for (let row = 0; row < factors.length; row += FACTOR_BYTES) {
    let objects = 0;
    for (let slot = row; slot < row + FACTOR_BYTES; slot += SLOT_BYTES) {
      if (factors[slot] === 0) continue;
      const [type, colour, pixels] = [factors[slot + 1]!, factors[slot + 2]!, factors[slot + 5]!];
      objects++;
      tally.types[type] = (tally.types[type] ?? 0) + 1; // a damaged file may say what no image has
      tally.colours[colour] = (tally.colours[colour] ?? 0) + 1;
      if (type === 0) tally.blobSizes[pixels] = (tally.blobSizes[pixels] ?? 0) + 1;
    }
    tally.objects[objects]!++;
  }
}

function differences(a: Uint8Array, b: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) count++;
  return count;
}

/** The counts of two splits together. */
export function addTallies(a: SplitTally, b: SplitTally): SplitTally {
  const sums = (x: ArrayLike<number>, y: ArrayLike<number>) =>
    Array.from({ length: Math.max(x.length, y.length) }, (_, at) => (x[at] ?? 0) + (y[at] ?? 0));
  return {
    name: "all",
    rows: a.rows + b.rows,
    values: Float64Array.from(sums(a.values, b.values)),
    labels: Float64Array.from(sums(a.labels, b.labels)),
    objects: sums(a.objects, b.objects),
    types: sums(a.types, b.types),
    colours: sums(a.colours, b.colours),
    blobSizes: sums(a.blobSizes, b.blobSizes),
    wrongPixels: a.wrongPixels + b.wrongPixels,
    wrongLabels: a.wrongLabels + b.wrongLabels,
    copiesOf: {},
  };
}

function zeros(length: number): number[] {
  return new Array<number>(length).fill(0);
}
