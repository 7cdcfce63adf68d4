import type { ClusteredSpec, Pass, SourceSpec } from "../data/plan.ts";
import type { OwnedBlock, SpareBuffers } from "./executor.ts";
import type { BlockAddress } from "./make.ts";

/** What a worker is started with. */
export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly passes: readonly SentPass[];
}

/** A pass on its way to a thread. Centroids are bare memory that all threads share: Deno walks typed arrays key by key. */
export type SentPass = Omit<Pass, "sources"> & {
  readonly sources: readonly (Exclude<SourceSpec, ClusteredSpec> | SentClusters)[];
};
type SentClusters = Omit<ClusteredSpec, "centroids"> & { readonly centroids: SharedArrayBuffer };

export function sendPasses(passes: readonly Pass[]): SentPass[] {
  return passes.map((pass) => ({
    ...pass,
    sources: pass.sources.map((source) =>
      source.kind === "clustered" ? { ...source, centroids: shared(source.centroids) } : source,
    ),
  }));
}

export function receivePasses(passes: readonly SentPass[]): Pass[] {
  return passes.map((pass) => ({
    ...pass,
    sources: pass.sources.map((source) =>
      source.kind === "clustered" ? { ...source, centroids: new Float32Array(source.centroids) } : source,
    ),
  }));
}

function shared(values: Float32Array): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(values.byteLength);
  new Float32Array(memory).set(values);
  return memory;
}

/** Asks for one block; `buffers` are for its bytes. */
export interface BlockRequest {
  readonly id: number;
  readonly address: BlockAddress;
  readonly buffers: SpareBuffers;
}

export interface BlockAnswer {
  readonly id: number;
  readonly block: OwnedBlock;
}
