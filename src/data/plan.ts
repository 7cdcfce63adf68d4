// The frozen description of the work: plain data, so that a plan travels to workers and a recipe to other machines.

/** Where rows come from. `key` and `stream` address the values; see core/streams.ts. */
export type SourceSpec = DenseSpec | CategorySpec;

/** Rows of `dim` independent float32 values. */
export interface DenseSpec {
  readonly kind: "gaussian" | "uniform";
  readonly field: string;
  readonly dim: number;
  readonly key: readonly [number, number];
  readonly stream: number;
}

/** One of `labels` a row; `thresholds` cut the 32-bit words, one fewer than there are labels. */
export interface CategorySpec {
  readonly kind: "category";
  readonly field: string;
  readonly labels: readonly string[];
  readonly thresholds: readonly number[];
  readonly key: readonly [number, number];
  readonly stream: number;
}

/** How rows become a file. `pieceRows`: rows that are compressed together, independent of the block size. */
export type FormatSpec =
  | { readonly kind: "npy"; readonly field: string }
  | { readonly kind: "npz"; readonly field: string; readonly compress: boolean; readonly pieceRows: number }
  | { readonly kind: "jsonl"; readonly fields: readonly string[] };

export interface FileSpec {
  /** Name inside the dataset's folder. */
  readonly name: string;
  readonly format: FormatSpec;
}

/** Rows `rowStart` to `rowEnd`, exclusive, read once and written to every file. */
export interface Pass {
  readonly sources: readonly SourceSpec[];
  readonly files: readonly FileSpec[];
  readonly rowStart: number;
  readonly rowEnd: number;
  /** Rows made at a time: a multiple of every `pieceRows`. No byte depends on it. */
  readonly blockRows: number;
}
