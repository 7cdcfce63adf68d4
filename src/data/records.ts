/** A row on its way to a store. */
export interface StoreRecord {
  /** Its number in the input, from 0: its id in stores whose ids are row numbers. */
  readonly row: number;
  /** The id that the input gives it, where it does. */
  readonly id: string | undefined;
  /** Finite float32 (dim,). */
  readonly embedding: Float32Array;
  /** Whatever else the input says of it, as values of JSON. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** The JSON object that all of it was read from, where it was one line of text. */
  readonly json: string | undefined;
}

/** A row that no store can take. */
export interface BadRecord {
  readonly row: number;
  readonly id: string | undefined;
  readonly reason: string;
}

/** How near two vectors are: Euclidean distance, cosine, or inner product. */
export const METRICS = ["l2", "cosine", "ip"] as const;
export type Metric = (typeof METRICS)[number];

/** How a store finds near vectors; `none` compares all. */
export const INDEXES = ["hnsw", "ivfflat", "none"] as const;
export type Index = (typeof INDEXES)[number];
