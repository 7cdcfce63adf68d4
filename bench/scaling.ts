import { normalStream } from "../src/core/flat.ts";
import { coreModule, createCore } from "../src/core/instance.ts";
import { startThread, threadScript, type Thread } from "../src/runtime/threads.ts";
import { alternate } from "./contest.ts";
import { COUNT } from "./kernels.ts";
import { ratioOf, spreadOf, type Spread } from "./statistics.ts";

export interface FillStart {
  readonly module: WebAssembly.Module;
  readonly count: number;
}

/** Normals `first` to `first + calls * count`. */
export interface FillRequest {
  readonly first: bigint;
  readonly calls: number;
}

export interface FillAnswer {
  readonly last: number;
}

export interface Scaling {
  readonly workers: number;
  /** Normals a second of all workers together. */
  readonly perSecond: Spread;
  /** How many times one worker. */
  readonly ofOne: number;
}

const CALLS = 200; // 52 million normals: long against the messages that start and end it

/** Normals on one and on several worker threads, each making as many as the one alone. */
export async function measureScaling(workerCounts: readonly number[], rounds: number): Promise<Scaling[]> {
  const workers = await Promise.all(Array.from({ length: Math.max(...workerCounts) }, startWorker));
  const contenders = workerCounts.map((count) => ({
    name: `${count}`,
    async measure() {
      const began = performance.now();
      await Promise.all(workers.slice(0, count).map((worker, at) => worker.fill(BigInt(at * CALLS * COUNT))));
      return (count * CALLS * COUNT * 1000) / (performance.now() - began);
    },
  }));
  try {
    await alternate(contenders, 1); // until the engine has optimised the kernel in every thread
    const rates = await alternate(contenders, rounds);
    return workerCounts.map((count, at) => ({
      workers: count,
      perSecond: spreadOf(rates[at]!),
      ofOne: ratioOf(rates[at]!, rates[0]!),
    }));
  } finally {
    for (const worker of workers) await worker.stop();
  }
}

interface FillWorker {
  /** Makes the normals from `first` on and checks the last of them. */
  fill(first: bigint): Promise<void>;
  stop(): Promise<void>;
}

async function startWorker(): Promise<FillWorker> {
  let answered: (answer: FillAnswer) => void = () => {};
  let failed: (error: Error) => void = () => {};
  const script = await threadScript(new URL("./scaling-worker.ts", import.meta.url));
  const thread = await new Promise<Thread<FillRequest>>((resolve, reject) => {
    failed = reject;
    const start: FillStart = { module: coreModule(), count: COUNT };
    const starting: Thread<FillRequest> = startThread<FillStart, FillRequest, FillAnswer>(script, start, {
      onReady: () => resolve(starting),
      onAnswer: (answer) => answered(answer),
      onFailure: (reason, cause) => failed(new Error(`A worker failed: ${reason}`, { cause })),
    });
  });
  const known = normalStream(createCore(), { key: [42, 0], stream: 1 }, 1);
  return {
    async fill(first) {
      const { last } = await new Promise<FillAnswer>((resolve, reject) => {
        [answered, failed] = [resolve, reject];
        thread.ask({ first, calls: CALLS }, []);
      });
      const expected = known.read(first + BigInt(CALLS * COUNT - 1), 1)[0];
      if (last !== expected)
        throw new Error(`Cannot trust a worker: expected ${expected} as its last normal, got ${last}`);
    },
    stop: () => thread.stop(),
  };
}
