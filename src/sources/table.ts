import type { Core } from "../core/instance.ts";
import type { SourceSpec } from "../data/plan.ts";
import type { Field, Source } from "../data/rows.ts";
import { imageFields } from "../formats/imagerows.ts";
import { categoryField, categorySource } from "./category.ts";
import { clusteredField, clusteredSource } from "./clustered.ts";
import { denseField, denseSource } from "./dense.ts";
import { besideEachOther } from "./beside.ts";
import { imageSource } from "./images.ts";
import { indexField, indexSource } from "./indices.ts";
import { jitteredField, jitteredSource } from "./jittered.ts";

interface Family<S extends SourceSpec> {
  fields(spec: S): Field[];
  /** May leave out fields that are not wanted. */
  open(core: Core, spec: S, maxRows: number, wanted?: readonly string[]): Source;
}

/** The one table of row families: what turns each kind of spec into rows. */
const families: { [K in SourceSpec["kind"]]: Family<Extract<SourceSpec, { kind: K }>> } = {
  gaussian: { fields: (spec) => [denseField(spec)], open: denseSource },
  uniform: { fields: (spec) => [denseField(spec)], open: denseSource },
  clustered: { fields: (spec) => [clusteredField(spec)], open: clusteredSource },
  index: { fields: (spec) => [indexField(spec)], open: indexSource },
  jittered: { fields: (spec) => [jitteredField(spec)], open: jitteredSource },
  category: { fields: (spec) => [categoryField(spec)], open: categorySource },
  images: { fields: ({ size }) => [...imageFields(size)], open: imageSource },
};

export const sourceKinds = Object.keys(families) as readonly SourceSpec["kind"][];

/** The fields that the sources fill, in their order. */
export function fieldsOf(specs: readonly SourceSpec[]): Field[] {
  return specs.flatMap((spec) => familyOf(spec).fields(spec));
}

/**
 * Opens the sources side by side, as one; `maxRows` is the largest block that will be read. Fields that are not `wanted`,
 * where that is said, may be missing from the rows.
 */
export function openSource(
  core: Core,
  specs: readonly SourceSpec[],
  maxRows: number,
  wanted?: readonly string[],
): Source {
  return besideEachOther(specs.map((spec) => familyOf(spec).open(core, spec, maxRows, wanted)));
}

function familyOf<S extends SourceSpec>(spec: S): Family<S> {
  return families[spec.kind] as unknown as Family<S>;
}
