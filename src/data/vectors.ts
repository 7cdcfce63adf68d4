/** Consecutive rows of a stored file of vectors. */
export interface VectorBlock {
  /** Number of the first row in the file, from 0. */
  readonly start: number;
  readonly rows: number;
  /** Shape (rows, dim), row-major; the next block may overwrite it. */
  readonly data: Float32Array;
}

/** The vectors of a stored file, whatever its kind: at least one row, all of `dim` values. */
export interface VectorFile {
  readonly kind: string;
  readonly dim: number;
  /** Undefined where only reading to the end tells. */
  readonly rows: number | undefined;
  /**
   * All rows in order, in blocks of about 1 MiB, from the first at every call; calls must not overlap in time. Values are
   * rounded to float32 and may be NaN or infinite. Throws `InputError` where the file is damaged.
   */
  blocks(): AsyncGenerator<VectorBlock>;
}
