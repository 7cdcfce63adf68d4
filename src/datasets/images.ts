import { LABEL_KINDS, type LabelKind } from "../core/images.ts";
import { createCore } from "../core/instance.ts";
import { canonicalSeed, keyOf, type Seed } from "../core/key.ts";
import { LONGEST_LINE } from "../core/shapes.ts";
import { streams } from "../core/streams.ts";
import { InputError } from "../data/errors.ts";
import { palettes, type PaletteName } from "../data/palettes.ts";
import { SPLITS, type Split } from "../data/splits.ts";
import type { ImageSpec } from "../data/plan.ts";
import { canonicalJson, type Json } from "../data/recipe.ts";
import { oneOf, wholeNumber } from "./options.ts";
import { MAX_UNIQUE, redrawnImages, type OnSearched } from "./unique.ts";

export const IMAGE_FORMATS = ["npz", "npy", "idx", "imagefolder", "webdataset", "parquet"] as const;
export type ImageFormat = (typeof IMAGE_FORMATS)[number];

export interface ImagesOptions {
  /** How many images in all: 1 to 2^53 - 1. */
  readonly numImages: number;
  /** Default 42. */
  readonly seed?: Seed | undefined;
  /** Height and width in pixels: 8 to 64. Default 16. */
  readonly gridSize?: number | undefined;
  /** `gray` (default) spreads the ten colours over 0 to 255, `arc` keeps 0 to 9. */
  readonly palette?: PaletteName | undefined;
  /** What a label says: `composition` (default), `count` of objects, or `type` of the largest. */
  readonly label?: LabelKind | undefined;
  /** Shares of train, val and test, which sum to 1. Default 0.8, 0.1, 0.1. */
  readonly splits?: readonly number[] | undefined;
  /** Draw exact duplicates anew until there is none. Default false. */
  readonly unique?: boolean | undefined;
  readonly format?: ImageFormat | undefined;
}

/** A corpus of images, fully resolved: with the major version it determines every byte. */
export type ImagesRecipe = {
  readonly kind: "images";
  readonly images: number;
  readonly seed: string;
  readonly grid_size: number;
  readonly palette: PaletteName;
  readonly label: LabelKind;
  readonly splits: { readonly [split in Split]: number };
  readonly unique: boolean;
  readonly format: ImageFormat;
};

export const MAX_IMAGES = Number.MAX_SAFE_INTEGER;
export const MIN_GRID = LONGEST_LINE;
export const MAX_GRID = 64;
const SHARE_TOLERANCE = 1e-9;

/** Checks the options and fills in the defaults. Throws `InputError` saying what is allowed. */
export function resolveImages(options: ImagesOptions): ImagesRecipe {
  const images = wholeNumber("Number of images", options.numImages, 1, MAX_IMAGES);
  if (![undefined, true, false].includes(options.unique)) {
    throw new InputError(`Unique "${String(options.unique)}" is not allowed: give true or false`);
  }
  if (options.unique && images > MAX_UNIQUE) {
    throw new InputError(`${images} images without duplicates are not allowed: give at most ${MAX_UNIQUE}`);
  }
  return {
    kind: "images",
    images,
    seed: canonicalSeed(options.seed ?? 42),
    grid_size: gridSize(options.gridSize ?? 16),
    palette: oneOf("Palette", options.palette ?? "gray", Object.keys(palettes) as PaletteName[]),
    label: oneOf("Label", options.label ?? "composition", LABEL_KINDS),
    splits: resolveSplits(options.splits ?? [0.8, 0.1, 0.1]),
    unique: options.unique === true,
    format: oneOf("Format", options.format ?? "npz", IMAGE_FORMATS),
  };
}

/** The recipe of a manifest, checked as if it were new: a file may have been edited. Throws `InputError`. */
export function parseImagesRecipe(json: Json): ImagesRecipe {
  const given = json as Partial<ImagesRecipe>;
  const isPlain =
    [given.images, given.grid_size].every((value) => typeof value === "number") &&
    [given.seed, given.palette, given.label, given.format].every((value) => typeof value === "string") &&
    typeof given.unique === "boolean" &&
    typeof given.splits === "object";
  if (!isPlain) throw new InputError("The recipe has a field of another type than this program writes");
  const splits = SPLITS.map((split) => given.splits?.[split] as number);
  const recipe = resolveImages({ ...given, numImages: given.images!, gridSize: given.grid_size, splits });
  if (canonicalJson(recipe) !== canonicalJson(json)) {
    throw new InputError("The recipe has fields that are missing, unknown or not as this program writes them");
  }
  return recipe;
}

/** Images in each split: the floor of the share for train and val, the rest for test. */
export function splitCounts({ images, splits }: Pick<ImagesRecipe, "images" | "splits">): Record<Split, number> {
  const train = floorOfShare(images, splits.train);
  const val = Math.min(floorOfShare(images, splits.val), images - train);
  return { train, val, test: images - train - val };
}

/** Where the images of a split come from, before any is drawn again. */
export function imageSpec(recipe: ImagesRecipe, split: Split): ImageSpec {
  return {
    kind: "images",
    size: recipe.grid_size,
    palette: palettes[recipe.palette].values,
    label: recipe.label,
    redrawn: { rows: [], draws: [] },
    key: keyOf(recipe.seed),
    stream: { train: streams.trainImages, val: streams.valImages, test: streams.testImages }[split],
  };
}

/** The images of one split. */
export interface SplitImages {
  readonly split: Split;
  readonly spec: ImageSpec;
  readonly rows: number;
}

/** Where the images of all splits come from. For a corpus without duplicates all are drawn, to find which to draw again. */
export async function imageSplits(recipe: ImagesRecipe, onSearched?: OnSearched): Promise<SplitImages[]> {
  const counts = splitCounts(recipe);
  const splits = SPLITS.map((split) => ({ split, spec: imageSpec(recipe, split), rows: counts[split] }));
  if (!recipe.unique) return splits;
  const redrawn = await redrawnImages(createCore(), splits, onSearched);
  return splits.map(({ split, spec, rows }, at) => ({ split, spec: { ...spec, redrawn: redrawn[at]! }, rows }));
}

const BLOCK_BYTES = 1 << 20; // fits the second-level cache, and keeps messages rare

/** Images made at a time. */
export function imageBlockRows(size: number): number {
  return Math.floor(BLOCK_BYTES / (size * size));
}

function gridSize(size: number): number {
  if (Number.isSafeInteger(size) && size > 0 && size < MIN_GRID) {
    throw new InputError(
      `A grid of ${size} x ${size} is too small: lines are up to ${LONGEST_LINE} pixels long, give ${MIN_GRID} to ${MAX_GRID}`,
    );
  }
  return wholeNumber("Grid size", size, MIN_GRID, MAX_GRID);
}

function resolveSplits(shares: readonly number[]): ImagesRecipe["splits"] {
  const shown = String(shares);
  if (
    shares.length !== SPLITS.length ||
    !shares.every((share) => typeof share === "number" && share >= 0 && share <= 1)
  ) {
    throw new InputError(`Splits ${shown} are not allowed: give three shares from 0 to 1, such as 0.8,0.1,0.1`);
  }
  const sum = shares.reduce((total, share) => total + share, 0);
  if (Math.abs(sum - 1) > SHARE_TOLERANCE) {
    throw new InputError(`Splits ${shown} sum to ${Number(sum.toFixed(12))}, expected 1`);
  }
  const [train, val, test] = shares as [number, number, number];
  return { train, val, test };
}

/** The floor of `count` times the decimal that the share is written as, exactly: 0.29 of 100 is 29, not 28. */
function floorOfShare(count: number, share: number): number {
  const [, whole, fraction = "", exponent = "0"] = /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(share))!;
  const digits = fraction.length - Number(exponent);
  return Number((BigInt(count) * BigInt(whole + fraction)) / BigInt(`1${"0".repeat(digits)}`));
}
