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

/** The same as bare memory: on their way to a thread, Deno walks typed arrays key by key. */
export interface ExchangeBuffers {
  readonly centroids: ArrayBuffer;
  readonly sums: ArrayBuffer;
  readonly counts: ArrayBuffer;
}

export type KMeansRequest =
  /** The first `length` float32 values of `buffer`. */
  | { readonly kind: "hold"; readonly buffer: ArrayBuffer; readonly length: number }
  /** Labels rows `first` to `first + count` of those held. */
  | {
      readonly kind: "take";
      readonly first: number;
      readonly count: number;
      readonly coarse: number;
      readonly exchange: ExchangeBuffers;
    };

export type KMeansAnswer =
  | { readonly kind: "held"; readonly buffer: ArrayBuffer }
  | {
      readonly kind: "taken";
      readonly labels: Uint32Array<ArrayBuffer>;
      readonly distances: Float64Array<ArrayBuffer>;
      readonly exchange: Exchange;
    };

export function buffersOf({ centroids, sums, counts }: Exchange): ExchangeBuffers {
  return { centroids: centroids.buffer, sums: sums.buffer, counts: counts.buffer };
}

export function exchangeOf({ centroids, sums, counts }: ExchangeBuffers): Exchange {
  return {
    centroids: new Float32Array(centroids),
    sums: new Float64Array(sums),
    counts: new Uint32Array(counts),
  };
}
