import type { Core } from "../core/instance.ts";
import type { SourceSpec } from "../data/plan.ts";
import type { Field, Source } from "../data/rows.ts";
import { categoryField, categorySource } from "./category.ts";
import { denseField, denseSource } from "./dense.ts";
import { besideEachOther } from "./beside.ts";

interface Family<S extends SourceSpec> {
  field(spec: S): Field;
  open(core: Core, spec: S, maxRows: number): Source;
}

/** The one table of row families: what turns each kind of spec into rows. */
const families: { [K in SourceSpec["kind"]]: Family<Extract<SourceSpec, { kind: K }>> } = {
  gaussian: { field: denseField, open: denseSource },
  uniform: { field: denseField, open: denseSource },
  category: { field: categoryField, open: categorySource },
};

export const sourceKinds = Object.keys(families) as readonly SourceSpec["kind"][];

/** The fields that the sources fill, in their order. */
export function fieldsOf(specs: readonly SourceSpec[]): Field[] {
  return specs.map((spec) => familyOf(spec).field(spec));
}

/** Opens the sources side by side, as one; `maxRows` is the largest block that will be read. */
export function openSource(core: Core, specs: readonly SourceSpec[], maxRows: number): Source {
  return besideEachOther(specs.map((spec) => familyOf(spec).open(core, spec, maxRows)));
}

function familyOf<S extends SourceSpec>(spec: S): Family<S> {
  return families[spec.kind] as unknown as Family<S>;
}
