import { createCore } from "../core/instance.ts";
import type { Pass } from "../data/plan.ts";
import { buffersOf, ownBlock, type Executor, type SpareBuffers } from "./executor.ts";
import { createBlockMaker } from "./make.ts";

/** Makes blocks on the calling thread: the least start-up, for small jobs and one core. */
export async function createInlineExecutor(pass: Pass, spare: SpareBuffers[] = []): Promise<Executor> {
  const make = await createBlockMaker(createCore(), pass);
  return {
    concurrency: 2, // one is written while the next is made
    make: async (start, rows) => ownBlock(make(start, rows), spare.pop()),
    recycle: (block) => void spare.push(buffersOf(block)),
    close: async () => {},
  };
}
