import { createCore } from "../core/instance.ts";
import { canonicalSeed, keyOf, type Seed } from "../core/key.ts";
import { streams } from "../core/streams.ts";
import { InputError } from "../data/errors.ts";
import type { SourceSpec } from "../data/plan.ts";
import { canonicalJson, type Json } from "../data/recipe.ts";
import { SENTENCES } from "../formats/memorywords.ts";
import { impliedCosines, randomCentroids, squaresOf, stdDevOfCosine } from "./centroids.ts";
import { numberWithin, oneOf, rangeWithin, wholeNumber } from "./options.ts";
import { MAX_DIM, MAX_ROWS } from "./vectors.ts";

export const MEMORY_FORMATS = ["jsonl", "npy", "parquet"] as const;
export type MemoryFormat = (typeof MEMORY_FORMATS)[number];

export interface GivenCentroids {
  /** Shape (K, dim), row-major. */
  readonly values: Float32Array;
  readonly dim: number;
  /** Of the values, for the recipe of a dataset. */
  readonly sha256?: string | undefined;
}

export interface MemoriesOptions {
  /** That many random unit centroids of `dim` values, or given ones. */
  readonly centroids: number | GivenCentroids;
  /** Of random centroids. Default 768. */
  readonly dim?: number | undefined;
  /** Default 950,000. */
  readonly count?: number | undefined;
  /** Of the noise in each coordinate. Default 0.1. */
  readonly stdDev?: number | undefined;
  /** Instead of `stdDev`: the cosine to be expected between two memories of a cluster, above 0 and at most 1. */
  readonly cosine?: number | undefined;
  /** Whether embeddings have unit length. Default true. */
  readonly normalize?: boolean | undefined;
  /** Each memory's confidence is this + U(-0.1, 0.1), within 0.5 to 1. Default 0.7. */
  readonly confidence?: number | undefined;
  /** Default 42. */
  readonly seed?: Seed | undefined;
  /** Only memories `from` to `to`, exclusive: the same as in the whole. */
  readonly range?: readonly [from: number, to: number] | undefined;
  /** Significant digits of the embeddings in JSONL, 1 to 9. Default 0: as many as read back to the same float32. */
  readonly digits?: number | undefined;
  readonly format?: MemoryFormat | undefined;
}

/** Memories, fully resolved: with the centroids' values and the major version it determines every byte. */
export type MemoriesRecipe = {
  readonly kind: "memories";
  readonly count: number;
  readonly range: readonly [number, number];
  readonly dim: number;
  /** `sha256` of the float32 values, row-major, where they come from a file. */
  readonly centroids: { readonly count: number; readonly sha256: string | null };
  readonly std_dev: number;
  readonly normalize: boolean;
  readonly confidence: number;
  readonly seed: string;
  readonly digits: number;
  readonly format: MemoryFormat;
};

export const DEFAULT_COUNT = 950_000;
const DEFAULT_DIM = 768;
const MAX_ELEMENTS = 2n ** 66n;
const MAX_CENTROID_VALUES = 2 ** 27;
const MAX_STD_DEV = 1e9;
const COSINE_TOLERANCE = 1e-9;
const MAX_CENTROID_VALUE = 1e15; // the sum of MAX_DIM squares stays a float32
const CONFIDENCE = { spread: 0.1, min: 0.5, max: 1 };
const BLOCK_BYTES = 1 << 19;
const ROW_GROUP_BYTES = 1 << 22; // large enough for readers, small enough to hold several
const MAX_BLOCK_ROWS = 8192;

/** Checks the options and fills in the defaults. Throws `InputError` saying what is allowed. */
export function resolveMemories(options: MemoriesOptions): MemoriesRecipe {
  const count = wholeNumber("Count", options.count ?? DEFAULT_COUNT, 1, MAX_ROWS);
  const seed = canonicalSeed(options.seed ?? 42);
  const { dim, ...centroids } = resolveCentroids(options);
  if (BigInt(count) * BigInt(dim) > MAX_ELEMENTS) {
    throw new InputError(`Count ${count} times dim ${dim} is not allowed: the generator has 2^66 addresses`);
  }
  const digits = wholeNumber("Digits", options.digits ?? 0, 0, 9);
  const format = oneOf("Format", options.format ?? "jsonl", MEMORY_FORMATS);
  if (digits > 0 && format !== "jsonl") throw new InputError(`Digits are of JSONL: format "${format}" keeps all bits`);
  return {
    kind: "memories",
    count,
    range: rangeWithin(options.range ?? [0, count], count),
    dim,
    centroids,
    std_dev: resolveStdDev(options, dim, seed),
    normalize: options.normalize ?? true,
    confidence: numberWithin("Confidence", options.confidence ?? 0.7, 0, 1),
    seed,
    digits,
    format,
  };
}

/** The recipe of a manifest, checked as if it were new: a file may have been edited. Throws `InputError`. */
export function parseMemoriesRecipe(json: Json): MemoriesRecipe {
  const given = json as Partial<MemoriesRecipe>;
  const isPlain =
    [given.count, given.dim, given.std_dev, given.confidence, given.digits, given.centroids?.count].every(
      (value) => typeof value === "number",
    ) &&
    typeof given.seed === "string" &&
    typeof given.normalize === "boolean" &&
    (given.centroids!.sha256 === null || typeof given.centroids!.sha256 === "string");
  if (!isPlain) throw new InputError("The recipe has a field of another type than this program writes");
  if (!Array.isArray(given.range) || given.range.length !== 2) throw new InputError("The recipe has no range of rows");
  const { count, sha256 } = given.centroids!;
  const resolved = resolveMemories({ ...given, centroids: count, stdDev: given.std_dev });
  // Values of a file are held against their hash where they are read.
  const recipe: MemoriesRecipe = { ...resolved, centroids: { count, sha256 } };
  if (canonicalJson(recipe) !== canonicalJson(json)) {
    throw new InputError("The recipe has fields that are missing, unknown or not as this program writes them");
  }
  return recipe;
}

/** The centroids of the recipe: those given, or random ones. Throws `InputError` where they are missing or others. */
export function centroidsOf(recipe: MemoriesRecipe, given: Float32Array | undefined): Float32Array {
  const { count, sha256 } = recipe.centroids;
  if (sha256 === null && !given) return randomCentroids(createCore(), recipe.seed, count, recipe.dim);
  if (given?.length !== count * recipe.dim) throw new InputError("The centroids are not those of the recipe");
  return given;
}

/** Where the rows of the recipe come from: the fields of a memory. */
export function memorySources(recipe: MemoriesRecipe, centroids: Float32Array): SourceSpec[] {
  const key = keyOf(recipe.seed);
  const clusterStream = streams.memoryClusters;
  return [
    {
      kind: "clustered",
      field: "embedding",
      dim: recipe.dim,
      centroids,
      stdDev: recipe.std_dev,
      normalize: recipe.normalize,
      key,
      stream: streams.memoryNoise,
      clusterStream,
    },
    {
      kind: "jittered",
      field: "confidence",
      base: recipe.confidence,
      ...CONFIDENCE,
      key,
      stream: streams.memoryConfidence,
    },
    { kind: "index", field: "cluster", bound: recipe.centroids.count, key, stream: clusterStream },
    { kind: "index", field: "sentence", bound: SENTENCES, key, stream: streams.memoryWords },
  ];
}

/** Rows made at a time: about 512 KiB of values, of Parquet 4 MiB, a multiple of 16 where it is that many. */
export function memoryBlockRows({ dim, format }: Pick<MemoriesRecipe, "dim" | "format">): number {
  const byteLength = format === "parquet" ? ROW_GROUP_BYTES : BLOCK_BYTES;
  const rows = Math.min(Math.floor(byteLength / (4 * dim)), MAX_BLOCK_ROWS);
  return rows < 16 ? Math.max(1, rows) : Math.floor(rows / 16) * 16;
}

function resolveCentroids({ centroids, dim }: MemoriesOptions): MemoriesRecipe["centroids"] & { dim: number } {
  if (typeof centroids === "number") {
    const length = wholeNumber("Dim", dim ?? DEFAULT_DIM, 1, MAX_DIM);
    const most = Math.floor(MAX_CENTROID_VALUES / length);
    return { dim: length, count: wholeNumber("Number of centroids", centroids, 1, most), sha256: null };
  }
  if (dim !== undefined && dim !== centroids.dim)
    throw new InputError(`Dim ${dim} is not allowed: the centroids have ${centroids.dim}`);
  const { values, sha256 = null } = centroids;
  if (!(values instanceof Float32Array))
    throw new InputError("Centroids of that type are not allowed: give a Float32Array");
  const length = wholeNumber("Dim of the centroids", centroids.dim, 1, MAX_DIM);
  const most = Math.floor(MAX_CENTROID_VALUES / length);
  const large = values.find((value) => !(Math.abs(value) <= MAX_CENTROID_VALUE)); // NaN too
  if (large !== undefined)
    throw new InputError(`Centroids with ${large} are not allowed: expected values up to ${MAX_CENTROID_VALUE}`);
  return { dim: length, count: wholeNumber("Number of centroids", values.length / length, 1, most), sha256 };
}

function resolveStdDev({ stdDev, cosine, centroids }: MemoriesOptions, dim: number, seed: string): number {
  if (cosine === undefined) return numberWithin("Standard deviation", stdDev ?? 0.1, 0, MAX_STD_DEV);
  if (stdDev !== undefined) throw new InputError("A cosine and a standard deviation say the same: give one of them");
  if (!(cosine > 0 && cosine <= 1))
    throw new InputError(`Cosine ${cosine} is not allowed: give a number above 0, at most 1`);
  const values = typeof centroids === "number" ? randomCentroids(createCore(), seed, centroids, dim) : centroids.values;
  const squares = squaresOf(values, dim);
  if (squares.every((square) => square === 0))
    throw new InputError(`Cosine ${cosine} is not allowed: the centroids are zeros`);
  const found = stdDevOfCosine(cosine, dim, squares, MAX_STD_DEV);
  const { betweenMembers } = impliedCosines(found, dim, squares);
  if (found > MAX_STD_DEV || Math.abs(betweenMembers - cosine) > COSINE_TOLERANCE)
    throw new InputError(`Cosine ${cosine} is not allowed: no standard deviation up to ${MAX_STD_DEV} gives it`);
  return found;
}
