import type { Pass } from "../data/plan.ts";
import type { OwnedBlock, SpareBuffers } from "./executor.ts";
import type { BlockAddress } from "./make.ts";

/** What a worker is started with. */
export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly passes: readonly Pass[];
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
