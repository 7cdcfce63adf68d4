import { normalStream } from "../src/core/flat.ts";
import { createCore } from "../src/core/instance.ts";
import { serveRequests } from "../src/runtime/serve.ts";
import { address, type FillAnswer, type FillRequest, type FillStart } from "./fillers.ts";

serveRequests<FillStart, FillRequest, FillAnswer>(({ module, count }) => {
  const stream = normalStream(createCore(module), address, count);
  return async ({ first, calls }) => {
    let last = 0;
    for (let call = 0; call < calls; call++) last = stream.read(first + BigInt(call * count), count)[count - 1]!;
    return { answer: { last }, transfer: [] };
  };
});
