import { InputError } from "../data/errors.ts";
import type { OpenaiOptions } from "./openai.ts";
import type { EmbeddingProvider } from "./provider.ts";

/** The one table of embedding providers, each loaded when it is first used. */
const providers: Record<string, (options: OpenaiOptions) => Promise<EmbeddingProvider>> = {
  local: async ({ dimensions }) => (await import("./local.ts")).localProvider(dimensions),
  openai: async (options) => (await import("./openai.ts")).openaiProvider(options),
};

/** Opens a provider by name. Throws `InputError` for a name that is not in the table, and for options that cannot work; each takes those that it knows. */
export async function openProvider(name: string, options: OpenaiOptions = {}): Promise<EmbeddingProvider> {
  const open = Object.hasOwn(providers, name) ? providers[name] : undefined;
  if (!open)
    throw new InputError(`Unknown embedding provider "${name}": expected ${Object.keys(providers).join(", ")}`);
  return open(options);
}
