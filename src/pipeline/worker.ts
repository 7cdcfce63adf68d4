import { createCore } from "../core/instance.ts";
import { serveRequests } from "../runtime/serve.ts";
import { buffersOf, ownBlock } from "./executor.ts";
import { createBlockMaker } from "./make.ts";
import { receivePasses, type BlockAnswer, type BlockRequest, type WorkerStart } from "./messages.ts";

serveRequests<WorkerStart, BlockRequest, BlockAnswer>(({ module, passes }) => {
  const make = createBlockMaker(createCore(module), receivePasses(passes));
  return async ({ id, address, buffers }) => {
    const block = ownBlock(await make(address), buffers);
    return { answer: { id, block }, transfer: buffersOf(block) };
  };
});
