import type { Core } from "../instance.ts";

/** Rows of float32 in the core's memory, each padded with zeros to a multiple of four. */
export interface StoredRows {
  readonly dim: number;
  /** Values of a row with its padding. */
  readonly stride: number;
  /** Rows that were added. */
  readonly count: number;
  /** Copies rows of `dim` values behind those that are there. */
  add(values: Float32Array): void;
  /** Copies one row of `stride` values behind those that are there. */
  addPadded(row: Float32Array): void;
  /** Forgets all rows; their room stays. */
  clear(): void;
  /** Runs of rows that lie behind each other, for rows `first` to `first + count`: pointers into the core. */
  runs(first: number, count: number): Generator<RowRun>;
  /** Shape (stride,): a view of one row. */
  row(row: number): Float32Array;
}

export interface RowRun {
  readonly pointer: number;
  readonly rows: number;
}

const REGION_BYTES = 2 ** 28; // a fraction of what may be reserved at a time

export function strideOf(dim: number): number {
  return 4 * Math.ceil(dim / 4);
}

/** Reserves room for `capacity` rows. */
export function storeRows(core: Core, dim: number, capacity: number): StoredRows {
  const stride = strideOf(dim);
  const width = 4 * stride;
  const regionRows = Math.max(1, Math.floor(REGION_BYTES / width));
  const regions: number[] = [];
  for (let left = capacity; left > 0; left -= regionRows) regions.push(core.alloc(Math.min(left, regionRows) * width));
  let count = 0;
  const rowAt = (row: number) => {
    const place = regions[Math.floor(row / regionRows)]! + (row % regionRows) * width;
    return floats(core, place, stride);
  };
  const runs = function* (first: number, rows: number): Generator<RowRun> {
    for (let row = first; row < first + rows;) {
      const within = row % regionRows;
      const many = Math.min(first + rows - row, regionRows - within);
      yield { pointer: regions[Math.floor(row / regionRows)]! + within * width, rows: many };
      row += many;
    }
  };
  return {
    dim,
    stride,
    get count() {
      return count;
    },
    add(values) {
      const rows = values.length / dim;
      if (count + rows > capacity) throw new Error(`Cannot store ${count + rows} rows: expected at most ${capacity}`);
      let from = 0;
      for (const run of runs(count, rows)) {
        padRows(
          floats(core, run.pointer, run.rows * stride),
          stride,
          values.subarray(from, from + run.rows * dim),
          dim,
        );
        from += run.rows * dim;
      }
      count += rows;
    },
    addPadded(row) {
      rowAt(count++).set(row);
    },
    clear() {
      count = 0;
    },
    runs,
    row: rowAt,
  };
}

/** Copies rows of `dim` values to rows of `stride`, with zeros behind each. */
function padRows(out: Float32Array, stride: number, values: Float32Array, dim: number): void {
  if (stride === dim) return out.set(values);
  for (let to = 0, from = 0; from < values.length; to += stride, from += dim) {
    out.set(values.subarray(from, from + dim), to);
    out.fill(0, to + dim, to + stride);
  }
}

export function floats(core: Core, pointer: number, length: number): Float32Array {
  return new Float32Array(core.kernels.memory.buffer, pointer, length);
}

export function doubles(core: Core, pointer: number, length: number): Float64Array {
  return new Float64Array(core.kernels.memory.buffer, pointer, length);
}

export function words(core: Core, pointer: number, length: number): Uint32Array {
  return new Uint32Array(core.kernels.memory.buffer, pointer, length);
}
