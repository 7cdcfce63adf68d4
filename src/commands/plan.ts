import { InputError } from "../data/errors.ts";
import type { DatasetPlan, FolderState } from "../pipeline/dataset.ts";
import { estimatePasses, type Estimate } from "../pipeline/estimate.ts";
import { hashRecipe } from "../pipeline/manifest.ts";
import { freeBytes } from "../runtime/files.ts";
import { processorCount } from "../runtime/system.ts";
import type { Output } from "./output.ts";
import type { Workers } from "./parse.ts";
import { showBytes, showCount } from "./show.ts";

/** A plan and what it will take. */
export type Estimated<P extends DatasetPlan = DatasetPlan> = P & { readonly estimate: Estimate };

export async function estimatePlan<P extends DatasetPlan>(plan: P, workers: Workers): Promise<Estimated<P>> {
  return {
    ...plan,
    estimate: await estimatePasses(plan.passes, processorCount(), workers === "auto" ? undefined : workers),
  };
}

/** A plan with what people call its dataset: its folder, or its first file. */
export interface NamedPlan extends DatasetPlan {
  readonly name: string;
  /** A line about it, for people. */
  readonly remark?: string;
  /** More about it, for programs. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Refuses plans that do not fit on the disk together, before the first byte. */
export function checkDisk(plans: readonly Estimated[], out: string, advice: string): void {
  const needed = plans.reduce((sum, plan) => sum + plan.estimate.disk.expected, 0);
  const free = freeBytes(out);
  if (free !== undefined && needed > free) {
    throw new InputError(`${out} has ${showBytes(free)} free, the plan needs ${showBytes(needed)}: ${advice}`);
  }
}

const NOTES: Record<FolderState["kind"], string> = {
  free: "",
  unfinished: " (an unfinished run is replaced)",
  same: " (already there)",
  taken: "",
};

/** The plan for people. */
export function sayPlan(plans: readonly Estimated<NamedPlan>[], states: readonly FolderState[], output: Output): void {
  const disk = plans.reduce((sum, plan) => sum + plan.estimate.disk.expected, 0);
  const memory = Math.max(...plans.map((plan) => plan.estimate.memory));
  output.say(`Plan: about ${showBytes(disk)} on disk, ${showBytes(memory)} of memory at the peak`);
  const width = Math.max(...plans.map((plan) => plan.name.length));
  for (const [at, { name: title, passes, estimate, remark }] of plans.entries()) {
    const files = estimate.files.map(({ name, expected }) => `${name} ${showBytes(expected)}`);
    const rows = showCount(passes[0]!.rowEnd - passes[0]!.rowStart);
    output.say(`  ${title.padEnd(width)}  ${rows} rows: ${files.join(", ")}${NOTES[states[at]!.kind]}`);
    if (remark !== undefined) output.say(`  ${remark}`);
  }
}

/** The plan for programs. */
export function planResult(
  { folder, recipe, passes, estimate, details }: Estimated<NamedPlan>,
  { kind }: FolderState,
): object {
  return {
    folder,
    already_there: kind === "same",
    recipe,
    recipe_sha256: hashRecipe(recipe),
    rows: passes[0]!.rowEnd - passes[0]!.rowStart,
    ...details,
    files: estimate.files.map(({ name, expected }) => ({ path: name, expected_bytes: expected })),
    workers: estimate.workers,
    estimated_peak_memory_bytes: Math.round(estimate.memory),
  };
}
