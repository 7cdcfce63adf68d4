import { InputError } from "../data/errors.ts";
import type { ByteSource } from "../data/format.ts";
import { joinBytes } from "./bytes.ts";
import { MAGIC } from "./parquetfooter.ts";
import {
  integerBytes,
  integerOf,
  listBytes,
  listOf,
  structBytes,
  structOf,
  textOf,
  THRIFT,
  type ThriftField,
  type ThriftStruct,
} from "./thrift.ts";
import { viewOf } from "./zipdirectory.ts";

// Field numbers of parquet.thrift, the definition of Parquet's footer.
const FILE = { version: 1, schema: 2, rows: 3, rowGroups: 4, createdBy: 6 };
const ELEMENT = { name: 4, children: 5 };
const GROUP = { columns: 1, byteSize: 2, rows: 3 };
const CHUNK = { filePath: 1, fileOffset: 2, metadata: 3 };
const COLUMN = { path: 3, values: 5, rawSize: 6, size: 7, dataAt: 9, dictionaryAt: 11 };
const KEPT_OF_COLUMN = [1, 2, 3, 4, 5, 6, 7]; // type, encodings, path, codec, number of values, sizes
const TAIL_BYTES = 8; // length of the footer, magic
const READ_BYTES = 1 << 24;

/** A Parquet file too long to be held in memory, as many small ones. */
export interface ParquetParts {
  /** A file without rows that has the schema of the whole. */
  readonly empty: Uint8Array;
  /** How many rows each row group has. */
  readonly rows: readonly number[];
  /** How many bytes row group `group` of the column takes in the file. */
  byteLength(group: number, column: string): number;
  /** A file of one row group and one column. Throws `InputError` when it is not in the file. */
  read(group: number, column: string): Promise<Uint8Array>;
}

/** Reads the footer of a Parquet file. Throws `InputError` when it is none, or damaged. */
export async function openParquetParts(source: ByteSource): Promise<ParquetParts> {
  const footer = await readFooter(source);
  const about = structOf(footer);
  const groups = itemsOf(about, FILE.rowGroups).map((bytes) => structOf(bytes));
  const { type: elementType, items: elements } = listOf(valueOf(about, FILE.schema));
  const rows = groups.map((group) => integerOf(valueOf(group, GROUP.rows)));
  if (rows.some((count) => !Number.isSafeInteger(count) || count < 0))
    throw new InputError("Not a whole Parquet file: a row group has no sensible number of rows");
  return {
    empty: joinBytes([MAGIC, footer, endOf(footer)]),
    rows,
    byteLength: (group, column) => chunkOf(groups[group]!, column).length,
    async read(group, column) {
      const { start, length, metadata } = chunkOf(groups[group]!, column);
      if (!(start >= MAGIC.length && length >= 0) || start + length > source.byteLength - footer.length - TAIL_BYTES)
        throw new InputError(`Not a whole Parquet file: row group ${group} of column "${column}" is not in it`);
      const moved = new Map([...metadata].filter(([id]) => KEPT_OF_COLUMN.includes(id)));
      for (const id of [COLUMN.dataAt, COLUMN.dictionaryAt]) {
        const at = offsetOf(metadata, id);
        if (at > 0) moved.set(id, { type: THRIFT.i64, value: integerBytes(at - start + MAGIC.length) });
      }
      const chunk = new Map([
        [CHUNK.fileOffset, { type: THRIFT.i64, value: integerBytes(0) }],
        [CHUNK.metadata, { type: THRIFT.struct, value: structBytes(moved) }],
      ]);
      const part = keeping(groups[group]!, [GROUP.byteSize, GROUP.rows]);
      part.set(GROUP.columns, {
        type: THRIFT.list,
        value: listBytes({ type: THRIFT.struct, items: [structBytes(chunk)] }),
      });
      const whole = keeping(about, [FILE.version, FILE.createdBy]);
      const schema = listBytes({ type: elementType, items: schemaOf(elements, column) });
      whole.set(FILE.schema, { type: THRIFT.list, value: schema });
      whole.set(FILE.rows, groups[group]!.get(GROUP.rows)!);
      whole.set(FILE.rowGroups, {
        type: THRIFT.list,
        value: listBytes({ type: THRIFT.struct, items: [structBytes(part)] }),
      });
      const newFooter = structBytes(whole);
      const end = joinBytes([newFooter, endOf(newFooter)]);
      const file = new Uint8Array(MAGIC.length + length + end.length);
      file.set(MAGIC);
      for (let at = 0; at < length; at += READ_BYTES) {
        file.set(await source.read(start + at, Math.min(READ_BYTES, length - at)), MAGIC.length + at);
      }
      file.set(end, MAGIC.length + length);
      return file;
    },
  };
}

async function readFooter(source: ByteSource): Promise<Uint8Array> {
  const least = MAGIC.length + TAIL_BYTES;
  if (source.byteLength < least)
    throw new InputError(`Not a Parquet file: ${source.byteLength} bytes, expected at least ${least}`);
  const tail = await source.read(source.byteLength - TAIL_BYTES, TAIL_BYTES);
  if (MAGIC.some((byte, at) => tail[4 + at] !== byte))
    throw new InputError("Not a whole Parquet file: it does not end with PAR1");
  const length = viewOf(tail).getUint32(0, true);
  if (length > source.byteLength - least)
    throw new InputError(`Not a whole Parquet file: its footer of ${length} bytes is not in it`);
  return source.read(source.byteLength - TAIL_BYTES - length, length);
}

function endOf(footer: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(TAIL_BYTES);
  viewOf(bytes).setUint32(0, footer.length, true);
  bytes.set(MAGIC, 4);
  return bytes;
}

/** Where the pages of a column are, and what the footer says of them. */
function chunkOf(group: ThriftStruct, column: string) {
  for (const bytes of itemsOf(group, GROUP.columns)) {
    const chunk = structOf(bytes);
    if (!chunk.has(CHUNK.metadata)) continue; // encrypted
    const metadata = structOf(valueOf(chunk, CHUNK.metadata));
    if (textOf(itemsOf(metadata, COLUMN.path)[0] ?? Uint8Array.of(0)) !== column) continue;
    if (chunk.has(CHUNK.filePath)) throw new InputError(`Cannot read column "${column}": it is in another file`);
    const length = integerOf(valueOf(metadata, COLUMN.size));
    const starts = [COLUMN.dataAt, COLUMN.dictionaryAt].map((id) => offsetOf(metadata, id)).filter((at) => at > 0);
    return { start: Math.min(...starts), length, metadata };
  }
  throw new InputError(`Cannot read column "${column}" of the Parquet file: a row group does not have it`);
}

function offsetOf(metadata: ThriftStruct, id: number): number {
  const field = metadata.get(id);
  return field ? integerOf(field.value) : 0;
}

/** The elements of a schema, depth first, that has one column only. */
function schemaOf(elements: readonly Uint8Array[], column: string): Uint8Array[] {
  const structs = elements.map((bytes) => structOf(bytes));
  for (let at = 1; at < elements.length;) {
    let end = at;
    for (let open = 1; open > 0 && end < elements.length; end++) open += offsetOf(structs[end]!, ELEMENT.children) - 1;
    if (textOf(valueOf(structs[at]!, ELEMENT.name)) === column) {
      const root = new Map(structs[0]).set(ELEMENT.children, { type: THRIFT.i32, value: integerBytes(1) });
      return [structBytes(root), ...elements.slice(at, end)];
    }
    at = end;
  }
  throw new InputError(`Cannot read column "${column}" of the Parquet file: its schema does not have it`);
}

function keeping(fields: ThriftStruct, ids: readonly number[]): Map<number, ThriftField> {
  return new Map([...fields].filter(([id]) => ids.includes(id)));
}

function itemsOf(fields: ThriftStruct, id: number): readonly Uint8Array[] {
  return listOf(valueOf(fields, id)).items;
}

function valueOf(fields: ThriftStruct, id: number): Uint8Array {
  const field = fields.get(id);
  if (!field) throw new InputError(`Not a whole Parquet file: its footer lacks field ${id}`);
  return field.value;
}
