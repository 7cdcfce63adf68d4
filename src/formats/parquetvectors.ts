import { Precision, tableFromIPC, Type, type Batch, type DataType } from "@uwdata/flechette";
import { InputError } from "../data/errors.ts";
import type { ByteSource } from "../data/format.ts";
import type { VectorFile } from "../data/vectors.ts";
import { bytesOf } from "../data/dtype.ts";
import { floatTypes } from "./floats.ts";
import { loadParquet, PARQUET_MAX_FILE_BYTES } from "./parquet.ts";
import { openParquetParts } from "./parquetparts.ts";
import { blockRowsOf, checkShape, VECTOR_FIELDS } from "./vectorrows.ts";

const DECODED_VALUES = 1 << 24; // 64 MiB of float32 at a time: every call copies the row group

/**
 * The rows of a Parquet file's column of lists of floats: the one named embedding, vector, values or emb, or else the
 * only one. A row group of it is held in memory at a time, twice while it is decoded. Throws `InputError` when there is no
 * such column, a row group of it has more than half of `PARQUET_MAX_FILE_BYTES`, lists differ in length, or a value is missing.
 */
export async function openParquetVectors(source: ByteSource): Promise<VectorFile> {
  const [parquet, parts] = await Promise.all([loadParquet(), openParquetParts(source)]);
  const column = chooseColumn(tableFromIPC(parquet.schema(parts.empty)).schema.fields);
  const rows = parts.rows.reduce((sum, count) => sum + count, 0);
  checkShape(rows, 1);
  const readGroup = async (group: number) => {
    const byteLength = parts.byteLength(group, column);
    if (byteLength > PARQUET_MAX_FILE_BYTES / 2) {
      throw new InputError(
        `Row group ${group} of column "${column}" has ${byteLength} bytes, expected at most ${PARQUET_MAX_FILE_BYTES / 2}: ` +
          "write smaller row groups",
      );
    }
    const file = await parts.read(group, column);
    return (start: number, count: number) =>
      (tableFromIPC(parquet.decodeArrow(file, start, count)).children[0]?.data ?? []) as readonly Stored[];
  };
  const firstGroup = parts.rows.findIndex((count) => count > 0);
  const dim = lengthOfFirst(column, (await readGroup(firstGroup))(0, 1));
  checkShape(rows, dim);

  async function* lists(): AsyncGenerator<Stored> {
    const atOnce = Math.ceil(DECODED_VALUES / dim);
    for (const [group, count] of parts.rows.entries()) {
      const decode = await readGroup(group);
      for (let start = 0; start < count; start += atOnce) {
        const batches = decode(start, atOnce);
        const found = batches.reduce((sum, { length }) => sum + length, 0);
        const expected = Math.min(atOnce, count - start);
        if (found !== expected)
          throw new InputError(`Row group ${group} has ${start + found} rows, expected ${start + expected}`);
        yield* batches;
      }
    }
  }

  return {
    kind: "parquet",
    dim,
    rows,
    async *blocks() {
      const blockRows = blockRowsOf(dim);
      let start = 0;
      for await (const batch of lists()) {
        const values = floatsOf(column, batch, start, dim);
        for (let row = 0; row < batch.length; row += blockRows) {
          const count = Math.min(blockRows, batch.length - row);
          yield { start: start + row, rows: count, data: values.subarray(row * dim, (row + count) * dim) };
        }
        start += batch.length;
      }
    },
  };
}

/** A batch as it is stored; its arrays may be longer than what belongs to it. */
type Stored = Batch<unknown>;

interface ListColumn {
  readonly name: string;
  readonly type: DataType;
}

function chooseColumn(fields: readonly ListColumn[]): string {
  for (const name of VECTOR_FIELDS) {
    const field = fields.find((candidate) => candidate.name === name);
    if (field && !isFloatList(field.type))
      throw new InputError(`Column "${name}" of the Parquet file has another type, expected lists of floats`);
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

function lengthOfFirst(name: string, batches: readonly Stored[]): number {
  const first = batches.find(({ length }) => length > 0);
  if (!first || first.nullCount > 0) throw missing(name);
  return endOf(first, 1) - endOf(first, 0);
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
  const { precision } = items.type as { readonly precision: number };
  const float = floatTypes[precision === Precision.HALF ? "<f2" : precision === Precision.SINGLE ? "<f4" : "<f8"]!;
  const bytes = bytesOf(items.values as Float32Array);
  return float.toFloat32(bytes.subarray(first * float.itemBytes, (first + lists.length * dim) * float.itemBytes));
}

function missing(name: string): InputError {
  return new InputError(`Column "${name}" of the Parquet file has values that are missing`);
}
