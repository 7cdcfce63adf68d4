import { bytesOf } from "../data/dtype.ts";
import { PACKAGE_NAME } from "../data/version.ts";
import { joinBytes } from "./bytes.ts";
import { gzip } from "./gzip.ts";
import { arrowSchemaField, pathOf, PHYSICAL_TYPES, schemaField, type WrittenColumn } from "./parquetschema.ts";
import { varintBytes, type ThriftField } from "./thrift.ts";
import { i32Field, i64Field, listField, structField, textField } from "./thriftfields.ts";

/** Writes one Parquet file from front to back: the same bytes on every machine, and no more in memory than a row group. */
export interface ParquetWriter {
  /**
   * The bytes of a row group: values of all columns, which have the same names and types each time. They may be views of the
   * values.
   */
  group(columns: readonly WrittenColumn[]): Uint8Array[];
  /** The bytes after the last one. Throws where there was none. */
  end(): Uint8Array;
}

// Values of the enumerations of parquet.thrift.
const PLAIN = 0;
const RLE = 3;
const DATA_PAGE = 0;
const CODECS = { none: 0, gzip: 2 };
type Codec = keyof typeof CODECS;

const MAGIC = new TextEncoder().encode("PAR1");
const FORMAT_VERSION = 1;
const PROBE_BYTES = 1 << 18;
const WORTH = 0.8; // floats that do not shrink to this are stored as they are: noise takes time in vain
const MAX_PAGE_BYTES = 2 ** 31 - 1;

/** A column of a row group, as it is in the file. */
interface Chunk {
  readonly column: WrittenColumn;
  readonly codec: Codec;
  /** Values, not lists of them. */
  readonly count: number;
  readonly at: number;
  readonly rawSize: number;
  readonly size: number;
}

/**
 * Each column of a row group is one page of plain values. Strings are compressed, and floats where the first of them shrink.
 * See parquet.thrift and Encodings.md of apache/parquet-format.
 */
export function createParquetWriter(): ParquetWriter {
  const groups: ThriftField[] = [];
  const codecs = new Map<string, Codec>();
  let first: readonly WrittenColumn[] | undefined;
  let at = 0;
  let allRows = 0;

  const codecOf = (column: WrittenColumn): Codec => {
    if (column.type === "string") return "gzip";
    const probe = bytesOf(column.values).subarray(0, PROBE_BYTES);
    return gzip(probe).length < WORTH * probe.length ? "gzip" : "none";
  };

  return {
    group(columns) {
      const rows = rowsOf(columns[0]!);
      const pieces: Uint8Array[] = [];
      const add = (piece: Uint8Array): void => {
        pieces.push(piece);
        at += piece.length;
      };
      if (!first) add(MAGIC);
      first ??= columns;
      const chunks = columns.map((column): Chunk => {
        if (rowsOf(column) !== rows)
          throw new Error(`Cannot write ${rowsOf(column)} values of "${column.name}": expected ${rows}`);
        const codec = codecs.get(column.name) ?? codecOf(column);
        codecs.set(column.name, codec);
        const count = column.values.length;
        const start = at;
        const page = pageOf(column, rows);
        const rawSize = lengthOf(page);
        if (rawSize > MAX_PAGE_BYTES) throw new Error(`Cannot write ${rawSize} bytes of "${column.name}" as one page`);
        const stored = codec === "gzip" ? [gzip(joinBytes(page))] : page;
        const header = pageHeader(count, rawSize, lengthOf(stored));
        for (const piece of [header, ...stored]) add(piece);
        return { column, codec, count, at: start, rawSize: header.length + rawSize, size: at - start };
      });
      groups.push(groupField(chunks, rows));
      allRows += rows;
      return pieces;
    },
    end() {
      if (!first) throw new Error("Cannot write a Parquet file without rows");
      const { value: footer } = structField({
        1: i32Field(FORMAT_VERSION),
        2: schemaField(first),
        3: i64Field(allRows),
        4: listField(groups),
        5: listField([arrowSchemaField(first)]),
        6: textField(PACKAGE_NAME),
      });
      return joinBytes([footer, uint32(footer.length), MAGIC]);
    },
  };
}

function rowsOf(column: WrittenColumn): number {
  return column.values.length / (column.type === "string" ? 1 : column.length);
}

function lengthOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}

/** What a page holds before it is compressed. */
function pageOf(column: WrittenColumn, rows: number): Uint8Array[] {
  if (column.type === "string") return [plainTexts(column.values)];
  return [listLevels(rows, column.length), bytesOf(column.values)];
}

/** Each text with its length before it. */
function plainTexts(texts: readonly string[]): Uint8Array {
  const utf8 = new TextEncoder();
  let most = 0;
  for (const text of texts) most += 4 + 3 * text.length; // the most that UTF-8 takes
  const bytes = new Uint8Array(most);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const text of texts) {
    const { written } = utf8.encodeInto(text, bytes.subarray(at + 4));
    view.setUint32(at, written, true);
    at += 4 + written;
  }
  return bytes.subarray(0, at);
}

/**
 * That lists of `length` values begin at every `length`-th value, and that none is missing or empty: repetition levels (0 at
 * the first value of a list, else 1) and definition levels (1 for all), each as runs of one bit with their length before.
 */
function listLevels(rows: number, length: number): Uint8Array {
  const run = (count: number, level: number) => [...varintBytes(2 * count), level];
  const list = Uint8Array.from([...run(1, 0), ...(length > 1 ? run(length - 1, 1) : [])]);
  const repetition = new Uint8Array(rows * list.length);
  for (let row = 0; row < rows; row++) repetition.set(list, row * list.length);
  const definition = Uint8Array.from(run(rows * length, 1));
  return joinBytes([uint32(repetition.length), repetition, uint32(definition.length), definition]);
}

function pageHeader(count: number, rawSize: number, size: number): Uint8Array {
  const levels = i32Field(RLE);
  const data = structField({ 1: i32Field(count), 2: i32Field(PLAIN), 3: levels, 4: levels });
  return structField({ 1: i32Field(DATA_PAGE), 2: i32Field(rawSize), 3: i32Field(size), 5: data }).value;
}

function groupField(chunks: readonly Chunk[], rows: number): ThriftField {
  const sum = (of: (chunk: Chunk) => number) => i64Field(chunks.reduce((total, chunk) => total + of(chunk), 0));
  return structField({
    1: listField(chunks.map(chunkField)),
    2: sum(({ rawSize }) => rawSize),
    3: i64Field(rows),
    5: i64Field(chunks[0]!.at),
    6: sum(({ size }) => size),
  });
}

function chunkField({ column, codec, count, at, rawSize, size }: Chunk): ThriftField {
  const metadata = structField({
    1: i32Field(PHYSICAL_TYPES[column.type]),
    2: listField([i32Field(PLAIN), i32Field(RLE)]),
    3: listField(pathOf(column).map(textField)),
    4: i32Field(CODECS[codec]),
    5: i64Field(count),
    6: i64Field(rawSize),
    7: i64Field(size),
    9: i64Field(at),
  });
  return structField({ 2: i64Field(at), 3: metadata });
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
