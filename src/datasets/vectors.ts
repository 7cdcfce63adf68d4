import { canonicalSeed, keyOf, type Seed } from "../core/key.ts";
import { streams } from "../core/streams.ts";
import { InputError } from "../data/errors.ts";
import type { FileSpec, FormatSpec, Pass, SourceSpec } from "../data/plan.ts";
import { canonicalJson, type Json } from "../data/recipe.ts";
import { thresholdsOf } from "../sources/category.ts";
import { oneOf, rangeWithin, wholeNumber } from "./options.ts";

export type Distribution = "gaussian" | "uniform";

/** Share of each class; the shares sum to 1. Pairs keep their order even where names are digits. */
export type Classes = Readonly<Record<string, number>> | readonly (readonly [name: string, share: number])[];

export interface VectorsOptions {
  /** How many vectors: 1 to 2^53 - 1. */
  readonly rows: number;
  /** Values in a vector: 1 to 65,536. Default 100. */
  readonly dim?: number | undefined;
  /** Default 42. */
  readonly seed?: Seed | undefined;
  /** Standard normal (default), or uniform in (0, 1). */
  readonly distribution?: Distribution | undefined;
  /** Default A = 0.1, B = 0.3, C = 0.6. */
  readonly classes?: Classes | undefined;
  /** Only rows `from` to `to`, exclusive: the same values as in the whole. */
  readonly range?: readonly [from: number, to: number] | undefined;
  readonly format?: "npy" | "npz" | undefined;
  /** Deflate the npz. Default false. */
  readonly compress?: boolean | undefined;
}

/** A dataset of vectors with a class each, fully resolved: with the major version it determines every byte. */
export type VectorsRecipe = {
  readonly kind: "vectors";
  readonly rows: number;
  readonly dim: number;
  readonly seed: string;
  readonly distribution: Distribution;
  readonly classes: readonly { readonly name: string; readonly share: number }[];
  readonly range: readonly [number, number];
  readonly format: "npy" | "npz";
  readonly compress: boolean;
};

export const DEFAULT_CLASSES: Readonly<Record<string, number>> = { A: 0.1, B: 0.3, C: 0.6 };
export const MAX_DIM = 65_536;
export const MAX_ROWS = Number.MAX_SAFE_INTEGER;
const MAX_ELEMENTS = 2n ** 66n; // four elements a counter, 2^64 counters
const SHARE_TOLERANCE = 1e-9;
const MAX_BLOCK_ROWS = 65_536; // their metadata lines stay small too
const MAX_NAME_BYTES = 255;
const BLOCK_BYTES = 1 << 20; // fits the second-level cache, and keeps messages rare

/** Checks the options and fills in the defaults. Throws `InputError` saying what is allowed. */
export function resolveVectors(options: VectorsOptions): VectorsRecipe {
  const rows = wholeNumber("Size", options.rows, 1, MAX_ROWS);
  const dim = wholeNumber("Dim", options.dim ?? 100, 1, MAX_DIM);
  if (BigInt(rows) * BigInt(dim) > MAX_ELEMENTS) {
    throw new InputError(`Size ${rows} times dim ${dim} is not allowed: the generator has 2^66 addresses`);
  }
  const format = oneOf("Format", options.format ?? "npy", ["npy", "npz"]);
  const compress = options.compress ?? false;
  if (compress && format !== "npz")
    throw new InputError('Compression needs format "npz": .npy files are never compressed');
  return {
    kind: "vectors",
    rows,
    dim,
    seed: canonicalSeed(options.seed ?? 42),
    distribution: oneOf("Distribution", options.distribution ?? "gaussian", ["gaussian", "uniform"]),
    classes: resolveClasses(options.classes ?? DEFAULT_CLASSES),
    range: rangeWithin(options.range ?? [0, rows], rows),
    format,
    compress,
  };
}

/** The recipe of a manifest, checked as if it were new: a file may have been edited. Throws `InputError`. */
export function parseVectorsRecipe(json: Json): VectorsRecipe {
  const given = json as Partial<VectorsRecipe>;
  const isClass = (item: Partial<VectorsRecipe["classes"][number]> | null) =>
    typeof item?.name === "string" && typeof item.share === "number";
  if (!Array.isArray(given.classes) || !given.classes.every(isClass)) {
    throw new InputError("The recipe has no list of class names and shares");
  }
  const isPlain =
    [given.rows, given.dim].every((value) => typeof value === "number") &&
    [given.seed, given.distribution, given.format].every((value) => typeof value === "string");
  if (!isPlain) throw new InputError("The recipe has a field of another type than this program writes");
  if (!Array.isArray(given.range) || given.range.length !== 2) throw new InputError("The recipe has no range of rows");
  const classes = given.classes.map(({ name, share }) => [name, share] as const);
  const recipe = resolveVectors({ ...given, rows: given.rows!, classes });
  if (canonicalJson(recipe) !== canonicalJson(json)) {
    throw new InputError("The recipe has fields that are missing, unknown or not as this program writes them");
  }
  return recipe;
}

/** Where the rows of the recipe come from. */
export function vectorSources(recipe: VectorsRecipe): SourceSpec[] {
  const key = keyOf(recipe.seed);
  const labels = recipe.classes.map(({ name }) => name);
  const thresholds = thresholdsOf(recipe.classes.map(({ share }) => share));
  return [
    { kind: recipe.distribution, field: "vectors", dim: recipe.dim, key, stream: streams.vectors },
    { kind: "category", field: "cls", labels, thresholds, key, stream: streams.cls },
  ];
}

/** Rows made at a time: about a MiB of values, a multiple of 16 where it is that many. */
export function vectorBlockRows({ dim }: Pick<VectorsRecipe, "dim">): number {
  const rows = Math.min(Math.floor(BLOCK_BYTES / (4 * dim)), MAX_BLOCK_ROWS);
  return rows < 16 ? rows : Math.floor(rows / 16) * 16;
}

/** The files of the recipe and how to make them. */
export function planVectors(recipe: VectorsRecipe): Pass[] {
  const [rowStart, rowEnd] = recipe.range;
  const blockRows = vectorBlockRows(recipe);
  const vectors: FormatSpec =
    recipe.format === "npy"
      ? { kind: "npy", field: "vectors" }
      : { kind: "npz", field: "vectors", compressor: recipe.compress ? "fflate" : "none", pieceRows: blockRows };
  const files: FileSpec[] = [
    { name: `vectors.${recipe.format}`, format: vectors },
    { name: "metadata.jsonl", format: { kind: "jsonl", fields: ["cls"] } },
  ];
  return [{ sources: vectorSources(recipe), files, rowStart, rowEnd, blockRows }];
}

function resolveClasses(classes: Classes): VectorsRecipe["classes"] {
  const pairs = Array.isArray(classes) ? (classes as readonly (readonly [string, number])[]) : Object.entries(classes);
  const resolved = pairs.map(([name, share]) => ({ name, share }));
  if (resolved.length < 1 || resolved.length > 256)
    throw new InputError(`${resolved.length} classes are not allowed: give 1 to 256`);
  for (const [at, { name, share }] of resolved.entries()) {
    if (resolved.findIndex((other) => other.name === name) < at) throw new InputError(`Class "${name}" is given twice`);
    if (name === "") throw new InputError("An empty class name is not allowed");
    if (new TextEncoder().encode(name).length > MAX_NAME_BYTES) {
      throw new InputError(`Class name "${name.slice(0, 20)}..." is not allowed: give at most ${MAX_NAME_BYTES} bytes`);
    }
    if (typeof share !== "number" || !(share > 0 && share <= 1))
      throw new InputError(`Share ${share} of class "${name}" is not allowed: give a number above 0, at most 1`);
  }
  const sum = resolved.reduce((total, { share }) => total + share, 0);
  if (Math.abs(sum - 1) > SHARE_TOLERANCE)
    throw new InputError(`Class shares sum to ${Number(sum.toFixed(12))}, expected 1`);
  return resolved;
}
