import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { runCli, runToEnd, spawnQuietly, type CliResult } from "./cli.ts";

export interface BuiltCli {
  /** The program itself. */
  readonly entry: string;
  run(...args: string[]): Promise<CliResult>;
  /** Removes what was built. */
  remove(): void;
}

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Where `npm test` has built the command line for all its files. */
const SHARED = "SEEDBED_TEST_BUILD";

/**
 * The command line as users install it, built from the present sources: under Node it starts four times as fast as through
 * tsx. Deno runs the sources, as its users do.
 */
export function buildCli(): BuiltCli {
  if ("deno" in process.versions) return { entry: `${root}src/gen.ts`, run: runCli, remove() {} };
  const shared = process.env[SHARED];
  const folder = shared ?? build();
  return {
    entry: `${folder}/gen.js`,
    run: (...args) => runToEnd(spawnQuietly(process.execPath, [`${folder}/gen.js`, ...args])),
    remove: () => shared ?? rmSync(folder, { recursive: true, force: true }),
  };
}

/** Builds it once for whatever `use` starts, which is given the environment that tells them. */
export function withSharedBuild<T>(use: (environment: NodeJS.ProcessEnv) => T): T {
  const folder = build();
  try {
    return use({ ...process.env, [SHARED]: folder });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function build(): string {
  const cache = `${root}node_modules/.cache`; // below the project, where packages are found
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(`${cache}/seedbed-`);
  writeFileSync(`${folder}/package.json`, '{ "type": "module" }');
  for (const script of ["build:gen", "build:worker"]) runScript(script, folder);
  return folder;
}

/** Runs a script of package.json as npm would, with another folder in place of dist. */
function runScript(name: string, folder: string): void {
  const { scripts } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as { scripts: Record<string, string> };
  const command = scripts[name]?.replace("=dist", `=${relative(root, folder)}`); // --outdir=dist or --outfile=dist/...
  if (!command?.includes(relative(root, folder)))
    throw new Error(`Cannot build: expected script "${name}" to write to dist`);
  const env = { ...process.env, PATH: `${root}node_modules/.bin${delimiter}${process.env["PATH"]}` };
  const { status, stderr } = spawnSync(command, { cwd: root, env, shell: true, encoding: "utf8" });
  if (status !== 0) throw new Error(`Cannot build: ${command} says ${stderr}`);
}
