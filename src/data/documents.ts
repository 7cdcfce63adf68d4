/** A row of a dataset of texts. */
export interface Document {
  /** Its number in its split, from 0, over all files in the order of their names. */
  readonly row: number;
  /** Values of JSON by name; `text` alone for lines of plain text. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A row that cannot be read; it has a number too. */
export interface BadDocument {
  readonly row: number;
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}

export interface DocumentPiece {
  readonly documents: readonly Document[];
  readonly bad: readonly BadDocument[];
  readonly bytes: number;
}
