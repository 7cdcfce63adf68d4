import {
  batchType,
  binary,
  Column,
  Endianness,
  field,
  fixedSizeList,
  float32,
  int32,
  int64,
  struct,
  Table,
  tableToIPC,
  uint8,
  utf8,
  Version,
  type Batch,
  type DataType,
  type TypedArray,
} from "@uwdata/flechette";
import { InputError } from "../data/errors.ts";

/** Values of different lengths: value i is bytes `offsets[i]` to `offsets[i + 1]`. */
export interface Slices {
  readonly bytes: Uint8Array;
  /** Begins with 0 and has one more than there are values. */
  readonly offsets: Int32Array;
}

/** A column of a table; no value is missing. */
export type ArrowColumn = { readonly name: string } & ArrowValues;
export type ArrowValues =
  | { readonly type: "uint8"; readonly values: Uint8Array }
  | { readonly type: "int32"; readonly values: Int32Array }
  | { readonly type: "int64"; readonly values: BigInt64Array }
  | { readonly type: "float32"; readonly values: Float32Array }
  | { readonly type: "string"; readonly values: readonly string[] }
  | { readonly type: "binary"; readonly values: Slices }
  /** Lists of `length` numbers, one after the other. */
  | { readonly type: "uint8[]"; readonly length: number; readonly values: Uint8Array }
  | { readonly type: "float32[]"; readonly length: number; readonly values: Float32Array }
  /** A struct of an image file and its name, as the Hugging Face datasets have them. */
  | { readonly type: "image"; readonly values: { readonly bytes: Slices; readonly path: readonly string[] } };

type AnyBatch = Batch<unknown>;

/** A table as an Arrow IPC stream. */
export interface ArrowStream {
  readonly rows: number;
  readonly bytes: Uint8Array;
}

/**
 * The columns as one record batch. Throws `InputError` when they hold more than `maxBytes`, and
 * another error when they differ in length.
 */
export function toArrow(
  columns: readonly ArrowColumn[],
  maxBytes: number,
  metadata: ReadonlyMap<string, string>,
): ArrowStream {
  const batches = columns.map(batchOf);
  const rows = batches[0]?.length ?? 0;
  for (const [at, { length }] of batches.entries()) {
    if (length !== rows) throw new Error(`Cannot write ${length} values of "${columns[at]!.name}": expected ${rows}`);
  }
  const bytes = batches.reduce((sum, batch) => sum + byteLengthOf(batch), 0);
  if (bytes > maxBytes) {
    throw new InputError(`Cannot write ${bytes} bytes as one table: expected at most ${maxBytes}, so write several`);
  }
  const fields = columns.map(({ name }, at) => field(name, batches[at]!.type));
  const schema = { version: Version.V5, endianness: Endianness.Little, fields, metadata: new Map(metadata) };
  const table = new Table(
    schema,
    batches.map((batch) => new Column([batch])),
  );
  return { rows, bytes: tableToIPC(table, { format: "stream" })! };
}

function batchOf(column: ArrowColumn): AnyBatch {
  switch (column.type) {
    case "uint8":
      return flatBatch(uint8(), column.values);
    case "int32":
      return flatBatch(int32(), column.values);
    case "int64":
      return flatBatch(int64(), column.values);
    case "float32":
      return flatBatch(float32(), column.values);
    case "string":
      return sliceBatch(utf8(), encodeTexts(column.values));
    case "binary":
      return sliceBatch(binary(), column.values);
    case "uint8[]":
      return listBatch(uint8(), column.length, column.values);
    case "float32[]":
      return listBatch(float32(), column.length, column.values);
    case "image": {
      const { bytes, path } = column.values;
      const children = [sliceBatch(binary(), bytes), sliceBatch(utf8(), encodeTexts(path))];
      const type = struct(["bytes", "path"].map((name, at) => field(name, children[at]!.type)));
      return createBatch(type, path.length, { children });
    }
  }
}

function flatBatch(type: DataType, values: TypedArray): AnyBatch {
  return createBatch(type, values.length, { values });
}

function sliceBatch(type: DataType, { bytes, offsets }: Slices): AnyBatch {
  return createBatch(type, offsets.length - 1, { offsets, values: bytes.subarray(0, offsets.at(-1)) });
}

function listBatch(item: DataType, length: number, values: TypedArray): AnyBatch {
  const type = fixedSizeList(field("element", item), length);
  return createBatch(type, values.length / length, { children: [flatBatch(item, values)] });
}

interface BatchParts {
  readonly values?: TypedArray;
  readonly offsets?: Int32Array;
  readonly children?: AnyBatch[];
}

function createBatch(type: DataType, length: number, parts: BatchParts): AnyBatch {
  const Batch = batchType(type) as new (parts: unknown) => AnyBatch;
  return new Batch({ type, length, nullCount: 0, validity: new Uint8Array(0), ...parts });
}

function byteLengthOf({ values, offsets, children }: Partial<AnyBatch>): number {
  const own = (values?.byteLength ?? 0) + (offsets?.byteLength ?? 0);
  return (children ?? []).reduce((sum, child) => sum + byteLengthOf(child), own);
}

function encodeTexts(texts: readonly string[]): Slices {
  const utf8Encoder = new TextEncoder();
  const characters = texts.reduce((length, text) => length + text.length, 0);
  const bytes = new Uint8Array(3 * characters); // the most that UTF-8 takes
  const offsets = new Int32Array(texts.length + 1);
  let at = 0;
  for (const [i, text] of texts.entries()) {
    at += utf8Encoder.encodeInto(text, bytes.subarray(at)).written;
    offsets[i + 1] = at;
  }
  return { bytes: bytes.subarray(0, at), offsets };
}
