import { InputError } from "../../data/errors.ts";
import type { Core } from "../instance.ts";
import { createSummarizer } from "../measure.ts";

/** A shift and a power of two by which rows are moved to where float32 scores are accurate, and back. */
export interface Frame {
  /** Whether rows stay as they are. */
  readonly isPlain: boolean;
  /** (row - shift) * scale of whole rows into `out`. */
  enter(out: Float32Array, rows: Float32Array): void;
  /** The place of a framed row among the given ones. */
  leave(row: Float32Array): Float32Array;
  readonly scale: number;
  /** No framed value is greater, whatever its sign. */
  readonly largest: number;
}

/** Scores of values within this range of powers of two neither overflow nor vanish, and are left as they are. */
const USUAL = 2 ** 20;
/** Rows are shifted where their mean is this many times as long as their deviation from it, both squared. */
const FAR = 16;

/**
 * The frame of rows of `dim` values, the largest of them `largest`, from the mean of `few` of them. Rows that lie about
 * their origin, such as embeddings do, stay as they are.
 */
export function frameOf(few: Float32Array, dim: number, largest: number): Frame {
  const power = powerAbove(largest);
  const mean = meanOf(few, dim);
  const moves = squareOf(mean) > FAR * (squareOf(few) / (few.length / dim) - squareOf(mean));
  const shift = mean.map((value) => (moves ? Math.fround(value) : 0));
  const scale = power > USUAL || power < 1 / USUAL ? 1 / power : 1;
  const isPlain = !moves && scale === 1;
  return {
    scale,
    isPlain,
    largest: (moves ? largest + power : largest) * scale,
    enter(out, rows) {
      if (isPlain) return out.set(rows);
      for (let at = 0; at < rows.length; at += dim) {
        for (let i = 0; i < dim; i++) out[at + i] = (rows[at + i]! - shift[i]!) * scale;
      }
    },
    leave: (row) => row.map((value, i) => value / scale + shift[i]!),
  };
}

/** The greatest absolute value. Throws `InputError` for one that is NaN or infinite. */
export function largestOf(core: Core, values: Float32Array, dim: number): number {
  const { min, max, nan } = createSummarizer(core)(values);
  const largest = Math.max(Math.abs(min), Math.abs(max));
  if (nan === 0 && largest < Infinity) return largest;
  const at = values.findIndex((value) => !Number.isFinite(value));
  throw new InputError(
    `Cannot cluster: value ${at % dim} of row ${Math.floor(at / dim)} is ${values[at]}, and only finite numbers are allowed`,
  );
}

/** The smallest power of two that is not below `x`; 1 for 0. */
function powerAbove(x: number): number {
  let power = 1;
  if (x === 0) return power;
  while (power < x) power *= 2;
  while (power / 2 >= x) power /= 2;
  return power;
}

function squareOf(values: Float32Array | Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return sum;
}

function meanOf(rows: Float32Array, dim: number): Float64Array {
  const mean = new Float64Array(dim);
  for (let at = 0; at < rows.length; at += dim) for (let i = 0; i < dim; i++) mean[i]! += rows[at + i]!;
  return mean.map((sum) => sum / Math.max(1, rows.length / dim));
}
