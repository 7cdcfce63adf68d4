import { imageStream } from "../core/images.ts";
import { createSeenRows, seenRowsBytes } from "../core/distinct.ts";
import type { Core } from "../core/instance.ts";
import { InputError } from "../data/errors.ts";
import type { ImageSpec } from "../data/plan.ts";

/** The most images of a corpus without duplicates: what the table of those seen has room for. */
export const MAX_UNIQUE = 50_000_000;

const MAX_DRAWS = 65_535;
const BLOCK_ROWS = 4096;
const MARK = 1;

/** Told how far the search has come, 0 to 1; awaited, so that it may let others have their turn, or throw. */
export type OnSearched = (share: number) => Promise<void> | void;

export interface SplitRows {
  readonly spec: ImageSpec;
  readonly rows: number;
}

/** The memory that `redrawnImages` takes and leaves behind, in bytes: the table, and 2 % of the images to be drawn again. */
export function redrawMemory(images: number): number {
  return 1.5 * seenRowsBytes(images) + 10 * images;
}

/**
 * Which images of each split have to be drawn again so that no two of the corpus are equal, and how often: split after
 * split and row after row, an image that was seen before is drawn anew until it is a new one. Images are told apart by 62
 * bits of a hash, so one may rarely be redrawn without need; no duplicate stays.
 */
export async function redrawnImages(
  core: Core,
  splits: readonly SplitRows[],
  onSearched?: OnSearched,
): Promise<ImageSpec["redrawn"][]> {
  await onSearched?.(0);
  const total = splits.reduce((sum, { rows }) => sum + rows, 0);
  const [{ size }, ...others] = splits.map(({ spec }) => spec) as [ImageSpec, ...ImageSpec[]];
  if (others.some((spec) => spec.size !== size)) throw new Error("Cannot compare images of different sizes");
  const seen = createSeenRows(core, size * size, total);
  const streams = splits.map(({ spec }) => imageStream(core, spec, spec, { maxRows: BLOCK_ROWS }));
  let done = 0;
  const redrawn: ImageSpec["redrawn"][] = [];
  for (const [at, { rows }] of splits.entries()) {
    const again: { rows: number[]; draws: number[] } = { rows: [], draws: [] };
    for (let start = 0; start < rows; start += BLOCK_ROWS) {
      const count = Math.min(BLOCK_ROWS, rows - start);
      // A row is noted before those after it are, its redraws included: so rows are looked at in runs between redraws.
      const block = streams[at]!.read(start, count).images.slice();
      for (let from = 0; from < count;) {
        from += seen.noteUntilSeen(block.subarray(from * size * size), MARK);
        if (from === count) break;
        again.rows.push(start + from);
        again.draws.push(drawUntilNew(start + from));
        from++;
      }
      done += count;
      await onSearched?.(done / total);
    }
    redrawn.push(again);

    function drawUntilNew(row: number): number {
      for (let draw = 1; draw <= MAX_DRAWS; draw++) {
        if (seen.noteUntilSeen(streams[at]!.read(row, 1, draw).images, MARK) === 1) return draw;
      }
      throw new InputError(`Cannot make image ${row} unique: ${MAX_DRAWS} draws were all seen before`);
    }
  }
  return redrawn;
}
