import { InputError } from "../data/errors.ts";
import type { ByteSource } from "../data/format.ts";
import type { VectorFile } from "../data/vectors.ts";

/** What a field of vectors is called, the likeliest name first. */
export const VECTOR_FIELDS = ["embedding", "vector", "values", "emb"] as const;

const MAX_DIM = 65_536; // what `vectors` writes; more is a misread header
const BLOCK_VALUES = 1 << 18; // 1 MiB of float32

/** Rows in a block. */
export function blockRowsOf(dim: number): number {
  return Math.max(1, Math.floor(BLOCK_VALUES / dim));
}

/** Throws `InputError` unless there are rows, of a sensible number of values. */
export function checkShape(rows: number, dim: number): void {
  if (rows === 0) throw new InputError("It has no rows: expected at least one vector");
  if (!Number.isSafeInteger(dim) || dim < 1 || dim > MAX_DIM)
    throw new InputError(`Vectors of ${dim} values are not allowed: expected 1 to ${MAX_DIM}`);
}

/** Where rows of one length lie in a file. */
interface RowLayout {
  readonly kind: string;
  readonly dim: number;
  readonly rows: number;
  /** Of the first row, in bytes. */
  readonly offset: number;
  readonly rowBytes: number;
}

/** The values of rows from their bytes, which it may overwrite; `start` is the number of the first row. */
type Unpack = (bytes: Uint8Array, start: number, rows: number) => Float32Array;

/** The vectors of a file whose rows have one length. Throws `InputError` when its length is not what its header says. */
export function fixedLengthVectors(source: ByteSource, layout: RowLayout, unpack: Unpack): VectorFile {
  const { kind, dim, rows, offset, rowBytes } = layout;
  checkShape(rows, dim);
  const expected = offset + rows * rowBytes;
  if (source.byteLength !== expected) {
    throw new InputError(
      `It has ${source.byteLength} bytes, expected ${expected} for ${rows} vectors of ${dim} values`,
    );
  }
  return {
    kind,
    dim,
    rows,
    async *blocks() {
      const blockRows = blockRowsOf(dim);
      for (let start = 0; start < rows; start += blockRows) {
        const count = Math.min(blockRows, rows - start);
        const bytes = await source.read(offset + start * rowBytes, count * rowBytes);
        yield { start, rows: count, data: unpack(bytes, start, count) };
      }
    },
  };
}
