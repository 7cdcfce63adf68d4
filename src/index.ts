// The library: what a program imports. Nothing here names a runtime; what needs files loads that part when called.
import { fill, type FillOptions } from "./core/fill.ts";
import { normalStream, uniformStream } from "./core/flat.ts";
import { createCore } from "./core/instance.ts";
import { InputError } from "./data/errors.ts";
import type { ByteSource } from "./data/format.ts";
import type { SourceSpec } from "./data/plan.ts";
import type { RowBlock } from "./data/rows.ts";
import { SPLITS, type Split } from "./data/splits.ts";
import {
  imageBlockRows,
  imageSpec,
  imageSplits,
  resolveImages,
  splitCounts,
  type ImagesOptions,
} from "./datasets/images.ts";
import {
  centroidsOf,
  memoryBlockRows,
  memorySources,
  resolveMemories,
  type MemoriesOptions,
} from "./datasets/memories.ts";
import { oneOf } from "./datasets/options.ts";
import { resolveVectors, vectorBlockRows, vectorSources, type VectorsOptions } from "./datasets/vectors.ts";
import type { NpyArray } from "./formats/npy.ts";
import type { VerifyOptions, VerifyReport } from "./report/verify.ts";
import { openSource } from "./sources/table.ts";

export { InputError } from "./data/errors.ts";
export { VERSION } from "./data/version.ts";
export type { DType, TypedArray } from "./data/dtype.ts";
export type { FillOptions } from "./core/fill.ts";
export type { Seed } from "./core/key.ts";
export type { LabelKind } from "./core/images.ts";
export type { PaletteName } from "./data/palettes.ts";
export type { ImageFormat, ImagesOptions } from "./datasets/images.ts";
export type { GivenCentroids, MemoriesOptions } from "./datasets/memories.ts";
export type { Split } from "./data/splits.ts";
export type { Classes, Distribution, VectorsOptions } from "./datasets/vectors.ts";
export type { NpyArray } from "./formats/npy.ts";
export type { VerifyOptions, VerifyReport } from "./report/verify.ts";

/**
 * Fills `out` with standard normal values, |z| up to 6.66, by the method of Box and Muller (1958), and returns it.
 * The value at a position depends on seed, stream and position alone. Throws `InputError` for an invalid option.
 */
export function fillNormals<T extends Float32Array>(out: T, options: FillOptions = {}): T {
  return fill(out, options, normalStream);
}

/** Fills `out` with uniform values in (0, 1), multiples of 2^-23 plus 2^-24; see `fillNormals`. */
export function fillUniforms<T extends Float32Array>(out: T, options: FillOptions = {}): T {
  return fill(out, options, uniformStream);
}

/** Consecutive vectors with their classes. */
export interface VectorBlock {
  /** Row number of the first vector. */
  readonly start: number;
  readonly rows: number;
  readonly dim: number;
  /** Shape (rows, dim), row-major. */
  readonly vectors: Float32Array;
  /** Shape (rows,): indices into `classNames`. */
  readonly classes: Uint8Array;
  readonly classNames: readonly string[];
}

export interface GenerateVectorsOptions extends Omit<VectorsOptions, "format" | "compress"> {
  /** Rows in a block; no value depends on it. Default: about a MiB. */
  readonly blockRows?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Yields the vectors of a dataset in blocks, the same values as the command `vectors` writes. The arrays are copies that
 * the caller may keep. Throws `InputError` for an invalid option, and the signal's reason once it is aborted.
 */
export async function* generateVectors(options: GenerateVectorsOptions): AsyncGenerator<VectorBlock> {
  const { signal, blockRows, ...rest } = options;
  const recipe = resolveVectors(rest);
  const { dim, range } = recipe;
  const classNames = recipe.classes.map(({ name }) => name);
  const rowsAtOnce = blockRows ?? vectorBlockRows(recipe);
  for await (const { start, rows, columns } of readBlocks(vectorSources(recipe), range, rowsAtOnce, 4 * dim, signal)) {
    const [vectors, classes] = columns.map(({ data }) => data);
    yield { start, rows, dim, vectors: vectors as Float32Array, classes: classes as Uint8Array, classNames };
  }
}

/** Consecutive memories. */
export interface MemoryBlock {
  /** Row number of the first memory. */
  readonly start: number;
  readonly rows: number;
  readonly dim: number;
  /** Shape (rows, dim), row-major. */
  readonly embeddings: Float32Array;
  /** Shape (rows,). */
  readonly confidences: Float32Array;
  /** Shape (rows,): the number of the centroid of each. */
  readonly clusters: Uint32Array;
}

export interface GenerateMemoriesOptions extends Omit<MemoriesOptions, "centroids" | "format" | "digits"> {
  /** That many random unit centroids of `dim` values, or given ones, of shape (K, dim), row-major. */
  readonly centroids: number | Float32Array;
  /** Memories in a block; no value depends on it. Default: about 512 KiB. */
  readonly blockRows?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Yields memories around centroids in blocks, the same values as the command `memories` writes. The arrays are copies that
 * the caller may keep. Throws `InputError` for an invalid option, and the signal's reason once it is aborted.
 */
export async function* generateMemories(options: GenerateMemoriesOptions): AsyncGenerator<MemoryBlock> {
  const { signal, blockRows, centroids, dim = 768, ...rest } = options;
  const given = typeof centroids === "number" ? undefined : { values: centroids, dim };
  const recipe = resolveMemories({ ...rest, centroids: given ?? (centroids as number), dim });
  const rowsAtOnce = blockRows ?? memoryBlockRows(recipe);
  const sources = memorySources(recipe, centroidsOf(recipe, given?.values));
  for await (const { start, rows, columns } of readBlocks(sources, recipe.range, rowsAtOnce, 4 * dim, signal)) {
    const [embeddings, confidences, clusters] = columns;
    yield {
      ...{ start, rows, dim },
      embeddings: embeddings!.data as Float32Array,
      confidences: confidences!.data as Float32Array,
      clusters: clusters!.data as Uint32Array,
    };
  }
}

/** Consecutive images of a split with what they are made of. */
export interface ImageBlock {
  readonly split: Split;
  /** Row number in the split of the first image. */
  readonly start: number;
  readonly rows: number;
  /** Height and width in pixels. */
  readonly gridSize: number;
  /** Shape (rows, gridSize, gridSize), row-major. */
  readonly images: Uint8Array;
  /** Shape (rows,). */
  readonly labels: Uint8Array;
  /** Shape (rows, 4, 6): of each object present, type, colour, row, column, pixels; absent ones zero. */
  readonly factors: Uint8Array;
}

export interface GenerateImagesOptions extends Omit<ImagesOptions, "format"> {
  /** Only these splits. Default all: train, val, test. */
  readonly only?: readonly Split[] | undefined;
  /** Images in a block; no value depends on it. Default: about a MiB. */
  readonly blockRows?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Yields the images of a corpus in blocks, split after split, the same values as the command `images` writes. The arrays are
 * copies that the caller may keep. Throws `InputError` for an invalid option, and the signal's reason once it is aborted.
 */
export async function* generateImages(options: GenerateImagesOptions): AsyncGenerator<ImageBlock> {
  const { signal, blockRows, only = SPLITS, ...rest } = options;
  const recipe = resolveImages(rest);
  const gridSize = recipe.grid_size;
  const rowsAtOnce = blockRows ?? imageBlockRows(gridSize);
  checkBlock(rowsAtOnce, Math.min(rowsAtOnce, recipe.images) * gridSize * gridSize);
  if (!Array.isArray(only) || only.length === 0)
    throw new InputError("No splits are not allowed: give some of train, val, test");
  for (const split of only) oneOf("Split", split, SPLITS);
  const { pause } = await import("./runtime/pause.ts");
  const breathe = async () => {
    await pause();
    signal?.throwIfAborted();
  };
  signal?.throwIfAborted();
  let blocks = 0;
  for (const { split, spec, rows: total } of await imageSplits(recipe, breathe)) {
    if (total === 0 || !only.includes(split)) continue;
    const source = openSource(createCore(), [spec], Math.min(rowsAtOnce, total));
    for (let start = 0; start < total; start += rowsAtOnce) {
      if (++blocks % BLOCKS_BETWEEN_PAUSES === 0) await breathe();
      signal?.throwIfAborted();
      const rows = Math.min(rowsAtOnce, total - start);
      const [images, labels, factors] = source
        .read(start, rows)
        .columns.map(({ data }) => (data as Uint8Array).slice());
      yield { split, start, rows, gridSize, images: images!, labels: labels!, factors: factors! };
    }
  }
}

/** One image with what it is made of. */
export interface RenderedImage {
  /** Shape (gridSize, gridSize), row-major. */
  readonly image: Uint8Array;
  readonly label: number;
  /** Shape (4, 6); see `ImageBlock`. */
  readonly factors: Uint8Array;
}

/**
 * Image number `index` of a split, the same as in a corpus of any size. Throws `InputError` for an invalid option, an index
 * that the corpus does not have, and for corpora without duplicates, whose images depend on those before them.
 */
export function renderImage(options: Omit<ImagesOptions, "format">, split: Split, index: number): RenderedImage {
  const recipe = resolveImages(options);
  if (recipe.unique)
    throw new InputError("One image of a corpus without duplicates cannot be drawn alone: use generateImages");
  const rows = splitCounts(recipe)[oneOf("Split", split, SPLITS)];
  if (!Number.isSafeInteger(index) || index < 0 || index >= rows) {
    const there = rows > 0 ? `images 0 to ${rows - 1}` : "no images";
    throw new InputError(`Image ${index} is not allowed: ${split} has ${there}`);
  }
  const block = openSource(createCore(), [imageSpec(recipe, split)], 1).read(index, 1);
  const [images, labels, factors] = block.columns.map(({ data }) => (data as Uint8Array).slice());
  return { image: images!, label: labels![0]!, factors: factors! };
}

/** Reads a .npy file, or its bytes. Throws `InputError` when it cannot be read or is malformed. */
export async function readNpy(file: string | Uint8Array): Promise<NpyArray> {
  const { readNpyArray } = await import("./formats/npy.ts");
  return withBytes(file, readNpyArray);
}

/** Reads every array of a .npz file, or of its bytes, by name. Throws `InputError` as `readNpy` does. */
export async function readNpz(file: string | Uint8Array): Promise<Record<string, NpyArray>> {
  const { readNpzArrays } = await import("./formats/npz.ts");
  return withBytes(file, readNpzArrays);
}

/**
 * Checks a dataset folder against its manifest and recipe: hashes every file and makes blocks of rows again. Throws
 * `InputError` where there is no manifest; everything else that is wrong is listed in `faults`.
 */
export async function verify(folder: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  const [{ verifyDataset }, { planOfManifest }] = await Promise.all([
    import("./report/verify.ts"),
    import("./datasets/table.ts"),
  ]);
  return verifyDataset(folder, planOfManifest, options);
}

/** Blocks of rows whose arrays are copies. */
async function* readBlocks(
  sources: readonly SourceSpec[],
  [rowStart, rowEnd]: readonly [number, number],
  blockRows: number,
  rowBytes: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<RowBlock> {
  const maxRows = Math.min(blockRows, rowEnd - rowStart);
  checkBlock(blockRows, maxRows * rowBytes);
  const source = openSource(createCore(), sources, maxRows);
  const { pause } = await import("./runtime/pause.ts");
  let blocks = 0;
  for (let start = rowStart; start < rowEnd; start += blockRows) {
    if (++blocks % BLOCKS_BETWEEN_PAUSES === 0) await pause();
    signal?.throwIfAborted();
    const { columns, ...block } = source.read(start, Math.min(blockRows, rowEnd - start));
    yield { ...block, columns: columns.map(({ field, data }) => ({ field, data: data.slice() })) };
  }
}

const BLOCKS_BETWEEN_PAUSES = 16; // timers and signals get their turn every 20 ms or so

const MAX_BLOCK_BYTES = 2 ** 30;

function checkBlock(rows: number, byteLength: number): void {
  if (!Number.isSafeInteger(rows) || rows < 1) {
    throw new InputError(`Block of ${rows} rows is not allowed: give an integer of at least 1`);
  }
  if (byteLength > MAX_BLOCK_BYTES) {
    throw new InputError(`Block of ${rows} rows is not allowed: it has ${byteLength} bytes, at most 2^30 fit the core`);
  }
}

async function withBytes<T>(file: string | Uint8Array, read: (source: ByteSource) => Promise<T>): Promise<T> {
  if (typeof file !== "string") {
    // Node's Buffer has a slice of its own, which copies nothing.
    const copy = (from: number, to: number) => Uint8Array.prototype.slice.call(file, from, to);
    return read({ byteLength: file.byteLength, read: async (offset, length) => copy(offset, offset + length) });
  }
  const { openFile } = await import("./runtime/files.ts");
  const source = await openFile(file);
  try {
    return await read(source);
  } finally {
    await source.close();
  }
}
