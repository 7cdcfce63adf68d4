import { writeFileSync } from "node:fs";
import { createCore } from "../src/core/instance.ts";
import { bytesOf } from "../src/data/dtype.ts";
import type { RowBlock } from "../src/data/rows.ts";
import { imageSplits, resolveImages, type ImagesRecipe, type SplitImages } from "../src/datasets/images.ts";
import { npyHeader } from "../src/formats/npy.ts";
import { imageSource } from "../src/sources/images.ts";

/** A corpus of images whose arrays are all in memory. */
export interface Corpus {
  readonly recipe: ImagesRecipe;
  readonly splits: readonly DrawnSplit[];
}

interface DrawnSplit extends SplitImages {
  /** All of its rows: `images`, `labels` and `factors`. */
  readonly block: RowBlock;
}

/** Draws the corpus that the command writes for that number of images when nothing else is asked for. */
export async function drawCorpus(numImages: number): Promise<Corpus> {
  const recipe = resolveImages({ numImages });
  const splits = (await imageSplits(recipe)).map((split) => ({
    ...split,
    block: imageSource(createCore(), split.spec, split.rows).read(0, split.rows), // in the memory of a core of its own
  }));
  return { recipe, splits };
}

/** Writes the arrays as `<split>_<field>.npy`, for peers to load. */
export function writeArrays({ splits }: Corpus, folder: string): void {
  for (const { split, block } of splits) {
    for (const { field, data } of block.columns) {
      const header = npyHeader(field.dtype, [block.rows, ...field.shape]);
      writeFileSync(`${folder}/${split}_${field.name}.npy`, Buffer.concat([header, bytesOf(data)]));
    }
  }
}
