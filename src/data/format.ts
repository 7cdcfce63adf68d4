import type { RowBlock } from "./rows.ts";

/** The encoded rows of one block. */
export interface Encoded {
  /** May be a view that the next `encode` overwrites. */
  readonly bytes: Uint8Array;
  /** For formats that carry checksums: CRC-32 and length of the bytes before compression. */
  readonly crc?: number;
  readonly rawLength?: number;
  /** For a format that ends in an index of its parts: what it says of this one. */
  readonly footer?: Uint8Array;
  /** For a format of many small files: which ones the bytes are, one after the other. */
  readonly files?: readonly { readonly path: string; readonly length: number }[];
}

/** Turns rows into bytes; runs beside the source, in a worker. Pure: the same rows give the same bytes, in any order. */
export interface Encoder {
  /** How many rows before a block the encoder needs to see (a compressor's window); 0 for most. */
  readonly historyRows: number;
  /** `history` holds the last rows before the block, fewer near row 0; absent when `historyRows` is 0. */
  encode(block: RowBlock, history?: RowBlock): Encoded;
}

/** Puts encoded blocks, in row order, into one file of one part or several: the bytes around and between them. */
export interface Framer<Part> {
  /** The bytes before the first row of a part. */
  open(part: Part): Uint8Array;
  /** Notes a block that is about to be written. */
  add(encoded: Encoded): void;
  /** The bytes after the last row of the part. */
  close(): Uint8Array;
  /** The bytes after the last part. */
  end(): Uint8Array;
}

/** Size of a file in bytes before it is written. */
export interface FileLength {
  /** Exact unless the format compresses or rows vary in length. */
  readonly expected: number;
  readonly atMost: number;
}

/** Random access to stored bytes: what every reader reads from. */
export interface ByteSource {
  readonly byteLength: number;
  /** Bytes `offset` to `offset + length`; throws when the source ends before. The caller may keep them. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** The rows of a stored file as raw bytes: what is compared with rows made anew. */
export interface StoredRows {
  readonly rows: number;
  /** The bytes of rows `start` to `start + count` of the file; calls must ask for ascending rows. */
  read(start: number, count: number): Promise<Uint8Array>;
}
