import { bytesOf } from "../data/dtype.ts";
import { PACKAGE_NAME } from "../data/version.ts";
import { joinBytes, lengthOfAll } from "./bytes.ts";
import { gzip } from "./gzip.ts";
import { arrowSchemaField, pathOf, PHYSICAL_TYPES, schemaField, type WrittenColumn } from "./parquetschema.ts";
import { integerOf, structOf, varintBytes, type ThriftField } from "./thrift.ts";
import { i32Field, i64Field, listField, structField, textField } from "./thriftfields.ts";

/** Rows of a Parquet file that are read together. */
export interface RowGroup {
  /** One after the other; some may be views of the values. */
  readonly pieces: readonly Uint8Array[];
  /** The footer of a file that begins with these bytes and has no others; see `joinRowGroups`. */
  readonly footer: Uint8Array;
}

// Values of the enumerations of parquet.thrift.
const PLAIN = 0;
const RLE = 3;
const DATA_PAGE = 0;
const CODECS = { none: 0, gzip: 2 };
type Codec = keyof typeof CODECS;

const FORMAT_VERSION = 1;
const PROBE_BYTES = 1 << 18;
const WORTH = 0.8; // numbers that do not shrink to this are stored as they are: noise takes time in vain
const FLOAT_BYTES = 4;
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
 * The bytes of columns of the same number of rows: the same on every machine. Each column is one page of plain values. Strings
 * are compressed, and numbers where the first of them shrink, unless `compression` is "none". See parquet.thrift and Encodings.md
 * of apache/parquet-format.
 */
export function encodeRowGroup(columns: readonly WrittenColumn[], compression: "gzip" | "none" = "gzip"): RowGroup {
  const rows = rowsOf(columns[0]!);
  const pieces: Uint8Array[] = [];
  let at = 0;
  const chunks = columns.map((column): Chunk => {
    if (rowsOf(column) !== rows)
      throw new Error(`Cannot write ${rowsOf(column)} values of "${column.name}": expected ${rows}`);
    const codec = compression === "gzip" ? codecFor(column) : "none";
    const count = column.values.length;
    const page = pageOf(column, rows);
    const rawSize = lengthOfAll(page);
    if (rawSize > MAX_PAGE_BYTES) throw new Error(`Cannot write ${rawSize} bytes of "${column.name}" as one page`);
    const stored = codec === "gzip" ? [gzip(joinBytes(page))] : page;
    const header = pageHeader(count, rawSize, lengthOfAll(stored));
    const size = header.length + lengthOfAll(stored);
    pieces.push(header, ...stored);
    at += size;
    return { column, codec, count, at: at - size, rawSize: header.length + rawSize, size };
  });
  const { value: footer } = structField({
    1: i32Field(FORMAT_VERSION),
    2: schemaField(columns),
    3: i64Field(rows),
    4: listField([groupField(chunks, rows)]),
    5: listField([arrowSchemaField(columns)]),
    6: textField(PACKAGE_NAME),
  });
  return { pieces, footer };
}

/**
 * The values of a page of lists, if `encodeRowGroup` wrote it for so many rows and did not compress it: then nothing has to be
 * decoded. They are a view where they happen to be aligned.
 */
export function plainLists(page: Uint8Array, rows: number): Float32Array | undefined {
  const count = valuesIn(page);
  const length = count / rows;
  if (!Number.isInteger(length) || length < 1) return undefined;
  const levels = listLevels(rows, length);
  const size = levels.length + FLOAT_BYTES * count;
  const before = joinBytes([pageHeader(count, size, size), levels]);
  const end = before.length + FLOAT_BYTES * count;
  if (page.length < end || before.some((byte, at) => page[at] !== byte)) return undefined;
  const start = page.byteOffset + before.length;
  const isAligned = start % FLOAT_BYTES === 0;
  return isAligned
    ? new Float32Array(page.buffer, start, count)
    : new Float32Array(page.slice(before.length, end).buffer);
}

/** How many values a page says it has; NaN where it does not. */
function valuesIn(page: Uint8Array): number {
  const data = structOf(page).get(5);
  const count = data && structOf(data.value).get(1);
  return count ? integerOf(count.value) : NaN;
}

function codecFor(column: WrittenColumn): Codec {
  if (column.type === "string") return "gzip";
  const probe = bytesOf(column.values).subarray(0, PROBE_BYTES);
  return gzip(probe).length < WORTH * probe.length ? "gzip" : "none";
}

function rowsOf(column: WrittenColumn): number {
  return column.values.length / (column.type === "float32[]" ? column.length : 1);
}

/** What a page holds before it is compressed. */
function pageOf(column: WrittenColumn, rows: number): Uint8Array[] {
  if (column.type === "string") return [plainTexts(column.values)];
  if (column.type !== "float32[]") return [bytesOf(column.values)];
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
    5: i64Field(0),
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
  return structField({ 2: i64Field(0), 3: metadata }); // the offset of a second copy of it, which is not made any more
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
