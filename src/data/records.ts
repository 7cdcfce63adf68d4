/** A row on its way to a store. */
export interface StoreRecord {
  /** Its number in the input, from 0: its id in stores whose ids are row numbers. */
  readonly row: number;
  /** Its line of the text it stands in, from 1. */
  readonly line?: number | undefined;
  /** The id that the input gives it, where it does. */
  readonly id: string | undefined;
  /** Finite float32 (dim,); may be read from the text only when it is asked for. */
  readonly embedding: Float32Array;
  /** Whatever else the input says of it, as values of JSON. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** The line of JSON that all of it was read from, where it was asked for and its keys for id and vector are `id` and `embedding`. */
  readonly json: Uint8Array | undefined;
}

/** A row that no store can take. */
export interface BadRecord {
  readonly row: number;
  readonly line?: number | undefined;
  readonly id: string | undefined;
  readonly reason: string;
}

/** Consecutive rows of an input; those that were not wanted are in neither list. */
interface RecordPiece {
  readonly records: readonly StoreRecord[];
  readonly bad: readonly BadRecord[];
  /** That its rows take in the files, those that were not wanted included. */
  readonly bytes: number;
  /** Rows of the input that were read with it and before it. */
  readonly rowEnd: number;
}

/** How far an input was read, and SHA-256 of all rows so far, lower-case hexadecimal, one for each of its files. */
export interface ReadMark {
  readonly rows: number;
  readonly sums: readonly string[];
}

/** What sums bytes up as they come. */
export interface RunningHash {
  update(bytes: Uint8Array): void;
  /** Of the bytes so far; more may follow. */
  digest(): string;
}

interface PieceOptions {
  /** Reads no row from this one on. */
  readonly rowEnd: number;
  /** Which rows are wanted: the others are read for the sums only. */
  readonly wants: (row: number) => boolean;
  /** Whether records keep the line that they were read from, where it is all that a store needs. */
  readonly keepsText?: boolean;
}

/** One reading of an input, from its first row on. */
interface RecordReading {
  readonly pieces: AsyncGenerator<RecordPiece>;
  /** Where the last piece ended. */
  mark(): ReadMark;
}

/** Rows in files, to be read in order and in bounded memory, as often as is wanted. */
export interface RecordInput {
  readonly dim: number;
  read(options: PieceOptions): RecordReading;
}

/** How near two vectors are: Euclidean distance, cosine, or inner product. */
export const METRICS = ["l2", "cosine", "ip"] as const;
export type Metric = (typeof METRICS)[number];

/** How a store finds near vectors; `none` compares all. */
export const INDEXES = ["hnsw", "ivfflat", "none"] as const;
export type Index = (typeof INDEXES)[number];
