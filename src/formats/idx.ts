import { bytesOf } from "../data/dtype.ts";
import { InputError } from "../data/errors.ts";
import type { ByteSource, Encoder, FileLength, StoredRows } from "../data/format.ts";
import { columnOf, valuesPerRow, type Field } from "../data/rows.ts";

// The IDX format of the MNIST database: two zeros, the type of the items, the number of axes, the length of each as a
// big-endian uint32, then the items.
const UINT8 = 0x08;
const MAX_AXIS = 2 ** 32 - 1;
const MAX_AXES = 255;
const BEFORE_AXES = 4;
const AXIS_BYTES = 4;

/** What stands before the items, which are uint8. */
export interface IdxHeader {
  readonly shape: readonly number[];
  /** Length of the header in bytes: the offset of the first item. */
  readonly byteLength: number;
}

/** The header of an array of uint8. Throws `InputError` when an axis is longer than IDX can say. */
export function idxHeader(shape: readonly number[]): Uint8Array {
  const longest = Math.max(0, ...shape);
  if (longest > MAX_AXIS) throw new InputError(`Cannot write an IDX axis of ${longest}: expected at most ${MAX_AXIS}`);
  const bytes = new Uint8Array(headerBytes(shape.length));
  bytes.set([0, 0, UINT8, shape.length]);
  const view = new DataView(bytes.buffer);
  shape.forEach((length, axis) => view.setUint32(BEFORE_AXES + axis * AXIS_BYTES, length));
  return bytes;
}

/** Rows of one column of uint8 as they lie in memory. */
export function idxEncoder(column: string): Encoder {
  return {
    historyRows: 0,
    encode(block) {
      const { field, data } = columnOf(block, column);
      if (field.dtype !== "|u1") throw new Error(`Cannot write "${column}" of ${field.dtype} as IDX: expected |u1`);
      return { bytes: bytesOf(data) };
    },
  };
}

/** The exact size of an IDX file of `rows` rows of the field. */
export function idxLength(field: Field, rows: number): FileLength {
  const exact = headerBytes(1 + field.shape.length) + rows * valuesPerRow(field);
  return { expected: exact, atMost: exact };
}

/** Reads the header at the start of `source`. Throws `InputError` when it is no IDX of uint8, or is cut short. */
export async function readIdxHeader(source: ByteSource): Promise<IdxHeader> {
  const start = await source.read(0, Math.min(headerBytes(MAX_AXES), source.byteLength));
  if (start.length < BEFORE_AXES || start[0] !== 0 || start[1] !== 0) {
    throw new InputError("Not an IDX file: it does not begin with two zeros, a type and a number of axes");
  }
  const [, , type, axes] = start as unknown as [number, number, number, number];
  if (type !== UINT8) throw new InputError(`Cannot read IDX items of type 0x${hex(type)}: expected 0x08, uint8`);
  const byteLength = headerBytes(axes);
  if (start.length < byteLength) {
    throw new InputError(`The IDX header is cut short: expected ${byteLength} bytes, the file has ${start.length}`);
  }
  const view = new DataView(start.buffer, start.byteOffset);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(BEFORE_AXES + axis * AXIS_BYTES));
  const expected = byteLength + shape.reduce((product, length) => product * length, 1);
  if (source.byteLength !== expected) {
    throw new InputError(`The IDX has ${source.byteLength} bytes, its header says ${expected}`);
  }
  return { shape, byteLength };
}

/** The rows of an IDX of that field. Throws `InputError` when its type, row shape or length is another. */
export async function idxStoredRows(source: ByteSource, field: Field): Promise<StoredRows> {
  const { shape, byteLength } = await readIdxHeader(source);
  const [rows, ...rowShape] = shape;
  if (rows === undefined || rowShape.join() !== field.shape.join()) {
    throw new InputError(`Rows of shape (${rowShape.join(", ")}), expected (${field.shape.join(", ")})`);
  }
  const rowBytes = valuesPerRow(field);
  return { rows, read: (start, count) => source.read(byteLength + start * rowBytes, count * rowBytes) };
}

function headerBytes(axes: number): number {
  return BEFORE_AXES + axes * AXIS_BYTES;
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
