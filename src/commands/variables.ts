import { isHidden } from "../runtime/environment.ts";
import { printAside } from "../runtime/system.ts";
import type { OutputOptions } from "./output.ts";

/** Says which of the variables that a command looks at may not be read, and so count as not set. */
export function tellHidden(names: readonly string[], { quiet = false }: OutputOptions): void {
  const hidden = names.filter(isHidden);
  if (quiet || hidden.length === 0) return;
  const count = hidden.length === 1 ? "counts" : "count";
  printAside(`The environment may not be read (Deno: see --allow-env): ${hidden.join(", ")} ${count} as not set`);
}

/** The variable that chooses the root, where no flag does. */
export function rootVariable(root: string | undefined): readonly string[] {
  return root === undefined ? ["SEEDBED_ROOT"] : [];
}
