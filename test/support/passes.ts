import type { Pass, SourceSpec } from "../../src/data/plan.ts";
import { planVectors, resolveVectors, type VectorsOptions } from "../../src/datasets/vectors.ts";

/** The plan of the command `vectors`, cut into blocks of `blockRows` rows unless left to it. */
export function passOf(options: VectorsOptions, blockRows?: number): Pass {
  const [pass] = planVectors(resolveVectors(options)) as [Pass];
  return blockRows === undefined ? pass : { ...pass, blockRows };
}

/** Passes whose blocks are counted where this thread makes them, and that wait for workers to make some. */
export interface WatchedPasses {
  readonly passes: Pass[];
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

/** Watches vectors or categories, the first source of each pass, which is read `reads` times for a block. */
export function watchPasses(passes: readonly Pass[], reads = 1): WatchedPasses {
  let [readHere, told] = [0, 0];
  const blockCounts = passes.map(({ rowStart, rowEnd, blockRows }) => Math.ceil((rowEnd - rowStart) / blockRows));
  const blocks = Math.min(
    5000,
    blockCounts.reduce((sum, count) => sum + count, 0),
  );
  const empty = blockCounts.filter((count) => count === 0).length; // told of, but made by nobody
  // Whoever makes a block reads the key; a worker has a copy without this property.
  const watch = (pass: Pass): Pass => {
    const [first, ...rest] = pass.sources;
    const watched = withProperty(first!, "key", {
      enumerable: true,
      get() {
        readHere++;
        return first!.key;
      },
    });
    return { ...pass, sources: [watched, ...rest] };
  };
  const workersTookOver = () => (told - empty) * reads > readHere;
  return {
    passes: passes.map(watch),
    workersTookOver,
    waitForWorkers() {
      told++;
      // Ever longer: a worker that starts needs a few turns of this thread, too.
      if (!workersTookOver()) sleep((PATIENCE_MS * 2 * told) / blocks / blocks);
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
