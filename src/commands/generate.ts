import { InputError } from "../data/errors.ts";
import type { Manifest } from "../data/manifest.ts";
import { folderState, writeDataset, type FolderState } from "../pipeline/dataset.ts";
import { checkWritable } from "../runtime/files.ts";
import { elapsedMs, interruption } from "../runtime/system.ts";
import { createOutput, withProgress, type Output, type OutputOptions } from "./output.ts";
import type { Workers } from "./parse.ts";
import { checkDisk, estimatePlan, planResult, sayPlan, type Estimated, type NamedPlan } from "./plan.ts";
import { showCount, showDuration } from "./show.ts";

export interface GenerateOptions extends OutputOptions {
  readonly workers: Workers;
  readonly checksum: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

/** How the flags are called that choose another place, and fewer rows. */
export interface Advice {
  readonly place: string;
  readonly fewer: string;
}

/** What became of one dataset. */
interface Outcome {
  readonly plan: NamedPlan;
  readonly state: "written" | "already there";
  readonly manifest: Manifest;
  readonly elapsedMs: number;
}

/** Shows the plan, checks that it can be carried out, writes each dataset and says what came of it. */
export async function generateDatasets(
  wanted: readonly NamedPlan[],
  out: string,
  advice: Advice,
  options: GenerateOptions,
): Promise<void> {
  const output = createOutput(options);
  const twice = wanted.find(({ name }, at) => wanted.findIndex((other) => other.name === name) < at);
  if (twice) throw new InputError(`${twice.name} is asked for twice: give each size once`);
  const plans = await Promise.all(wanted.map((plan) => estimatePlan(plan, options.workers)));
  const states = plans.map((plan) => checkFolder(plan, options, advice));
  checkWritable(out);
  checkDisk(
    plans.filter((_, at) => states[at]!.kind !== "same"),
    out,
    `give another ${advice.place} or a smaller ${advice.fewer}`,
  );
  sayPlan(plans, states, output);
  if (options.dryRun) {
    output.result({ dry_run: true, datasets: plans.map((plan, at) => planResult(plan, states[at]!)) });
    return;
  }
  const interrupted = interruption();
  try {
    const outcomes: Outcome[] = [];
    for (const [at, plan] of plans.entries()) {
      const finished = await confirm(plan, states[at]!, output, interrupted.signal);
      const outcome = finished ?? (await write(plan, options, output, interrupted.signal));
      outcomes.push(outcome);
      sayOutcome(outcome, output);
    }
    output.result({ datasets: outcomes.map(outcomeResult) });
  } finally {
    interrupted.release();
  }
}

/** What the folder holds, as far as it matters: with `--force`, nothing does. Throws `InputError` when it is taken. */
function checkFolder(plan: NamedPlan, { force, checksum }: GenerateOptions, { place }: Advice): FolderState {
  const state = force ? ({ kind: "free" } as const) : folderState(plan);
  // Without checksums it could not be told to be whole, where they are asked for.
  if (state.kind === "same" && checksum && state.manifest.files.some((file) => file.sha256 === null))
    return { kind: "free" };
  if (state.kind === "taken") throw new InputError(`${state.reason}: give another ${place}, or --force to replace it`);
  return state;
}

/** The dataset that is there already, or undefined where there is none or it is damaged and has to be written again. */
async function confirm(
  plan: Estimated<NamedPlan>,
  state: FolderState,
  output: Output,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  if (state.kind !== "same") return undefined;
  const { verifyDataset } = await import("../report/verify.ts");
  const began = elapsedMs();
  const total = state.manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  const { name, folder, manifestName } = plan;
  const path = manifestName === undefined ? folder : `${folder}/${manifestName}`;
  const faults = await withProgress(output, `Verifying ${name}`, total, "bytes", (progress) =>
    verifyDataset(path, async () => plan.passes, { signal, onProgress: progress.update }).then(
      (report) => report.faults,
      (error: unknown) => {
        if (error instanceof InputError) return [error.message];
        throw error;
      },
    ),
  );
  if (faults.length === 0) {
    return { plan, state: "already there", manifest: state.manifest, elapsedMs: elapsedMs() - began };
  }
  output.say(`${name} is damaged and is written again: ${faults.join("; ")}`);
  return undefined;
}

async function write(
  plan: Estimated<NamedPlan>,
  { checksum }: GenerateOptions,
  output: Output,
  signal: AbortSignal,
): Promise<Outcome> {
  const { name, passes, estimate } = plan;
  const began = elapsedMs();
  const rows = passes[0]!.rowEnd - passes[0]!.rowStart;
  const manifest = await withProgress(output, `Generating ${name}`, rows, "rows", ({ update }) =>
    writeDataset(plan, {
      workers: estimate.workers,
      checksum,
      signal,
      onProgress: (share) => update(Math.round(share * rows)),
    }),
  );
  return { plan, state: "written", manifest, elapsedMs: elapsedMs() - began };
}

function sayOutcome({ plan: { name }, state, manifest, elapsedMs: ms }: Outcome, output: Output): void {
  const rows = manifest.files[0]!.rows;
  if (state === "already there") {
    output.say(`${name}: complete and verified, nothing to do (${showDuration(ms)})`);
    return;
  }
  output.say(`${name}: ${showCount(rows)} rows in ${showDuration(ms)} (${showCount((rows * 1000) / ms)} rows/s)`);
  for (const { path, bytes, sha256 } of manifest.files) {
    const checksum = sha256 ? `sha256 ${sha256}` : "no checksum";
    output.say(`  ${path.padEnd(14)}  ${showCount(bytes).padStart(15)} bytes  ${checksum}`);
  }
}

function outcomeResult({ plan: { folder, details }, state, manifest, elapsedMs: ms }: Outcome): object {
  const rows = manifest.files[0]!.rows;
  return {
    folder,
    state,
    seconds: ms / 1000,
    rows,
    rows_per_second: Math.round((rows * 1000) / ms),
    ...details,
    ...manifest,
  };
}
