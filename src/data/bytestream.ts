/** The bytes of a file or of a download, once, from the first to the last. */
export interface ByteStream extends AsyncIterable<Uint8Array> {
  /** How many there are, where that is known. */
  readonly byteLength: number | undefined;
  /** How many were given out. */
  readonly position: number;
  /** Gives it up; needed only where it was not read to its end. */
  close(): Promise<void>;
}

