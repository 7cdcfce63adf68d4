import { InputError } from "../data/errors.ts";
import type { DatasetPlan } from "../pipeline/dataset.ts";
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

/** The plan for people. */
export function sayPlan(plans: readonly EstimatedPlan[], output: Output): void {
  const disk = plans.reduce((sum, plan) => sum + plan.estimate.disk.expected, 0);
  const memory = Math.max(...plans.map((plan) => plan.estimate.memory));
  output.say(`Plan: about ${showBytes(disk)} on disk, ${showBytes(memory)} of memory at the peak`);
  const width = Math.max(...plans.map((plan) => plan.folder.length));
  for (const { folder, pass, estimate } of plans) {
    const files = pass.files.map((file, at) => `${file.name} ${showBytes(estimate.files[at]!.expected)}`);
    output.say(`  ${folder.padEnd(width)}  ${showCount(pass.rowEnd - pass.rowStart)} rows: ${files.join(", ")}`);
  }
}

/** The plan for programs. */
export function planResult({ folder, recipe, pass, estimate }: EstimatedPlan): object {
  return {
    folder,
    recipe,
    recipe_sha256: hashRecipe(recipe),
    rows: pass.rowEnd - pass.rowStart,
    files: pass.files.map((file, at) => ({ path: file.name, expected_bytes: estimate.files[at]!.expected })),
    workers: estimate.workers,
    estimated_peak_memory_bytes: Math.round(estimate.memory),
  };
}
