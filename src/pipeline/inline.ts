import { createCore } from "../core/instance.ts";
import type { Pass } from "../data/plan.ts";
import { buffersOf, ownBlock, type Executor, type SpareBuffers } from "./executor.ts";
import { createBlockMaker } from "./make.ts";

/** Makes blocks on the calling thread: the least start-up, for small jobs and one core. */
export function createInlineExecutor(passes: readonly Pass[], spare: SpareBuffers[] = []): Executor {
  const make = createBlockMaker(createCore(), passes);
  let last: Promise<unknown> = Promise.resolve(); // one block at a time
  return {
    concurrency: 2, // one is written while the next is made
    make(address) {
      const block = last.then(async () => ownBlock(await make(address), spare.pop()));
      last = block.catch(() => {}); // whoever asked for it learns of it
      return block;
    },
    recycle: (block) => void spare.push(buffersOf(block)),
    close: async () => {},
  };
}
