import { createHash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { showSize } from "../src/commands/show.ts";
import { alternate } from "./contest.ts";
import type { Job } from "./contenders.ts";
import { withFolder } from "./folder.ts";
import { runMeasured, type Usage } from "./process.ts";
import { ratioOf, spreadOf, type Spread } from "./statistics.ts";

export interface JobResult {
  readonly name: string;
  readonly rows: number;
  readonly wallSeconds: Spread;
  readonly cpuSeconds: Spread | null;
  readonly peakBytes: Spread | null;
  /** How many times as long each peer took. */
  readonly faster: Readonly<Record<string, number>>;
}

/** Times each job at that size, in turns, and checks what each writes. */
export async function measureJobs(jobs: readonly Job[], rows: number, rounds: number, time: string | null) {
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
      faster: Object.fromEntries(peers),
    };
  });
}

type Check = (job: Job, folder: string) => Promise<void>;

/** One run in a folder of its own, which is removed outside the measured time. */
function runJob(job: Job, rows: number, time: string | null, check: Check): Promise<Usage> {
  return withFolder(async (folder) => {
    const usage = runMeasured(job.command(rows, folder), folder, time);
    await check(job, folder);
    return usage;
  });
}

/**
 * Looks at what a job wrote, after its first run: ours are to be the same bytes however they were made, a peer's (which
 * draws other numbers) of the same length.
 */
function createCheck(rows: number): Check {
  const seen = new Set<Job>();
  const known = new Map<string, { job: Job; facts: string }>();
  return async (job, folder) => {
    if (seen.has(job)) return;
    seen.add(job);
    for (const name of ["vectors.npy", "metadata.jsonl"]) {
      const path = job.isPeer ? `${folder}/${name}` : `${folder}/${showSize(rows)}/${name}`;
      expectSame(known, `bytes of ${name}`, `${statSync(path).size}`, job);
      if (!job.isPeer) expectSame(known, `SHA-256 of ${name}`, await sha256(path), job);
    }
  };
}

function expectSame(known: Map<string, { job: Job; facts: string }>, what: string, facts: string, job: Job): void {
  const first = known.get(what);
  if (!first) known.set(what, { job, facts });
  else if (first.facts !== facts) {
    throw new Error(`Cannot compare: ${what} is ${facts} from ${job.name}, ${first.facts} from ${first.job.name}`);
  }
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 4 << 20 }), hash);
  return hash.digest("hex");
}

function spreadOfKnown(samples: readonly (number | null)[]): Spread | null {
  const known = samples.filter((sample) => sample !== null);
  return known.length > 0 ? spreadOf(known) : null;
}
