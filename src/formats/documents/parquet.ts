import { tableFromIPC, Type, type DataType } from "@uwdata/flechette";
import { InputError } from "../../data/errors.ts";
import type { ByteSource } from "../../data/format.ts";
import { loadParquet, PARQUET_MAX_FILE_BYTES, type Parquet } from "../parquet.ts";
import { openParquetParts, type ParquetParts } from "../parquetparts.ts";
import { itemTypeOf, jsonOfValue } from "./parquetvalues.ts";
import { textsAsBytes } from "./parquettexts.ts";
import { NOT_UTF8, type Fields, type FileRow } from "./rows.ts";

const WINDOW_BYTES = 1 << 22; // of the file, decoded at a time
const MAX_WINDOWS = 32; // of a row group: each copies its columns
const MAX_WINDOW_ROWS = 8192;
const MAX_GROUP_BYTES = PARQUET_MAX_FILE_BYTES - (1 << 20); // of a column, with room for a footer

/**
 * The rows of a Parquet file: columns of texts, numbers, booleans, times, and lists of them; others are left out. Whole
 * numbers beyond 2^53 are texts of their digits, times are ISO 8601 in UTC, bytes are texts where they are UTF-8, else null.
 * One row group is in memory at a time, and a part of it decoded. Throws `InputError` when the file is damaged.
 */
export async function* readParquetRows(source: ByteSource): AsyncGenerator<FileRow[]> {
  const [parquet, parts] = await Promise.all([loadParquet(), openParquetParts(source)]);
  const flat = columnsOf(parquet, parts);
  let start = 0;
  for (const [group, count] of parts.rows.entries()) {
    if (count === 0) continue;
    const columns = await readGroup(parts, group, flat);
    const byteLength = columns.reduce((sum, { file }) => sum + file.length, 0);
    const fitting = Math.min(MAX_WINDOW_ROWS, Math.ceil((count * WINDOW_BYTES) / byteLength));
    const atOnce = Math.max(fitting, Math.ceil(count / MAX_WINDOWS));
    for (let first = 0; first < count; first += atOnce) {
      const rows = Math.min(atOnce, count - first);
      const values = columns.map((column) => decode(parquet, column, first, rows));
      yield Array.from({ length: rows }, (_, row) => ({
        line: start + first + row + 1,
        read: () => fieldsOf(columns, values, row),
      }));
    }
    start += count;
  }
}

interface Column extends FlatColumn {
  /** A Parquet file of nothing else. */
  readonly file: Uint8Array;
}

async function readGroup(parts: ParquetParts, group: number, flat: readonly FlatColumn[]): Promise<Column[]> {
  const columns: Column[] = [];
  for (const { name, isText } of flat) {
    const byteLength = parts.byteLength(group, name);
    if (byteLength > MAX_GROUP_BYTES)
      throw new InputError(
        `Row group ${group} of column "${name}" has ${byteLength} bytes, expected at most ${MAX_GROUP_BYTES}: ` +
          "write smaller row groups",
      );
    const file = await parts.read(group, name);
    columns.push({ name, isText, file: isText ? textsAsBytes(file) : file });
  }
  return columns;
}

/** In the place of a text that cannot be read. */
const UNREADABLE = Symbol("unreadable");

/** Values of JSON. */
function decode(parquet: Parquet, { name, isText, file }: Column, start: number, rows: number): unknown[] {
  const values: unknown[] = [];
  for (const stream of parquet.decodeBatches(file, start, rows, rows)) {
    const column = tableFromIPC(stream, { useBigInt: true, useDate: true }).getChildAt(0);
    for (let row = 0; row < column.length; row++) {
      const value: unknown = column.at(row);
      const json = jsonOfValue(value, column.type);
      values.push(isText && json === null && value !== null ? UNREADABLE : json);
    }
  }
  if (values.length !== rows) throw new InputError(`Column "${name}" has ${values.length} rows, expected ${rows}`);
  return values;
}

function fieldsOf(columns: readonly FlatColumn[], values: readonly unknown[][], row: number): Fields | string {
  const bad = columns.find((_, at) => values[at]![row] === UNREADABLE);
  if (bad) return `column ${JSON.stringify(bad.name)} is ${NOT_UTF8}`;
  return Object.fromEntries(columns.map(({ name }, at) => [name, values[at]![row]]));
}

interface FlatColumn {
  readonly name: string;
  readonly isText: boolean;
}

const TEXTS: readonly number[] = [Type.Utf8, Type.LargeUtf8, Type.Utf8View];

function columnsOf(parquet: Parquet, parts: ParquetParts): FlatColumn[] {
  const { fields } = tableFromIPC(parquet.schema(parts.empty)).schema;
  const columns = fields
    .filter(({ type }) => isFlat(type))
    .map(({ name, type }) => ({ name, isText: TEXTS.includes(storedType(type).typeId) }));
  if (columns.length > 0) return columns;
  throw new InputError(
    `The Parquet file has no column of texts or numbers, but ${fields.map(({ name }) => name).join(", ")}`,
  );
}

/** As the file has it, whatever the program that wrote it had in memory. */
function storedType(type: DataType): DataType {
  return type.typeId === Type.Dictionary ? type.dictionary : type;
}

const NESTED: readonly number[] = [Type.Struct, Type.Union, Type.Map];

function isFlat(type: DataType): boolean {
  if (NESTED.includes(type.typeId)) return false;
  const item = itemTypeOf(type);
  return item === undefined || isFlat(item);
}
