/** What a thread of k-means is started with. */
export interface KMeansStart {
  readonly module: WebAssembly.Module;
  readonly dim: number;
  readonly k: number;
  /** How many rows it will hold. */
  readonly rows: number;
}

/** Buffers that travel there and back. */
export interface Exchange {
  /** Shape (k, stride): where the centroids are; from the main thread. */
  readonly centroids: Float32Array<ArrayBuffer>;
  /** Shape (k, stride): sums of the rows of each cluster; from the other thread, and so is the rest. */
  readonly sums: Float64Array<ArrayBuffer>;
  readonly counts: Uint32Array<ArrayBuffer>;
}

export type KMeansRequest =
  | { readonly kind: "hold"; readonly values: Float32Array<ArrayBuffer> }
  /** Labels rows `first` to `first + count` of those held. */
  | {
      readonly kind: "take";
      readonly first: number;
      readonly count: number;
      readonly coarse: number;
      readonly exchange: Exchange;
    };

export type KMeansAnswer =
  | { readonly kind: "held"; readonly buffer: ArrayBuffer }
  | {
      readonly kind: "taken";
      readonly labels: Uint32Array<ArrayBuffer>;
      readonly distances: Float64Array<ArrayBuffer>;
      readonly exchange: Exchange;
    };

export function buffersOfExchange({ centroids, sums, counts }: Exchange): ArrayBuffer[] {
  return [centroids.buffer, sums.buffer, counts.buffer];
}
