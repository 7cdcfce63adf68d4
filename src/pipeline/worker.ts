import { createCore } from "../core/instance.ts";
import { serveRequests } from "../runtime/serve.ts";
import { buffersOf, ownBlock } from "./executor.ts";
import { createBlockMaker } from "./make.ts";
import type { BlockAnswer, BlockRequest, WorkerStart } from "./messages.ts";

serveRequests<WorkerStart, BlockRequest, BlockAnswer>(({ module, passes }) => {
  const make = createBlockMaker(createCore(module), passes);
  return async ({ id, address, buffers }) => {
    const block = ownBlock(await make(address), buffers);
    return { answer: { id, block }, transfer: buffersOf(block) };
  };
});
