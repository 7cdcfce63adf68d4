import type { Pass, SourceSpec } from "../../src/data/plan.ts";
import { planVectors, resolveVectors, type VectorsOptions } from "../../src/datasets/vectors.ts";

/** The plan of the command `vectors`, cut into blocks of `blockRows` rows unless left to it. */
export function passOf(options: VectorsOptions, blockRows?: number): Pass {
  const pass = planVectors(resolveVectors(options));
  return blockRows === undefined ? pass : { ...pass, blockRows };
}

/** A pass whose blocks are counted where this thread makes them, and that waits for workers to make some. */
export interface WatchedPass {
  readonly pass: Pass;
  /** Whether a block was made elsewhere. */
  workersTookOver(): boolean;
  /** To be the run's `onProgress`: slows this thread until workers have taken over. */
  waitForWorkers(): void;
}

/** To be a run's `onProgress`: slows this thread, so that workers start within a few hundred blocks. */
export function pause(): void {
  sleep(3);
}

/** How long workers may take to start, under a debugger or a type checker. */
const PATIENCE_MS = 15_000;

export function watchPass(pass: Pass): WatchedPass {
  let [madeHere, done] = [0, 0];
  const blocks = Math.min(5000, Math.ceil((pass.rowEnd - pass.rowStart) / pass.blockRows));
  // Whoever makes a block reads the key; a worker has a copy without this property.
  const [first, ...rest] = pass.sources;
  const watched = withProperty(first!, "key", {
    enumerable: true,
    get() {
      madeHere++;
      return first!.key;
    },
  });
  const workersTookOver = () => done > madeHere;
  return {
    pass: { ...pass, sources: [watched, ...rest] },
    workersTookOver,
    waitForWorkers() {
      done++;
      if (!workersTookOver()) sleep(PATIENCE_MS / blocks);
    },
  };
}

/** A spec that is whole on this thread and lacks a property in workers, since copies have own properties only. */
export function brokenInWorkers(pass: Pass, property: "key" | "kind"): Pass {
  const [first, ...rest] = pass.sources;
  const { [property]: inherited, ...own } = first!;
  return { ...pass, sources: [Object.assign(Object.create({ [property]: inherited }) as SourceSpec, own), ...rest] };
}

function withProperty(spec: SourceSpec, name: string, descriptor: PropertyDescriptor): SourceSpec {
  return Object.defineProperty({ ...spec }, name, descriptor);
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
