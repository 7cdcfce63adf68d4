// The frozen description of the work: plain data, so that a plan travels to workers and a recipe to other machines.

/** Where rows come from. `key` and `stream` address the values; see core/streams.ts. */
export type SourceSpec = DenseSpec | ClusteredSpec | CategorySpec | IndexSpec | JitteredSpec | ImageSpec;

/** Rows of `dim` independent float32 values. */
export interface DenseSpec {
  readonly kind: "gaussian" | "uniform";
  readonly field: string;
  readonly dim: number;
  readonly key: readonly [number, number];
  readonly stream: number;
}

/** Rows of `dim` float32 values around one of the centroids each: see `clusteredSource`. */
export interface ClusteredSpec {
  readonly kind: "clustered";
  readonly field: string;
  readonly dim: number;
  /** Shape (K, dim), row-major. */
  readonly centroids: Float32Array;
  readonly stdDev: number;
  readonly normalize: boolean;
  readonly key: readonly [number, number];
  /** Of the noise. */
  readonly stream: number;
  /** Of the numbers of the centroids. */
  readonly clusterStream: number;
}

/** A whole number a row, from 0 to `bound` - 1, `bound` up to 2^32 - 1. */
export interface IndexSpec {
  readonly kind: "index";
  readonly field: string;
  readonly bound: number;
  readonly key: readonly [number, number];
  readonly stream: number;
}

/** A float32 a row, `base` + U(-spread, spread), brought back into `min` to `max`. */
export interface JitteredSpec {
  readonly kind: "jittered";
  readonly field: string;
  readonly base: number;
  readonly spread: number;
  readonly min: number;
  readonly max: number;
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

/** Small images with their factors and labels: fields `images`, `labels` and `factors`. */
export interface ImageSpec {
  readonly kind: "images";
  /** Height and width in pixels. */
  readonly size: number;
  /** The pixel value of colours 0 to 9. */
  readonly palette: readonly number[];
  readonly label: "composition" | "count" | "type";
  /** Rows that are not their first draw, ascending, and which draw they are: those of a corpus without duplicates. */
  readonly redrawn: { readonly rows: readonly number[]; readonly draws: readonly number[] };
  readonly key: readonly [number, number];
  readonly stream: number;
}

/** Which deflate compresses, if any; a dataset keeps its own for ever, because another one would give other bytes. */
export type Compressor = "none" | "fflate" | "core";

/** How rows become a file, or a part of one. `pieceRows`: rows that are compressed together, independent of the block size. */
export type FormatSpec =
  | { readonly kind: "npy"; readonly field: string }
  | { readonly kind: "npz"; readonly field: string; readonly compressor: Compressor; readonly pieceRows: number }
  | { readonly kind: "jsonl"; readonly fields: readonly string[] }
  /** Memories: see formats/memorylines.ts. */
  | MemoryLinesSpec
  | MemoryParquetSpec
  | { readonly kind: "idx"; readonly field: string }
  | { readonly kind: "webdataset"; readonly style: PictureStyle }
  /** A folder of files; what is said of them goes to a file of its own, of kind `imagelines`. */
  | { readonly kind: "imagefolder"; readonly style: PictureStyle }
  | { readonly kind: "imagelines" }
  /** A whole file for each block. */
  | { readonly kind: "imageparquet"; readonly style: PictureStyle };

export interface MemoryLinesSpec {
  readonly kind: "memorylines";
  /** What ids begin with. */
  readonly idPrefix: string;
  /** Whether a line has the embedding: it may stand in a file of its own. */
  readonly withEmbedding: boolean;
  /** Significant digits of its values; 0 for as many as read back to the same float32. */
  readonly digits: number;
  /** Bytes of an average line, measured: for the plan. */
  readonly lineBytes: number;
}

/** Memories as one Parquet file: see formats/memoryparquet.ts. */
export interface MemoryParquetSpec {
  readonly kind: "memoryparquet";
  /** What ids begin with. */
  readonly idPrefix: string;
  /** Rows of a row group: those of a block. */
  readonly groupRows: number;
}

/** How the images of a corpus are written as pictures. */
export interface PictureStyle {
  /** Height and width in pixels. */
  readonly size: number;
  /** The colours of pixel values 0, 1, ...; without them they are shades of gray. */
  readonly palette?: readonly (readonly [red: number, green: number, blue: number])[] | undefined;
}

export interface FileSpec {
  /** Name inside the dataset's folder. */
  readonly name: string;
  readonly format: FormatSpec;
}

/**
 * Rows `rowStart` to `rowEnd`, exclusive, read once and written to every file. A dataset is made by passes in order; one
 * that names a file of an earlier pass continues it.
 */
export interface Pass {
  readonly sources: readonly SourceSpec[];
  readonly files: readonly FileSpec[];
  readonly rowStart: number;
  readonly rowEnd: number;
  /** Rows made at a time: a multiple of every `pieceRows`. No byte depends on it, unless a format makes a file or a row group of each block. */
  readonly blockRows: number;
}
