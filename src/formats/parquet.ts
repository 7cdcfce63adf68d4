import { InputError } from "../data/errors.ts";
import { toArrow, type ArrowColumn } from "./arrow.ts";
import { fromArrow } from "./unarrow.ts";

export type ParquetColumn = ArrowColumn;

/** How a file is written; the bytes depend on it. */
interface ParquetOptions {
  /** Default zstd. */
  readonly compression?: "zstd" | "snappy" | "none" | undefined;
  /** Rows that are read together. Default 65536. */
  readonly rowGroupRows?: number | undefined;
  /** Whether values are stored by number; takes time in vain where they hardly repeat. Default true. */
  readonly dictionary?: boolean | undefined;
  /** Something to say about the whole file. One thing only: the writer puts several in random order. */
  readonly metadata?: { readonly key: string; readonly value: string } | undefined;
}

/** Whole Parquet files in memory. */
export interface Parquet {
  /**
   * The bytes of a file of these columns: the same on every machine. Throws `InputError` when they hold more than
   * `PARQUET_MAX_BYTES`.
   */
  encode(columns: readonly ParquetColumn[], options?: ParquetOptions): Uint8Array;
  /**
   * The columns of `rows` rows from `start` on. Throws `InputError` when the file is damaged, or a column has nulls or a
   * type that is not `ParquetColumn`'s.
   */
  decode(file: Uint8Array, start: number, rows: number): ParquetColumn[];
  /**
   * The same as Arrow IPC streams of up to `batchRows` rows, with columns of any type and values that may be missing. All
   * rows are decoded at once; what is given is copied one batch at a time.
   */
  decodeBatches(file: Uint8Array, start: number, rows: number, batchRows: number): Generator<Uint8Array>;
  /** The columns of a file without their rows, as an Arrow IPC stream. Throws `InputError` when it is damaged. */
  schema(file: Uint8Array): Uint8Array;
  /** How many rows a file has. Throws `InputError` when it is damaged. */
  countRows(file: Uint8Array): number;
}

/** Of values in one file: the writer holds them twice, and the file up to three times, in the 4 GiB of its memory. */
export const PARQUET_MAX_BYTES = 2 ** 29;

const ROW_GROUP_ROWS = 65536;
const BATCH_ROWS = 65536;
/** Of a file that is read, which takes as much memory. */
export const PARQUET_MAX_FILE_BYTES = 2 ** 30;

/** Loads the writer and the reader, which is 5 MB of WebAssembly, once. */
export async function loadParquet(): Promise<Parquet> {
  const { Compression, EnabledStatistics, readParquet, readSchema, Table, WriterPropertiesBuilder, writeParquet } =
    await import("parquet-wasm");
  const compressions = { zstd: Compression.ZSTD, snappy: Compression.SNAPPY, none: Compression.UNCOMPRESSED };

  const countRows = (file: Uint8Array) => {
    const batches = reading(file, () => readParquet(file, { columns: [], batchSize: BATCH_ROWS }).recordBatches());
    let rows = 0;
    for (const batch of batches) {
      rows += batch.numRows;
      batch.free();
    }
    return rows;
  };

  function* decodeBatches(file: Uint8Array, start: number, rows: number, batchRows: number): Generator<Uint8Array> {
    const table = reading(file, () => readParquet(file, { offset: start, limit: rows, batchSize: batchRows }));
    const batches = table.recordBatches();
    table.free();
    try {
      for (let batch = batches.shift(); batch; batch = batches.shift()) {
        const taken = batch;
        yield reading(file, () => taken.intoIPCStream());
      }
    } finally {
      for (const batch of batches) batch.free();
    }
  }

  const propertiesOf = ({
    compression = "zstd",
    rowGroupRows = ROW_GROUP_ROWS,
    dictionary = true,
    metadata,
  }: ParquetOptions) =>
    new WriterPropertiesBuilder()
      .setCompression(compressions[compression])
      .setDictionaryEnabled(dictionary)
      .setStatisticsEnabled(EnabledStatistics.Chunk)
      .setMaxRowGroupSize(rowGroupRows)
      .setKeyValueMetadata(aboutOf(metadata)) // which pyarrow does not read: it reads what the Arrow schema has
      .build();

  return {
    encode(columns, options = {}) {
      const table = toArrow(columns, PARQUET_MAX_BYTES, aboutOf(options.metadata));
      const file = writeParquet(Table.fromIPCStream(table.bytes), propertiesOf(options));
      const written = countRows(file);
      if (written !== table.rows)
        throw new Error(`Cannot write ${table.rows} rows of Parquet: ${written} were written`);
      return file;
    },
    decode(file, start, rows) {
      const options = { offset: start, limit: rows, batchSize: BATCH_ROWS };
      return fromArrow(reading(file, () => readParquet(file, options).intoIPCStream()));
    },
    decodeBatches,
    schema: (file) => reading(file, () => readSchema(file).intoIPCStream()),
    countRows,
  };
}

function aboutOf(metadata: ParquetOptions["metadata"]): Map<string, string> {
  return new Map(metadata ? [[metadata.key, metadata.value]] : []);
}

function reading<T>(file: Uint8Array, read: () => T): T {
  if (file.length > PARQUET_MAX_FILE_BYTES) {
    throw new InputError(
      `Cannot read a Parquet file of ${file.length} bytes: expected at most ${PARQUET_MAX_FILE_BYTES}`,
    );
  }
  try {
    return read();
  } catch (cause) {
    const reason = String(cause).split("\n")[0]!.slice(0, 100);
    throw new InputError(`Not a whole Parquet file: ${reason}`, { cause });
  }
}
