import * as os from "node:os";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { ask, type Tools } from "./tools.ts";

/** Where and with what figures were measured: without it they mean little. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
  readonly python: string | null;
  readonly numpy: string | null;
  /** Whose deflate NumPy and Node have. */
  readonly pythonZlib: string | null;
  readonly nodeZlib: string;
  readonly deno: string | null;
  /** The commit, with `-dirty` where files differ from it. */
  readonly revision: string | null;
}

export function describeMachine({ python, deno }: Tools): Machine {
  const [pythonVersion, numpyVersion, zlibVersion] = askNumpy(python);
  return {
    cpu: os.cpus()[0]?.model.trim() ?? "unknown",
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    node: process.versions.node,
    python: pythonVersion ?? null,
    numpy: numpyVersion ?? null,
    pythonZlib: zlibVersion ?? null,
    nodeZlib: process.versions.zlib,
    deno: deno && ask(deno, ["eval", "console.log(Deno.version.deno)"]),
    revision: ask("git", ["describe", "--always", "--dirty", "--abbrev=10"]),
  };
}

/** How many processors other programs keep busy, looked at for half a second in which this one rests. */
export async function busyProcessors(): Promise<number> {
  const [begin, before] = [performance.now(), busyMs()];
  await setTimeout(500);
  return (busyMs() - before) / (performance.now() - begin);
}

/** Milliseconds that all processors together have worked since the machine started. */
export function busyMs(): number {
  const times = os.cpus().map((cpu) => cpu.times);
  return times.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, 0);
}

function askNumpy(python: string | null): string[] {
  const script =
    "import numpy, platform, zlib; print(platform.python_version(), numpy.__version__, zlib.ZLIB_RUNTIME_VERSION)";
  return (python && ask(python, ["-c", script])?.split(" ")) || [];
}
