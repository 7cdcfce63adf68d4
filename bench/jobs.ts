import { showBytes } from "../src/commands/show.ts";
import { createCheck, type Check } from "./check.ts";
import { alternate } from "./contest.ts";
import { scratchIsMemory, scratchRoom, scratchRoot, withFolder } from "./folder.ts";
import { datasetFolder, HUGE, type Family, type Job } from "./job.ts";
import type { Options } from "./options.ts";
import { runMeasured, type Usage } from "./process.ts";
import { printJobs } from "./report.ts";
import { ratioOf, spreadOf, spreadOfKnown, type Spread } from "./statistics.ts";
import type { Tools } from "./tools.ts";

export interface JobResult {
  readonly family: Family["name"];
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

/** Times the jobs of a family at each size that there is room for, and prints what was found. */
export async function measureAllJobs(
  family: Family,
  { sizes, scope, rounds }: Options,
  tools: Tools,
): Promise<JobResult[]> {
  const ways = scope === "memory" ? family.jobs(tools).slice(0, 1) : family.jobs(tools);
  const found: JobResult[] = [];
  for (const rows of sizes ?? family.sizes[scope]) {
    const needed = rows * family.rowBytes;
    console.log(`${family.title(rows)}, start to exit, into ${scratchRoot}${scratchIsMemory ? "" : " (a disk)"}`);
    if (needed > scratchRoom()) {
      console.log(`left out: needs ${showBytes(needed)}, ${showBytes(scratchRoom())} are free\n`);
      continue;
    }
    const jobs = ways.filter((job) => job.minRows <= rows && rows <= job.maxRows);
    const fewer = Math.min(rounds, Math.max(3, Math.ceil(rounds / 2)));
    const results = await measureJobs(family, jobs, rows, rows >= HUGE ? fewer : rounds, tools.time);
    printJobs(results);
    found.push(...results);
  }
  return found;
}

/** Times each job at that size, in turns, and checks what each writes. */
async function measureJobs(family: Family, jobs: readonly Job[], rows: number, rounds: number, time: string | null) {
  const check = createCheck(family);
  const contenders = jobs.map((job) => ({ name: job.name, measure: () => runJob(job, rows, time, check) }));
  const usages = await alternate(contenders, rounds);
  const walls = usages.map((samples) => samples.map((usage) => usage.wallSeconds));
  return jobs.map((job, at): JobResult => {
    const peers = jobs.flatMap((other, from) =>
      other.isPeer ? [[other.name, ratioOf(walls[from]!, walls[at]!)]] : [],
    );
    return {
      family: family.name,
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
  return withFolder(async (scratch) => {
    const usage = runMeasured(job.command(rows, scratch), scratch, time);
    await check(job, datasetFolder(scratch, rows));
    return usage;
  });
}
