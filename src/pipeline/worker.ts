import { createCore } from "../core/instance.ts";
import { serveRequests } from "../runtime/serve.ts";
import { buffersOf, ownBlock } from "./executor.ts";
import { createBlockMaker } from "./make.ts";
import type { BlockAnswer, BlockRequest, WorkerStart } from "./messages.ts";

serveRequests<WorkerStart, BlockRequest, BlockAnswer>(async ({ module, pass }) => {
  const make = await createBlockMaker(createCore(module), pass);
  return ({ id, start, rows, buffers }) => {
    const block = ownBlock(make(start, rows), buffers);
    return { answer: { id, block }, transfer: buffersOf(block) };
  };
});
