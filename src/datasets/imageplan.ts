import { InputError } from "../data/errors.ts";
import { palettes, type Palette } from "../data/palettes.ts";
import type { FileSpec, FormatSpec, ImageSpec, Pass, PictureStyle } from "../data/plan.ts";
import { imageBlockRows, imageSplits, type ImageFormat, type ImagesRecipe, type SplitImages } from "./images.ts";
import type { OnSearched } from "./unique.ts";

/**
 * How to make the files of the recipe. For a corpus without duplicates all images are drawn first, to find which have to
 * be drawn again. Throws what `onSearched` throws.
 */
export async function planImages(recipe: ImagesRecipe, onSearched?: OnSearched): Promise<Pass[]> {
  const splits = await imageSplits(recipe, onSearched);
  const style = { size: recipe.grid_size, palette: (palettes[recipe.palette] as Palette).colours };
  return splits.flatMap((split) => layouts[recipe.format]({ ...split, style }));
}

interface SplitPlan extends SplitImages {
  /** For containers of pictures. */
  readonly style: PictureStyle;
}

/** The one table of containers: the passes that write a split. */
const layouts: Record<ImageFormat, (plan: SplitPlan) => Pass[]> = {
  npz: (plan) =>
    fieldNames.map((field) => {
      const blockRows = BLOCK_ROWS[field](plan.spec);
      const format: FormatSpec = { kind: "npz", field, compressor: "core", pieceRows: blockRows };
      return passOf(plan, [{ name: `${plan.split}.npz`, format }], blockRows);
    }),
  npy: (plan) => [
    passOf(
      plan,
      fieldNames.map((field) => ({ name: `${plan.split}_${field}.npy`, format: { kind: "npy", field } })),
    ),
  ],
  // As MNIST names its files: the number of axes, and the type of the values.
  idx: (plan) => {
    if (plan.rows >= 2 ** 32)
      throw new InputError(`${plan.rows} images are too many for IDX: give at most 2^32 - 1 a split`);
    const axes = { images: 3, labels: 1, factors: 3 };
    return [
      passOf(
        plan,
        fieldNames.map((field) => ({
          name: `${plan.split}-${field}-idx${axes[field]}-ubyte`,
          format: { kind: "idx", field },
        })),
      ),
    ];
  },
  webdataset: (plan) =>
    shardsOf(plan, WEBDATASET_ROWS).map(({ rowStart, rowEnd, number }) => {
      const name = `${plan.split}-${String(number).padStart(6, "0")}.tar`;
      const format: FormatSpec = { kind: "webdataset", style: plan.style };
      return { ...passOf(plan, [{ name, format }], PICTURE_ROWS), rowStart, rowEnd };
    }),
  imagefolder: (plan) => [
    passOf(
      plan,
      [
        { name: plan.split, format: { kind: "imagefolder", style: plan.style } },
        { name: `${plan.split}/metadata.jsonl`, format: { kind: "imagelines" } },
      ],
      PICTURE_ROWS,
    ),
  ],
  parquet: (plan) =>
    shardsOf(plan, PARQUET_ROWS).map(({ rowStart, rowEnd, number, count }) => {
      const [shard, shards] = [number, count].map((value) => String(value).padStart(5, "0"));
      const name = `${plan.split}-${shard}-of-${shards}.parquet`;
      const format: FormatSpec = { kind: "imageparquet", style: plan.style };
      return { ...passOf(plan, [{ name, format }], PARQUET_ROWS), rowStart, rowEnd };
    }),
};

/** Images in a file, where a container has several; shards of about 25 MB and 13 MB. */
const WEBDATASET_ROWS = 10_000;
const PARQUET_ROWS = 50_000;
const MAX_SHARDS = 100_000;

/** The rows of a split in files of so many; none for a split without rows. */
function shardsOf({ rows }: SplitPlan, shardRows: number) {
  const count = Math.ceil(rows / shardRows);
  if (count > MAX_SHARDS) {
    throw new InputError(
      `${rows} images would be ${count} files: at most ${MAX_SHARDS} are allowed, give fewer images`,
    );
  }
  return Array.from({ length: count }, (_, number) => {
    const rowStart = number * shardRows;
    return { number, count, rowStart, rowEnd: Math.min(rowStart + shardRows, rows) };
  });
}

const fieldNames = ["images", "labels", "factors"] as const;
const PICTURE_ROWS = 1024; // some hundred bytes each

/** Rows made at a time where a file holds one field; the compressed bytes of an .npz depend on them. */
const BLOCK_ROWS: Record<(typeof fieldNames)[number], (spec: ImageSpec) => number> = {
  images: ({ size }) => imageBlockRows(size),
  labels: () => 131_072,
  factors: () => 16_384,
};

function passOf({ spec, rows }: SplitPlan, files: readonly FileSpec[], blockRows = BLOCK_ROWS.images(spec)): Pass {
  return { sources: [spec], files, rowStart: 0, rowEnd: rows, blockRows };
}
