import { existsSync } from "node:fs";
import { showBytes, showSize } from "../src/commands/show.ts";
import { createCheck, type Check } from "./check.ts";
import { DIM, jobsAt, type Job } from "./contenders.ts";
import { alternate } from "./contest.ts";
import { scratchIsMemory, scratchRoom, scratchRoot, withFolder } from "./folder.ts";
import type { Options } from "./options.ts";
import { runMeasured, type Usage } from "./process.ts";
import { printJobs } from "./report.ts";
import { ratioOf, spreadOf, type Spread } from "./statistics.ts";
import type { Tools } from "./tools.ts";

const HUGE_BYTES = 1e9; // fewer rounds of these

export interface JobResult {
  readonly name: string;
  readonly rows: number;
  readonly wallSeconds: Spread;
  readonly cpuSeconds: Spread | null;
  readonly peakBytes: Spread | null;
  /** Processors that other programs kept busy meanwhile: 0 where figures can be trusted. */
  readonly others: Spread | null;
  /** How many times as long each peer took. */
  readonly faster: Readonly<Record<string, number>>;
}

/** Times the jobs at each size that there is room for, and prints what was found. */
export async function measureAllJobs({ sizes, rounds, memoryOnly }: Options, tools: Tools): Promise<JobResult[]> {
  if (!existsSync("dist/gen.js")) throw new Error("Cannot measure the built bin: run `npm run build` first");
  if (!tools.time) console.log("No GNU time (Debian: package `time`): CPU time and peak memory are not measured\n");
  const found: JobResult[] = [];
  for (const rows of sizes) {
    const needed = rows * (4 * DIM + 16);
    console.log(`${showSize(rows)} x ${DIM}, start to exit, into ${scratchRoot}${scratchIsMemory ? "" : " (a disk)"}`);
    if (needed > scratchRoom()) {
      console.log(`left out: needs ${showBytes(needed)}, ${showBytes(scratchRoom())} are free\n`);
      continue;
    }
    const fewer = Math.max(3, Math.ceil(rounds / 2));
    const jobs = jobsAt(rows, tools, memoryOnly);
    const results = await measureJobs(jobs, rows, needed > HUGE_BYTES ? fewer : rounds, tools.time);
    printJobs(results);
    found.push(...results);
  }
  return found;
}

/** Times each job at that size, in turns, and checks what each writes. */
async function measureJobs(jobs: readonly Job[], rows: number, rounds: number, time: string | null) {
  const check = createCheck(rows);
  const contenders = jobs.map((job) => ({ name: job.name, measure: () => runJob(job, rows, time, check) }));
  const usages = await alternate(contenders, rounds);
  const walls = usages.map((samples) => samples.map((usage) => usage.wallSeconds));
  return jobs.map((job, at): JobResult => {
    const peers = jobs.flatMap((other, from) =>
      other.isPeer ? [[other.name, ratioOf(walls[from]!, walls[at]!)]] : [],
    );
    return {
      name: job.name,
      rows,
      wallSeconds: spreadOf(walls[at]!),
      cpuSeconds: spreadOfKnown(usages[at]!.map((usage) => usage.cpuSeconds)),
      peakBytes: spreadOfKnown(usages[at]!.map((usage) => usage.peakBytes)),
      others: spreadOfKnown(usages[at]!.map((usage) => usage.others)),
      faster: Object.fromEntries(peers),
    };
  });
}

/** One run in a folder of its own, which is removed outside the measured time. */
function runJob(job: Job, rows: number, time: string | null, check: Check): Promise<Usage> {
  return withFolder(async (folder) => {
    const usage = runMeasured(job.command(rows, folder), folder, time);
    await check(job, folder);
    return usage;
  });
}

function spreadOfKnown(samples: readonly (number | null)[]): Spread | null {
  const known = samples.filter((sample) => sample !== null);
  return known.length > 0 ? spreadOf(known) : null;
}
