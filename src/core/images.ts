import type { Core } from "./instance.ts";
import type { StreamAddress } from "./flat.ts";
import { pixelCount, shapeCatalogue, type Shape } from "./shapes.ts";

/** How the images of a stream are drawn. */
export interface ImageStyle {
  /** Height and width in pixels, 8 to 64. */
  readonly size: number;
  /** The pixel value of colours 0 (the background) to 9. */
  readonly palette: readonly number[];
}

export const OBJECT_TYPES = ["blob", "rectangle", "line", "pattern"] as const;
export const MAX_OBJECTS = 4;
/** What is known of an object: present, type, colour, row, column, pixels. */
export const SLOT_BYTES = 6;
export const FACTOR_BYTES = MAX_OBJECTS * SLOT_BYTES;
export const LABEL_KINDS = ["composition", "count", "type"] as const;
export type LabelKind = (typeof LABEL_KINDS)[number];

/** Images with what they are made of; views of the core's memory that the next call overwrites. */
export interface DrawnImages {
  /** Shape (rows, size, size), row-major; empty when only factors were asked for. */
  readonly images: Uint8Array;
  /** Shape (rows, 4, 6): the slots of the objects in the order in which they were drawn, absent ones zero. */
  readonly factors: Uint8Array;
  /** Shape (rows,). */
  readonly labels: Uint8Array;
}

/** Independent images addressed by row: a row stream, so that none depends on another. */
export interface ImageStream {
  /** Rows `start` to `start + rows`, `rows` up to the stream's capacity; of draw `redraw` (0 to 65535) of each row. */
  read(start: number, rows: number, redraw?: number): DrawnImages;
}

/** Tries of a whole image, and of a place for one object, before it is given up. */
interface Patience {
  readonly attempts: number;
  readonly origins: number;
}

const PATIENCE: Patience = { attempts: 100, origins: 50 };
const SHAPE_BYTES = 48;
/** Counters between one draw of a row and its next: more than 100 attempts at 4 objects can use. */
const REDRAW_COUNTERS = 2 ** 16;

/** Opens a stream of images, with labels of one kind, for blocks of up to `maxRows`; without pixels unless `withPixels`. */
export function imageStream(
  core: Core,
  { key, stream }: StreamAddress,
  { size, palette }: ImageStyle,
  { maxRows, label = "composition", withPixels = true, patience = PATIENCE }: ImageStreamOptions,
): ImageStream {
  const imageBytes = withPixels ? size * size : 0;
  const images = withPixels ? core.alloc(maxRows * imageBytes) : 0;
  const factors = core.alloc(maxRows * FACTOR_BYTES);
  const labels = core.alloc(maxRows);
  const colours = core.alloc(palette.length);
  const catalogue = writeCatalogue(core);
  core.bytes(colours, palette.length).set(palette);
  const kind = LABEL_KINDS.indexOf(label);
  return {
    read(start, rows, redraw = 0) {
      if (rows > maxRows) throw new Error(`Cannot read ${rows} images: expected at most ${maxRows}`);
      core.kernels.setKey(key[0], key[1]);
      core.kernels.drawImages(
        ...[images, factors, rows, start % 2 ** 32, Math.floor(start / 2 ** 32), stream],
        ...[redraw * REDRAW_COUNTERS, size, colours, catalogue, patience.attempts, patience.origins],
      );
      core.kernels.labelImages(labels, factors, rows, kind);
      return {
        images: core.bytes(images, rows * imageBytes),
        factors: core.bytes(factors, rows * FACTOR_BYTES),
        labels: core.bytes(labels, rows),
      };
    },
  };
}

/** Labels, one an image, of factors of shape (rows, 4, 6), which are taken in pieces of `maxRows`. */
export function createLabeler(core: Core, label: LabelKind, maxRows: number): (factors: Uint8Array) => Uint8Array {
  const region = core.alloc(maxRows * FACTOR_BYTES);
  const out = core.alloc(maxRows);
  return (factors) => {
    const labels = new Uint8Array(factors.length / FACTOR_BYTES);
    for (let row = 0; row < labels.length; row += maxRows) {
      const piece = factors.subarray(row * FACTOR_BYTES, (row + maxRows) * FACTOR_BYTES);
      const rows = piece.length / FACTOR_BYTES;
      core.bytes(region, piece.length).set(piece);
      core.kernels.labelImages(out, region, rows, LABEL_KINDS.indexOf(label));
      labels.set(core.bytes(out, rows), row);
    }
    return labels;
  };
}

/** Counts images whose pixels are not those of their factors; see `createPixelCheck`. */
type PixelCheck = (images: Uint8Array, factors: Uint8Array) => number;

/**
 * Compares images with their factors: of each colour there must be as many pixels as the objects of that colour have, and of
 * each object one in the first row and one in the first column of its bounding box. Without a palette colours are not told
 * apart. `maxRows` rows are taken at once.
 */
export function createPixelCheck(
  core: Core,
  size: number,
  palette: readonly number[] | undefined,
  maxRows: number,
): PixelCheck {
  const imageBytes = size * size;
  const imageRegion = core.alloc(maxRows * imageBytes);
  const factorRegion = core.alloc(maxRows * FACTOR_BYTES);
  const colours = core.alloc(256);
  const unknown = palette ? UNKNOWN_COLOUR : 1;
  core.bytes(colours, 256).fill(unknown)[0] = 0;
  palette?.forEach((value, colour) => (core.bytes(colours, 256)[value] = colour));
  return (images, factors) => {
    let wrong = 0;
    for (let row = 0; row * FACTOR_BYTES < factors.length; row += maxRows) {
      const part = factors.subarray(row * FACTOR_BYTES, (row + maxRows) * FACTOR_BYTES);
      const rows = part.length / FACTOR_BYTES;
      core.bytes(factorRegion, part.length).set(part);
      core.bytes(imageRegion, rows * imageBytes).set(images.subarray(row * imageBytes, (row + rows) * imageBytes));
      const mask = palette ? COLOUR_MASK : 0;
      wrong += core.kernels.disagreeing(imageRegion, factorRegion, rows, size, colours, mask);
    }
    return wrong;
  };
}

const COLOUR_MASK = 15;
const UNKNOWN_COLOUR = 15; // that no object has

export interface ImageStreamOptions {
  readonly maxRows: number;
  /** Default composition. */
  readonly label?: LabelKind;
  /** Default true. */
  readonly withPixels?: boolean;
  readonly patience?: Patience;
}

/** Writes the shapes as the kernel reads them; returns where the list of types begins. */
function writeCatalogue(core: Core): number {
  const { rectangle, line, pattern } = shapeCatalogue();
  const types = [rectangle, line, pattern].map((groups) => {
    const entries = groups.flatMap((shapes) => [writeShapes(core, shapes), shapes.length]);
    return [writeWords(core, entries), groups.length];
  });
  return writeWords(core, types.flat());
}

function writeShapes(core: Core, shapes: readonly Shape[]): number {
  const pointer = core.alloc(SHAPE_BYTES * shapes.length);
  for (const [at, shape] of shapes.entries()) {
    const bytes = new Uint8Array(SHAPE_BYTES);
    const view = new DataView(bytes.buffer);
    [shape.length, shape[0]!.length, pixelCount(shape)].forEach((value, i) => view.setUint32(4 * i, value, true));
    shape.forEach((pixels, row) => {
      const mask = pixels.reduce((bits, isSet, column) => bits | (Number(isSet) << column), 0);
      view.setUint16(16 + 2 * row, mask, true);
    });
    core.bytes(pointer + at * SHAPE_BYTES, SHAPE_BYTES).set(bytes);
  }
  return pointer;
}

function writeWords(core: Core, words: readonly number[]): number {
  const pointer = core.alloc(4 * words.length);
  new Uint32Array(core.kernels.memory.buffer, pointer, words.length).set(words);
  return pointer;
}
