import type { Core } from "../core/instance.ts";
import type { SourceSpec } from "../data/plan.ts";
import type { Source } from "../data/rows.ts";
import { categorySource } from "./category.ts";
import { denseSource } from "./dense.ts";
import { besideEachOther } from "./beside.ts";

/** The one table of row families: what turns each kind of spec into rows. */
const sources = {
  gaussian: denseSource,
  uniform: denseSource,
  category: categorySource,
} satisfies Record<SourceSpec["kind"], unknown>;

/** Opens the sources side by side, as one; `maxRows` is the largest block that will be read. */
export function openSource(core: Core, specs: readonly SourceSpec[], maxRows: number): Source {
  return besideEachOther(specs.map((spec) => open(core, spec, maxRows)));
}

function open<S extends SourceSpec>(core: Core, spec: S, maxRows: number): Source {
  const make = sources[spec.kind] as unknown as (core: Core, spec: S, maxRows: number) => Source;
  return make(core, spec, maxRows);
}
