import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import process from "node:process";

/** Programs that the bench uses where they are; null where they are not. */
export interface Tools {
  /** An interpreter that has NumPy. */
  readonly python: string | null;
  readonly deno: string | null;
  /** GNU time, which tells what a process used. */
  readonly time: string | null;
  /** PostgreSQL's own client. */
  readonly psql: string | null;
}

/** Each by its own path: what a launcher (pyenv, npm's deno) takes to find it would count as its time. */
export function findTools(): Tools {
  // As in the tests: what .ci/run made, else the one on the path.
  const own = [".venv/bin/python", ".venv/Scripts/python.exe"].find((path) => existsSync(path));
  const python = process.env["SEEDBED_PYTHON"] ?? own ?? "python3";
  const time = "/usr/bin/time"; // Debian's package "time"; macOS has another of that name
  return {
    python: ask(python, ["-c", "import numpy, sys; print(sys.executable)"]),
    deno: ask(process.env["DENO"] ?? "deno", ["eval", "console.log(Deno.execPath())"]),
    time: ask(time, ["--version"]) && time,
    psql: findPsql(),
  };
}

/** On Debian, psql on the path is a script that looks for it. */
function findPsql(): string | null {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).toSorted((a, b) => Number(b) - Number(a)) : [];
  const own = versions.map((version) => `${debian}/${version}/bin/psql`).find((path) => existsSync(path));
  const psql = own ?? "psql";
  return ask(psql, ["--version"]) && psql;
}

/** What a command prints, or null when it is not there or fails. */
export function ask(command: string, args: readonly string[]): string | null {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return status === 0 ? stdout.trim() : null;
}
