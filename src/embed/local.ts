import { createCore } from "../core/instance.ts";
import { createTextEmbedder } from "../core/textembedding.ts";
import type { EmbeddingProvider } from "./provider.ts";

const MAX_BATCH = 256; // about a tenth of a second, during which nothing else happens

/** Embeddings that need no network and no model file, and are the same bytes on every machine: see `createTextEmbedder`. */
export function localProvider(dim = 768): EmbeddingProvider {
  const embedInto = createTextEmbedder(createCore(), dim);
  return {
    name: "seedbed-local-v1",
    dim,
    maxBatch: MAX_BATCH,
    async embed(texts, signal) {
      signal?.throwIfAborted();
      if (texts.length > MAX_BATCH)
        throw new Error(`Cannot embed ${texts.length} texts at once: expected at most ${MAX_BATCH}`);
      const out = new Float32Array(texts.length * dim);
      embedInto(texts, out);
      return out;
    },
  };
}
