/** What turns texts into vectors. */
export interface EmbeddingProvider {
  /** With the version of the model; a part of a dataset's identity, as is `dim`. */
  readonly name: string;
  readonly dim: number;
  /** How many texts may be given at once. */
  readonly maxBatch: number;
  /** A fresh array of (texts.length, dim) float32, each row of unit length. */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array>;
}
