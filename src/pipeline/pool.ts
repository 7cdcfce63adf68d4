import { coreModule } from "../core/instance.ts";
import type { Pass } from "../data/plan.ts";
import { startThread } from "../runtime/threads.ts";
import { buffersOf, type Executor, type OwnedBlock } from "./executor.ts";
import type { BlockAnswer, BlockRequest, WorkerStart } from "./messages.ts";

const QUEUED_PER_WORKER = 2; // one being made, one waiting, so that no worker idles for the length of a message

interface Waiting {
  resolve(block: OwnedBlock): void;
  reject(error: Error): void;
}

/** Makes blocks on `workers` threads. A thread that fails or dies fails every block, at once and for good. */
export function createPool(pass: Pass, workers: number): Executor {
  const waiting = new Map<number, Waiting>();
  const spare: ArrayBuffer[] = [];
  const queued = new Array<number>(workers).fill(0);
  let nextId = 0;
  let failure: Error | undefined;

  const fail = (error: Error) => {
    failure ??= error;
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  const threads = queued.map((_, index) =>
    startThread<WorkerStart, BlockRequest, BlockAnswer>(workerUrl(), { module: coreModule(), pass }, {
      onAnswer(answer) {
        queued[index]!--;
        const asked = waiting.get(answer.id);
        waiting.delete(answer.id);
        spare.push(...answer.spare);
        asked?.resolve(answer.block);
      },
      onFailure: (reason, cause) => fail(new Error(`A worker failed: ${reason}`, { cause })),
    }),
  );

  return {
    concurrency: workers * QUEUED_PER_WORKER,
    make(start, rows) {
      if (failure) return Promise.reject(failure);
      const index = queued.indexOf(Math.min(...queued));
      const id = nextId++;
      const buffers = spare.splice(0, pass.files.length);
      queued[index]!++;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        threads[index]!.ask({ id, start, rows, buffers }, buffers);
      });
    },
    recycle: (block) => void spare.push(...buffersOf(block)),
    async close() {
      waiting.clear();
      await Promise.all(threads.map((thread) => thread.stop()));
    },
  };
}

/** The worker beside this module: TypeScript in the sources, JavaScript once built. */
function workerUrl(): URL {
  return new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);
}
