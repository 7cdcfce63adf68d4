import { createHash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { showSize } from "../src/commands/show.ts";
import type { Job } from "./contenders.ts";

/** Throws unless what the job wrote to the folder is what it should be. */
export type Check = (job: Job, folder: string) => Promise<void>;

/**
 * Looks at what a job wrote, after its first run: ours are to be the same bytes however they were made, a peer's (which
 * draws other numbers, and may put spaces into its lines) as many vectors and lines.
 */
export function createCheck(rows: number): Check {
  const seen = new Set<Job>();
  const known = new Map<string, { job: Job; fact: string }>();
  const expectSame = (what: string, fact: string, job: Job) => {
    const first = known.get(what) ?? { job, fact };
    known.set(what, first);
    if (first.fact !== fact) {
      throw new Error(`Cannot compare: ${what} is ${fact} from ${job.name}, ${first.fact} from ${first.job.name}`);
    }
  };
  return async (job, folder) => {
    if (seen.has(job)) return;
    seen.add(job);
    const dataset = job.isPeer ? folder : `${folder}/${showSize(rows)}`;
    const vectors = `${dataset}/vectors.npy`;
    const metadata = await readThrough(`${dataset}/metadata.jsonl`);
    expectSame("bytes of vectors.npy", String(statSync(vectors).size), job);
    expectSame("lines of metadata.jsonl", String(metadata.lines), job);
    if (job.isPeer) return;
    expectSame("SHA-256 of vectors.npy", (await readThrough(vectors)).sha256, job);
    expectSame("SHA-256 of metadata.jsonl", metadata.sha256, job);
  };
}

const NEWLINE = 10;

async function readThrough(path: string): Promise<{ sha256: string; lines: number }> {
  const hash = createHash("sha256");
  let lines = 0;
  for await (const bytes of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    hash.update(bytes);
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines++;
  }
  return { sha256: hash.digest("hex"), lines };
}
