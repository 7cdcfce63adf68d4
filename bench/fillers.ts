import { normalStream } from "../src/core/flat.ts";
import { coreModule, createCore } from "../src/core/instance.ts";
import { startThread, threadScript, type Thread } from "../src/runtime/threads.ts";

/** What a filler's thread is started with: the core, and how many normals it makes at a time. */
export interface FillStart {
  readonly module: WebAssembly.Module;
  readonly count: number;
}

/** Asks for `calls * count` normals. */
export interface FillRequest {
  readonly first: bigint;
  readonly calls: number;
}

export interface FillAnswer {
  readonly last: number;
}

export const address = { key: [42, 0], stream: 1 } as const;

/** A thread that makes normals and throws them away. */
export interface Filler {
  /** Makes `calls * count` normals from `first` on. Rejects unless the last is the right one. */
  fill(first: bigint, calls: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startFiller(count: number): Promise<Filler> {
  let answered: (answer: FillAnswer) => void = () => {};
  let failed: (error: Error) => void = () => {};
  const script = await threadScript(new URL("./fill-worker.ts", import.meta.url));
  const thread = await new Promise<Thread<FillRequest>>((resolve, reject) => {
    failed = reject;
    const start: FillStart = { module: coreModule(), count };
    const starting = startThread<FillStart, FillRequest, FillAnswer>(script, start, {
      onReady: () => resolve(starting),
      onAnswer: (answer) => answered(answer),
      onFailure: (reason, cause) => failed(new Error(`A worker failed: ${reason}`, { cause })),
    });
  });
  const known = normalStream(createCore(), address, 1);
  return {
    async fill(first, calls) {
      const { last } = await new Promise<FillAnswer>((resolve, reject) => {
        [answered, failed] = [resolve, reject];
        thread.ask({ first, calls }, []);
      });
      const expected = known.read(first + BigInt(calls * count - 1), 1)[0];
      if (last !== expected)
        throw new Error(`Cannot trust a worker: expected ${expected} as its last normal, got ${last}`);
    },
    stop: () => thread.stop(),
  };
}
