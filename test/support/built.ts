import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { runCli, type CliResult } from "./cli.ts";

export interface BuiltCli {
  run(...args: string[]): Promise<CliResult>;
  /** Removes what was built. */
  remove(): void;
}

const fromRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/**
 * The command line as users install it, built from the present sources: under Node it starts four times as fast as through
 * tsx. Deno runs the sources, as its users do.
 */
export async function buildCli(): Promise<BuiltCli> {
  if ("deno" in process.versions) return { run: runCli, remove() {} };
  // Below the project, where packages are found.
  const cache = fromRoot("node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(`${cache}/seedbed-`);
  writeFileSync(`${folder}/package.json`, '{ "type": "module" }');
  const { build } = await import("esbuild");
  await build({
    entryPoints: { gen: fromRoot("src/gen.ts"), worker: fromRoot("src/pipeline/worker.ts") },
    outdir: folder,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    logLevel: "silent",
  });
  return {
    run: (...args) => runNode([`${folder}/gen.js`, ...args]),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function runNode(args: readonly string[]): Promise<CliResult> {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}
