import { existsSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { freemem, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

const MEMORY = "/dev/shm";

/** Where jobs write: memory, so that no disk is measured, or else the system's temporary folder. */
export const scratchRoot = existsSync(MEMORY) ? MEMORY : tmpdir();
export const scratchIsMemory = scratchRoot === MEMORY;

/** Runs `use` with a new folder, which is gone afterwards, also when the bench is interrupted. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(scratchRoot, "seedbed-bench-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  try {
    return await use(folder);
  } finally {
    remove();
    process.off("exit", remove);
  }
}

/** Bytes that may be written to a scratch folder without running out of disk or of memory. */
export function scratchRoom(): number {
  const { bavail, bsize } = statfsSync(scratchRoot);
  return Math.min(bavail * bsize, scratchIsMemory ? freemem() : Infinity);
}
