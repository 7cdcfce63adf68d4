import { showSize } from "../src/commands/show.ts";
import { startDoubleProcess } from "./doubleprocess.ts";
import { withFolder } from "./folder.ts";
import { builtBin } from "./job.ts";
import type { Scope } from "./options.ts";
import { runMeasured } from "./process.ts";
import { ask, type Tools } from "./tools.ts";
import { measureUsages, printUsages, type UsageResult } from "./usages.ts";

const BYTES: Readonly<Record<Scope, number>> = { quick: 20e6, full: 500e6, memory: 500e6 };

/** Downloads a file from a server on this machine, by ours and by others. Throws where its SHA-256 is not told. */
export async function measureDownloads(scope: Scope, rounds: number, { time, python }: Tools): Promise<UsageResult[]> {
  const bytes = BYTES[scope];
  const server = await startDoubleProcess("bench/fileprocess.ts", [`${bytes}`]);
  const [url, sum] = server.line.split(" ") as [string, string];
  const program = (name: string, command: (scratch: string) => string[]) => ({
    name,
    run: () =>
      withFolder(async (scratch) => {
        const run = runMeasured(command(scratch), scratch, time);
        if (!run.stdout.includes(sum)) throw new Error(`Cannot compare: ${name} did not tell the SHA-256 of the file`);
        return run;
      }),
  });
  const ours = program("seedbed download", (scratch) => [
    ...[...builtBin(), "download", "--source", "http", "--name", url, "--root", scratch, "--json", "--quiet"],
  ]);
  const programs = [ours];
  if (scope !== "memory" && python)
    programs.push(
      program("Python, urllib and hashlib", (scratch) => [
        ...[python, "-B", "bench/peers/download.py", url, `${scratch}/texts.jsonl`],
      ]),
    );
  if (scope !== "memory" && ask("curl", ["--version"]) && ask("sha256sum", ["--version"]))
    programs.push(
      program("curl, then sha256sum", (scratch) => [
        ...["sh", "-c", 'curl -sSfo "$1" "$0" && sha256sum "$1"', url, `${scratch}/texts.jsonl`],
      ]),
    );
  try {
    const results = await measureUsages(`${showSize(bytes / 1e6)} MB over HTTP`, bytes / 1e6, programs, rounds);
    printUsages(results, "MB");
    return results;
  } finally {
    await server.stop();
  }
}
