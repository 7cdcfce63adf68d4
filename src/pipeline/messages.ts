import type { Pass } from "../data/plan.ts";
import type { OwnedBlock, SpareBuffers } from "./executor.ts";

/** What a worker is started with. */
export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly pass: Pass;
}

/** Asks for one block; `buffers` are for its bytes. */
export interface BlockRequest {
  readonly id: number;
  readonly start: number;
  readonly rows: number;
  readonly buffers: SpareBuffers;
}

export interface BlockAnswer {
  readonly id: number;
  readonly block: OwnedBlock;
}
