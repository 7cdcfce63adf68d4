import { InputError } from "../data/errors.ts";
import type { EmbeddingProvider } from "./provider.ts";

/** The one table of embedding providers, each loaded when it is first used. */
const providers: Record<string, () => Promise<EmbeddingProvider>> = {
  local: async () => (await import("./local.ts")).localProvider(),
};

/** Opens a provider by name. Throws `InputError` for a name that is not in the table. */
export async function openProvider(name: string): Promise<EmbeddingProvider> {
  const open = Object.hasOwn(providers, name) ? providers[name] : undefined;
  if (!open)
    throw new InputError(`Unknown embedding provider "${name}": expected ${Object.keys(providers).join(", ")}`);
  return open();
}
