import { InputError } from "../data/errors.ts";
import type { Manifest } from "../data/manifest.ts";
import { planOfRecipe } from "../datasets/table.ts";
import { inspectFolder, writeDataset, type DatasetPlan } from "../pipeline/dataset.ts";
import { chooseWorkers, diskBytes, estimateMemory } from "../pipeline/estimate.ts";
import { hashRecipe } from "../pipeline/manifest.ts";
import { freeBytes } from "../runtime/files.ts";
import { startProgress } from "../runtime/progress.ts";
import { elapsedMs, interruption, processorCount } from "../runtime/system.ts";
import { createOutput, type Output, type OutputOptions } from "./output.ts";
import { showBytes, showCount, showDuration } from "./show.ts";

export interface GenerateOptions extends OutputOptions {
  readonly out: string;
  /** Undefined leaves the choice to the program. */
  readonly workers?: number;
  readonly checksum: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

/** What became of one dataset. */
interface Outcome {
  readonly folder: string;
  readonly state: "written" | "already there";
  readonly manifest: Manifest;
  readonly elapsedMs: number;
}

/** Shows the plan, checks that it can be carried out, writes each dataset and says what came of it. */
export async function generateDatasets(plans: readonly DatasetPlan[], options: GenerateOptions): Promise<void> {
  const output = createOutput(options);
  const twice = plans.find(({ folder }, at) => plans.findIndex((other) => other.folder === folder) < at);
  if (twice) throw new InputError(`${twice.folder} is asked for twice: give each size once`);
  sayPlan(plans, options, output);
  const states = plans.map(inspectFolder);
  for (const state of states) {
    if (state.kind === "taken" && !options.force)
      throw new InputError(`${state.reason}: give another --out, or --force to replace it`);
  }
  checkDisk(
    plans.filter((_, at) => states[at]!.kind !== "same" || options.force),
    options.out,
  );
  if (options.dryRun) {
    output.result({ dry_run: true, datasets: plans.map((plan) => planResult(plan, options)) });
    return;
  }
  const interrupted = interruption();
  try {
    const outcomes: Outcome[] = [];
    for (const [at, plan] of plans.entries()) {
      const state = states[at]!;
      const finished =
        state.kind === "same" && !options.force ? await confirm(plan, state.manifest, output) : undefined;
      const outcome = finished ?? (await write(plan, options, output, interrupted.signal));
      outcomes.push(outcome);
      sayOutcome(outcome, output);
    }
    output.result({ datasets: outcomes.map(outcomeResult) });
  } finally {
    interrupted.release();
  }
}

/** The finished dataset, or undefined when it is damaged and has to be written again. */
async function confirm(plan: DatasetPlan, manifest: Manifest, output: Output): Promise<Outcome | undefined> {
  const { verifyDataset } = await import("../report/verify.ts");
  const began = elapsedMs();
  const { faults } = await verifyDataset(plan.folder, planOfRecipe);
  if (faults.length === 0)
    return { folder: plan.folder, state: "already there", manifest, elapsedMs: elapsedMs() - began };
  output.say(`${plan.folder} is damaged and is written again: ${faults.join("; ")}`);
  return undefined;
}

async function write(
  plan: DatasetPlan,
  options: GenerateOptions,
  output: Output,
  signal: AbortSignal,
): Promise<Outcome> {
  const rows = plan.pass.rowEnd - plan.pass.rowStart;
  const progress = output.showsProgress ? await startProgress(`Generating ${plan.folder}`, rows, "rows") : undefined;
  const began = elapsedMs();
  try {
    const manifest = await writeDataset(plan, {
      workers: workersFor(plan, options),
      checksum: options.checksum,
      signal,
      onProgress: progress?.update,
    });
    return { folder: plan.folder, state: "written", manifest, elapsedMs: elapsedMs() - began };
  } finally {
    progress?.stop();
  }
}

function workersFor({ pass }: DatasetPlan, { workers }: GenerateOptions): number {
  return workers ?? chooseWorkers(pass, processorCount());
}

/** Refuses a plan that does not fit on the disk, before the first byte. */
function checkDisk(plans: readonly DatasetPlan[], out: string): void {
  const { atMost } = diskBytes(plans.map((plan) => plan.pass));
  const free = freeBytes(out);
  if (free !== undefined && atMost > free) {
    throw new InputError(
      `${out} has ${showBytes(free)} free, the plan needs ${showBytes(atMost)}: give another --out or a smaller --size`,
    );
  }
}

function sayPlan(plans: readonly DatasetPlan[], options: GenerateOptions, output: Output): void {
  const disk = diskBytes(plans.map((plan) => plan.pass)).expected;
  const memory = Math.max(...plans.map((plan) => estimateMemory(plan.pass, workersFor(plan, options))));
  output.say(`Plan: about ${showBytes(disk)} on disk, ${showBytes(memory)} of memory at the peak`);
  const width = Math.max(...plans.map((plan) => plan.folder.length));
  for (const { folder, pass } of plans) {
    const files = pass.files.map((file) => `${file.name} ${showBytes(file.byteLength)}`);
    output.say(`  ${folder.padEnd(width)}  ${showCount(pass.rowEnd - pass.rowStart)} rows: ${files.join(", ")}`);
  }
}

function sayOutcome({ folder, state, manifest, elapsedMs: ms }: Outcome, output: Output): void {
  const rows = manifest.files[0]!.rows;
  if (state === "already there") {
    output.say(`${folder}: complete and verified, nothing to do (${showDuration(ms)})`);
    return;
  }
  output.say(`${folder}: ${showCount(rows)} rows in ${showDuration(ms)} (${showCount((rows * 1000) / ms)} rows/s)`);
  for (const file of manifest.files) {
    output.say(
      `  ${file.path.padEnd(14)}  ${showCount(file.bytes).padStart(15)} bytes  ${file.sha256 ? `sha256 ${file.sha256}` : "no checksum"}`,
    );
  }
}

function planResult(plan: DatasetPlan, options: GenerateOptions): object {
  const workers = workersFor(plan, options);
  return {
    folder: plan.folder,
    recipe: plan.recipe,
    recipe_sha256: hashRecipe(plan.recipe),
    rows: plan.pass.rowEnd - plan.pass.rowStart,
    files: plan.pass.files.map((file) => ({ path: file.name, expected_bytes: file.byteLength })),
    workers,
    estimated_peak_memory_bytes: Math.round(estimateMemory(plan.pass, workers)),
  };
}

function outcomeResult({ folder, state, manifest, elapsedMs: ms }: Outcome): object {
  const rows = manifest.files[0]!.rows;
  return { folder, state, seconds: ms / 1000, rows, rows_per_second: Math.round((rows * 1000) / ms), ...manifest };
}
