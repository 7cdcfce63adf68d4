import { InputError } from "../data/errors.ts";
import { bytesOf, dtypes, isDType, type DType, type TypedArray } from "../data/dtype.ts";
import type { ByteSource, Encoder, FileLength, StoredRows } from "../data/format.ts";
import { columnOf, valuesPerRow, type Field } from "../data/rows.ts";

// NumPy's .npy format 1.0: numpy/lib/format.py and NEP 1.
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const ALIGNMENT = 64;
const MAX_HEADER_BYTES = 1 << 20; // NumPy refuses headers of more than 10,000 unless told to trust them
const GROWTH_DIGITS = 21; // NumPy leaves room for the first axis to grow to 2^64

/** What stands before the values: item type, axis lengths, and where the values begin. */
export interface NpyDescription {
  /** NumPy's name of the item type, such as `<f4`; it may be none of `dtypes`. */
  readonly descr: string;
  readonly shape: readonly number[];
  readonly fortranOrder: boolean;
  /** Length of the header in bytes: the offset of the first value. */
  readonly byteLength: number;
}

/** The same, of a known item type. */
export interface NpyHeader extends Omit<NpyDescription, "descr"> {
  readonly dtype: DType;
}

/** The header bytes that NumPy itself writes for a C-order array of that type and shape. */
export function npyHeader(dtype: DType, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  let text = `{'descr': '${dtype}', 'fortran_order': False, 'shape': (${tuple}), }`;
  if (shape.length > 0) text += " ".repeat(GROWTH_DIGITS - String(shape[0]).length);
  const unpadded = 10 + text.length + 1;
  text += " ".repeat(Math.ceil(unpadded / ALIGNMENT) * ALIGNMENT - unpadded) + "\n";
  return Uint8Array.from([...MAGIC, 1, 0, text.length & 255, text.length >> 8, ...new TextEncoder().encode(text)]);
}

/** Rows of one column as they lie in memory. */
export function npyEncoder(column: string): Encoder {
  return {
    historyRows: 0,
    encode: (block) => ({ bytes: bytesOf(columnOf(block, column).data) }),
  };
}

/** The exact size of a .npy of `rows` rows of the field. */
export function npyLength(field: Field, rows: number): FileLength {
  const values = rows * valuesPerRow(field) * dtypes[field.dtype].bytes;
  const exact = npyHeader(field.dtype, [rows, ...field.shape]).length + values;
  return { expected: exact, atMost: exact };
}

/** Reads the header at the start of `source`. Throws `InputError` when it is no .npy of a known type or is cut short. */
export async function readNpyHeader(source: ByteSource): Promise<NpyHeader> {
  const { descr, ...rest } = await readNpyDescription(source);
  if (!isDType(descr)) {
    throw new InputError(`Cannot read .npy values of type ${descr}: expected one of ${Object.keys(dtypes).join(", ")}`);
  }
  return { dtype: descr, ...rest };
}

/** The same for a .npy of any type that has a name. */
export async function readNpyDescription(source: ByteSource): Promise<NpyDescription> {
  if (source.byteLength < 10) throw new InputError(`Not a .npy file: ${source.byteLength} bytes, expected at least 10`);
  const start = await source.read(0, Math.min(12, source.byteLength));
  if (MAGIC.some((byte, at) => start[at] !== byte))
    throw new InputError("Not a .npy file: it does not begin with \\x93NUMPY");
  const major = start[6]!;
  if (major < 1 || major > 3) throw new InputError(`Unknown .npy version ${major}: expected 1, 2 or 3`);
  const view = new DataView(start.buffer, start.byteOffset);
  const textAt = major === 1 ? 10 : 12;
  if (source.byteLength < textAt) throw new InputError("The .npy header is cut short");
  const textLength = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const byteLength = textAt + textLength;
  if (textLength > MAX_HEADER_BYTES)
    throw new InputError(`The .npy header of ${textLength} bytes is too long to be one`);
  if (byteLength > source.byteLength) {
    throw new InputError(
      `The .npy header is cut short: expected ${byteLength} bytes, the file has ${source.byteLength}`,
    );
  }
  const text = new TextDecoder(major === 3 ? "utf-8" : "latin1").decode(await source.read(textAt, textLength));
  const descr = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const tuple = /'shape':\s*\(([^)]*)\)/.exec(text)?.[1];
  if (descr === undefined || order === undefined || tuple === undefined) {
    throw new InputError(
      `Cannot read the .npy header: ${text
        .replace(/[^\x20-\x7e]+/g, " ")
        .trim()
        .slice(0, 100)}`,
    );
  }
  if (!/^[\d, L]*$/.test(tuple)) throw new InputError(`Cannot read the .npy shape (${tuple.slice(0, 60)})`);
  const shape = tuple
    .split(",")
    .filter((part) => part.trim() !== "")
    .map((part) => Number(part.trim().replace(/L$/, "")));
  if (shape.some((length) => !Number.isSafeInteger(length) || length < 0)) {
    throw new InputError(`Cannot read the .npy shape (${tuple})`);
  }
  return { descr, shape, fortranOrder: order === "True", byteLength };
}

/** A whole array in memory. `data` is in the order of the file: C order unless `fortranOrder`. */
export interface NpyArray<T extends TypedArray = TypedArray> {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly fortranOrder: boolean;
  readonly data: T;
}

/** Reads a whole .npy. Throws `InputError` when it is malformed or its length is not what its header says. */
export async function readNpyArray(source: ByteSource): Promise<NpyArray> {
  const header = await readNpyHeader(source);
  const { bytes: itemBytes, array } = dtypes[header.dtype];
  const count = header.shape.reduce((product, length) => product * length, 1);
  const expected = header.byteLength + count * itemBytes;
  if (source.byteLength !== expected) {
    throw new InputError(`The .npy has ${source.byteLength} bytes, its header says ${expected}`);
  }
  const bytes = await source.read(header.byteLength, count * itemBytes);
  const aligned = bytes.byteOffset % itemBytes === 0 ? bytes : bytes.slice();
  const data = new array(aligned.buffer as ArrayBuffer, aligned.byteOffset, count);
  return { dtype: header.dtype, shape: header.shape, fortranOrder: header.fortranOrder, data };
}

/** The rows of a C-order .npy of that field. Throws `InputError` when its type, row shape or length is another. */
export async function npyStoredRows(source: ByteSource, field: Field): Promise<StoredRows> {
  const { dtype, shape, fortranOrder, byteLength } = await readNpyHeader(source);
  const [rows = 0, ...rowShape] = shape;
  if (dtype !== field.dtype || rowShape.join() !== field.shape.join() || fortranOrder) {
    throw new InputError(
      `Rows of ${dtype} (${rowShape.join(", ")}), expected ${field.dtype} (${field.shape.join(", ")}) in C order`,
    );
  }
  const rowBytes = valuesPerRow(field) * dtypes[dtype].bytes;
  if (source.byteLength !== byteLength + rows * rowBytes) {
    throw new InputError(`${source.byteLength} bytes, expected ${byteLength + rows * rowBytes} for ${rows} rows`);
  }
  return { rows, read: (start, count) => source.read(byteLength + start * rowBytes, count * rowBytes) };
}
