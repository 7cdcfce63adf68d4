import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import process from "node:process";

export type PythonResult =
  { readonly ok: true; readonly stdout: string } | { readonly ok: false; readonly reason: string };

/** Where .ci/run puts the interpreter with the oracles' packages; else the one on the path. */
const interpreter = process.env["SEEDBED_PYTHON"] ?? (existsSync(".venv/bin/python") ? ".venv/bin/python" : "python3");

/** Runs a Python program; `ok: false` says why there is nothing to compare with, or what the program printed as it failed. */
export function runPython(script: string, args: readonly string[] = []): PythonResult {
  const { status, stdout, stderr, error } = spawnSync(interpreter, ["-c", script, ...args], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status === 0) return { ok: true, stdout };
  return { ok: false, reason: error?.message ?? stderr.trim().split("\n").at(-1) ?? `exit code ${status}` };
}

/** Why tests against these Python packages are skipped, or false where they run. With SEEDBED_ORACLES=required they always run. */
export function missingPython(...packages: string[]): string | false {
  if (process.env["SEEDBED_ORACLES"] === "required") return false;
  const result = runPython(packages.map((name) => `import ${name}`).join("\n"));
  return result.ok ? false : `needs Python with ${packages.join(", ")}: ${result.reason}`;
}
