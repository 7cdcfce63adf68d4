import { createHash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { showSize } from "../src/commands/show.ts";
import type { Job } from "./contenders.ts";

/** Throws unless what the job wrote to the folder is what it should be. */
export type Check = (job: Job, folder: string) => Promise<void>;

/**
 * Looks at what a job wrote, after its first run: ours are to be the same bytes however they were made, a peer's (which
 * draws other numbers) of the same length.
 */
export function createCheck(rows: number): Check {
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
