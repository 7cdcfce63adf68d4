import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { withTempFolder } from "./temp.ts";

/** Why tests on a disk of their own are skipped, or false where they run. On Linux with SEEDBED_ORACLES=required they do. */
export function missingTmpfs(): string | false {
  if (process.platform !== "linux") return "needs Linux to mount a small disk";
  if (process.env["SEEDBED_ORACLES"] === "required") return false;
  return canMount() ? false : "needs to be allowed to mount a small disk";
}

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "seedbed-"));
  const mounted = mount(folder, ["-o", "size=64k"]);
  if (mounted) unmount(folder);
  rmdirSync(folder);
  return mounted;
}

/** Runs `use` with a folder that is a disk in memory; `options` as mount takes them, such as `size=2m`. */
export async function withTmpfs<T>(options: string, use: (folder: string, parent: string) => Promise<T>): Promise<T> {
  return withTempFolder(async (parent) => {
    const folder = `${parent}/10k`;
    mkdirSync(folder);
    if (!mount(folder, ["-o", options])) throw new Error(`Cannot mount a tmpfs of ${options}: expected to be root`);
    try {
      return await use(folder, parent);
    } finally {
      unmount(folder);
    }
  });
}

function mount(folder: string, options: readonly string[]): boolean {
  return spawnSync("mount", ["-t", "tmpfs", ...options, "tmpfs", folder]).status === 0;
}

function unmount(folder: string): void {
  spawnSync("umount", ["-l", folder]); // goes even where a failed test left a file open
}
