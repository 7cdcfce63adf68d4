import { Precision, tableFromIPC, Type, type Batch, type DataType } from "@uwdata/flechette";
import { bytesOf } from "../data/dtype.ts";
import { InputError } from "../data/errors.ts";
import type { ByteSource } from "../data/format.ts";
import type { VectorFile } from "../data/vectors.ts";
import { floatTypes } from "./floats.ts";
import { loadParquet, type Parquet, PARQUET_MAX_FILE_BYTES } from "./parquet.ts";
import { MAGIC } from "./parquetfooter.ts";
import { openParquetParts, type ParquetParts } from "./parquetparts.ts";
import { plainLists } from "./parquetrowgroup.ts";
import { blockRowsOf, checkShape, VECTOR_FIELDS } from "./vectorrows.ts";

const MAX_GROUP_BYTES = PARQUET_MAX_FILE_BYTES - (1 << 20); // with room for a footer
const DECODED_VALUES = 1 << 24; // at a time, or as many as make the bytes of the row group

/**
 * The rows of a Parquet file's column of lists of floats: the one named embedding, vector, values or emb, or else the
 * only one. One row group of it is in memory at a time, and so are the decoder's copy and what it decodes at once. Throws
 * `InputError` when there is no such column, a row group of it has more than `MAX_GROUP_BYTES`, lists differ in length, or
 * a value is missing.
 */
export async function openParquetVectors(source: ByteSource): Promise<VectorFile> {
  const [parquet, parts] = await Promise.all([loadParquet(), openParquetParts(source)]);
  const column = chooseColumn(tableFromIPC(parquet.schema(parts.empty)).schema.fields);
  const rows = parts.rows.reduce((sum, count) => sum + count, 0);
  checkShape(rows, 1);
  const firstGroup = parts.rows.findIndex((count) => count > 0);
  const dim = lengthOfFirst(column, await readGroup(parts, column, firstGroup), parquet);
  checkShape(rows, dim);
  return {
    kind: "parquet",
    dim,
    rows,
    async *blocks() {
      let start = 0;
      for (const [group, count] of parts.rows.entries()) {
        if (count === 0) continue;
        const file = await readGroup(parts, column, group);
        const end = start + count;
        const atOnce = Math.ceil(Math.max(DECODED_VALUES, file.length / 4) / dim); // every call copies the file
        for (let first = 0; first < count; first += atOnce) {
          for (const lists of listsOf(parquet, file, first, atOnce, blockRowsOf(dim))) {
            yield { start, rows: lists.length, data: floatsOf(column, lists, start, dim) };
            start += lists.length;
          }
        }
        if (start !== end) throw new InputError(`Row group ${group} ends at row ${start}, expected ${end}`);
      }
    },
  };
}

/** The vectors in a column of lists, a row group at a time. */
export interface ListColumnReader {
  /** How many values the first list has; 0 where there is none. */
  dim(): Promise<number>;
  /** Shape (rows, dim), dim being the length of the first of them. Throws `InputError` when they differ in length or a value is missing. */
  read(group: number): Promise<Float32Array>;
}

/**
 * Reads a column of lists of floats. Throws `InputError` where it has another type, and when a row group of it is too long, as
 * `openParquetVectors` does.
 */
export function openListColumn(parquet: Parquet, parts: ParquetParts, name: string): ListColumnReader {
  const fields = tableFromIPC(parquet.schema(parts.empty)).schema.fields;
  const type = fields.find((field) => field.name === name)?.type;
  if (!type || !isFloatList(type)) throw otherType(name);
  const isFloat32 = precisionOf(itemTypeOf(type)) === Precision.SINGLE;
  return {
    async dim() {
      const group = parts.rows.findIndex((count) => count > 0);
      return group < 0 ? 0 : lengthOfFirst(name, await readGroup(parts, name, group), parquet);
    },
    async read(group) {
      const file = await readGroup(parts, name, group);
      const rows = parts.rows[group]!;
      return (isFloat32 && plainLists(file.subarray(MAGIC.length), rows)) || decodeLists(parquet, file, name, rows);
    },
  };
}

/** A column of a row group as a file of its own. Throws `InputError` where it is too long to be read at once. */
export async function readGroup(parts: ParquetParts, column: string, group: number): Promise<Uint8Array> {
  const byteLength = parts.byteLength(group, column);
  if (byteLength <= MAX_GROUP_BYTES) return parts.read(group, column);
  throw new InputError(
    `Row group ${group} of column "${column}" has ${byteLength} bytes, expected at most ${MAX_GROUP_BYTES}: ` +
      "write smaller row groups",
  );
}

function decodeLists(parquet: Parquet, file: Uint8Array, column: string, rows: number): Float32Array {
  if (rows === 0) return new Float32Array(0);
  const dim = lengthOfFirst(column, file, parquet);
  const values = new Float32Array(rows * dim);
  let row = 0;
  for (const lists of listsOf(parquet, file, 0, rows, rows)) {
    values.set(floatsOf(column, lists, row, dim), row * dim);
    row += lists.length;
  }
  if (row !== rows) throw new InputError(`Column "${column}" of the Parquet file has ${row} values, expected ${rows}`);
  return values;
}

/** A batch as it is stored; its arrays may be longer than what belongs to it. */
type Stored = Batch<unknown>;

function* listsOf(
  parquet: Parquet,
  file: Uint8Array,
  start: number,
  rows: number,
  batchRows: number,
): Generator<Stored> {
  for (const stream of parquet.decodeBatches(file, start, rows, batchRows)) {
    for (const batch of tableFromIPC(stream).children[0]?.data ?? []) yield batch as Stored;
  }
}

interface ListColumn {
  readonly name: string;
  readonly type: DataType;
}

function chooseColumn(fields: readonly ListColumn[]): string {
  for (const name of VECTOR_FIELDS) {
    const field = fields.find((candidate) => candidate.name === name);
    if (field && !isFloatList(field.type)) throw otherType(name);
    if (field) return name;
  }
  const lists = fields.filter(({ type }) => isFloatList(type)).map(({ name }) => name);
  if (lists.length === 1) return lists[0]!;
  throw new InputError(
    `The Parquet file has ${lists.length > 1 ? `several columns (${lists.join(", ")})` : "no column"} of lists of floats: ` +
      `expected one named ${VECTOR_FIELDS.join(", ")}`,
  );
}

const LISTS: readonly number[] = [Type.List, Type.LargeList, Type.FixedSizeList];

function isFloatList(type: DataType): boolean {
  return LISTS.includes(type.typeId) && itemTypeOf(type).typeId === Type.Float;
}

function itemTypeOf(type: DataType): DataType {
  return (type as DataType & { readonly children: readonly { readonly type: DataType }[] }).children[0]!.type;
}

function lengthOfFirst(name: string, file: Uint8Array, parquet: Parquet): number {
  for (const lists of listsOf(parquet, file, 0, 1, 1)) {
    if (lists.nullCount > 0) throw missing(name);
    return endOf(lists, 1) - endOf(lists, 0);
  }
  throw missing(name);
}

/** Where list number `row` begins among the items, and the one before it ends. */
function endOf({ type, offsets }: Stored, row: number): number {
  if (offsets) return Number(offsets[row]);
  return row * (type as { readonly stride: number }).stride;
}

/** The values of a batch of lists, shape (length, dim). */
function floatsOf(name: string, lists: Stored, start: number, dim: number): Float32Array {
  const items = lists.children[0]!;
  if (lists.nullCount > 0 || items.nullCount > 0) throw missing(name);
  const first = endOf(lists, 0);
  for (let row = 0; row < lists.length; row++) {
    const length = endOf(lists, row + 1) - endOf(lists, row);
    if (length !== dim)
      throw new InputError(`Row ${start + row} of column "${name}" has ${length} values, expected ${dim} as in row 0`);
  }
  const precision = precisionOf(items.type);
  const float = floatTypes[precision === Precision.HALF ? "<f2" : precision === Precision.SINGLE ? "<f4" : "<f8"]!;
  const bytes = bytesOf(items.values as Float32Array);
  return float.toFloat32(bytes.subarray(first * float.itemBytes, (first + lists.length * dim) * float.itemBytes));
}

function precisionOf(type: DataType): number {
  return (type as { readonly precision: number }).precision;
}

function otherType(name: string): InputError {
  return new InputError(`Column "${name}" of the Parquet file has another type, expected lists of floats`);
}

function missing(name: string): InputError {
  return new InputError(`Column "${name}" of the Parquet file has values that are missing`);
}
