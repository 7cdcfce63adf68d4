import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import type { Family, Job } from "./job.ts";

/** Throws unless what the job wrote to the folder is what it should be. */
export type Check = (job: Pick<Job, "name" | "isPeer">, folder: string) => Promise<void>;

/**
 * Looks at what a job wrote, after its first run: ours are to be the same bytes however they were made, a peer's (which
 * draws other numbers, and may put spaces into its lines) as much.
 */
export function createCheck({ extent, files }: Pick<Family, "extent" | "files">): Check {
  const seen = new Set<string>();
  const known = new Map<string, { job: string; fact: string }>();
  const expectSame = (what: string, fact: string, job: string) => {
    const first = known.get(what) ?? { job, fact };
    known.set(what, first);
    if (first.fact !== fact) {
      throw new Error(`Cannot compare: ${what} is ${fact} from ${job}, ${first.fact} from ${first.job}`);
    }
  };
  return async ({ name, isPeer }, folder) => {
    if (seen.has(name)) return;
    seen.add(name);
    const sizes = Object.entries(await extent(folder));
    expectSame("what was written", sizes.map(([what]) => what).join(", "), name);
    for (const [what, size] of sizes) expectSame(what, String(size), name);
    if (isPeer) return;
    for (const file of files.filter((path) => existsSync(`${folder}/${path}`))) {
      expectSame(`SHA-256 of ${file}`, await sha256(`${folder}/${file}`), name);
    }
  };
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const bytes of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(bytes as Buffer);
  return hash.digest("hex");
}
