import { InputError } from "../data/errors.ts";
import type { DatasetPlan, FolderState } from "../pipeline/dataset.ts";
import { estimatePass, type Estimate } from "../pipeline/estimate.ts";
import { hashRecipe } from "../pipeline/manifest.ts";
import { freeBytes } from "../runtime/files.ts";
import { processorCount } from "../runtime/system.ts";
import type { Output } from "./output.ts";
import { showBytes, showCount } from "./show.ts";

/** A plan and what it will take. */
export interface EstimatedPlan extends DatasetPlan {
  readonly estimate: Estimate;
}

/** `workers` undefined leaves the choice to the estimate. */
export async function estimatePlan(plan: DatasetPlan, workers: number | undefined): Promise<EstimatedPlan> {
  return { ...plan, estimate: await estimatePass(plan.pass, processorCount(), workers) };
}

/** Refuses plans that do not fit on the disk together, before the first byte. */
export function checkDisk(plans: readonly EstimatedPlan[], out: string): void {
  const needed = plans.reduce((sum, plan) => sum + plan.estimate.disk.atMost, 0);
  const free = freeBytes(out);
  if (free !== undefined && needed > free) {
    throw new InputError(
      `${out} has ${showBytes(free)} free, the plan needs ${showBytes(needed)}: give another --out or a smaller --size`,
    );
  }
}

const NOTES: Record<FolderState["kind"], string> = {
  free: "",
  unfinished: " (an unfinished run is replaced)",
  same: " (already there)",
  taken: "",
};

/** The plan for people. */
export function sayPlan(plans: readonly EstimatedPlan[], states: readonly FolderState[], output: Output): void {
  const disk = plans.reduce((sum, plan) => sum + plan.estimate.disk.expected, 0);
  const memory = Math.max(...plans.map((plan) => plan.estimate.memory));
  output.say(`Plan: about ${showBytes(disk)} on disk, ${showBytes(memory)} of memory at the peak`);
  const width = Math.max(...plans.map((plan) => plan.folder.length));
  for (const [at, { folder, pass, estimate }] of plans.entries()) {
    const files = pass.files.map(({ name }, file) => `${name} ${showBytes(estimate.files[file]!.expected)}`);
    output.say(
      `  ${folder.padEnd(width)}  ${showCount(pass.rowEnd - pass.rowStart)} rows: ${files.join(", ")}${NOTES[states[at]!.kind]}`,
    );
  }
}

/** The plan for programs. */
export function planResult({ folder, recipe, pass, estimate }: EstimatedPlan, { kind }: FolderState): object {
  return {
    folder,
    already_there: kind === "same",
    recipe,
    recipe_sha256: hashRecipe(recipe),
    rows: pass.rowEnd - pass.rowStart,
    files: pass.files.map((file, at) => ({ path: file.name, expected_bytes: estimate.files[at]!.expected })),
    workers: estimate.workers,
    estimated_peak_memory_bytes: Math.round(estimate.memory),
  };
}
