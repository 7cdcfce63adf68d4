import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { withEngram } from "../doubles/withengram.ts";
import { seededUniform } from "../doubles/seeded.ts";
import { buildCli } from "../support/built.ts";
import { spawnQuietly } from "../support/cli.ts";
import { articlePages, dumpOf } from "../support/dumps.ts";
import { withTempFolder } from "../support/temp.ts";

const skip = process.platform === "win32" && "needs signals";
const isDeno = "deno" in process.versions;
const cli = buildCli();
process.on("exit", cli.remove);

const COUNT = 1500;
const dump = dumpOf(articlePages(COUNT));

const start = (args: readonly string[]) =>
  spawnQuietly(process.execPath, [...(isDeno ? ["run", "-A", "--no-prompt"] : []), cli.entry, ...args]);

interface Outcome {
  readonly code: number | null;
  readonly wasKilled: boolean;
  readonly stderr: string;
}

/** Starts the command, and sends the signal once `isTime`. */
async function interrupt(args: readonly string[], signal: NodeJS.Signals, isTime: () => boolean): Promise<Outcome> {
  const child = start(args);
  const ended = outcomeOf(child, signal);
  while (child.exitCode === null && child.signalCode === null) {
    if (isTime()) {
      child.kill(signal);
      break;
    }
    await sleep(1);
  }
  return ended;
}

function outcomeOf(child: ChildProcess, sent: NodeJS.Signals): Promise<Outcome> {
  let stderr = "";
  child.stdout!.resume();
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      // Deno calls exit code 130 a signal, the one it sent if it sent one.
      const isStopped = isDeno && sent === "SIGINT" && signal === "SIGINT";
      resolve({ code: isStopped ? 130 : code, wasKilled: signal === "SIGKILL", stderr });
    });
  });
}

const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? -1;

/** Where runs are stopped: when so many bytes are there, and so many milliseconds later. */
const uniform = seededUniform(3);
const moments = [0, 1, 200_000, 900_000, 2_000_000].map((bytes) => ({ bytes, ms: Math.floor(20 * uniform()) }));

let undisturbedBytes: Promise<string> | undefined;

/** What a run without disturbance writes. */
function undisturbed(): Promise<string> {
  return (undisturbedBytes ??= withTempFolder(async (folder) => {
    writeFileSync(`${folder}/dump.xml`, dump);
    const { code } = await cli.run("wikipedia", "--dump", `${folder}/dump.xml`, "--out", `${folder}/whole.jsonl`);
    assert.equal(code, 0);
    return readFileSync(`${folder}/whole.jsonl`, "utf8");
  }));
}

for (const signal of ["SIGKILL", "SIGINT"] as const) {
  test(
    `a file, however often its making is stopped by ${signal}, has the same bytes in the end`,
    { skip },
    async () => {
      const expected = await undisturbed();
      await withTempFolder(async (folder) => {
        writeFileSync(`${folder}/dump.xml`, dump);
        const out = `${folder}/memories.jsonl`;
        const args = ["wikipedia", "--dump", `${folder}/dump.xml`, "--out", out, "--batch-size", "8"];
        let stopped = 0;
        for (const { bytes, ms } of moments) {
          let reachedAt: number | undefined;
          const sizeBefore = sizeOf(`${out}.part`);
          const isTime = () => {
            const size = sizeOf(`${out}.part`);
            if (size >= bytes && size !== sizeBefore) reachedAt ??= performance.now();
            return reachedAt !== undefined && performance.now() - reachedAt >= ms;
          };
          const flags = existsSync(`${out}.checkpoint.jsonl`) ? ["--resume"] : [];
          const { code, wasKilled, stderr } = await interrupt([...args, ...flags], signal, isTime);
          if (code === 0) break;
          stopped++;
          assert.equal(existsSync(out), false);
          if (signal === "SIGKILL") assert.ok(wasKilled, stderr);
          else checkWords(stderr, code, linesIn(`${out}.part`));
        }
        assert.ok(stopped >= 2, `stopped ${stopped} times`);
        if (!existsSync(out)) {
          const { code, stderr } = await cli.run(...args, "--resume");
          assert.deepEqual([code, stderr], [0, ""]);
        }
        assert.ok(readFileSync(out, "utf8") === expected, "other bytes");
        assert.deepEqual(readdirSync(folder).sort(), ["dump.xml", "memories.jsonl"]);
      });
    },
  );

  test(`a store gets every article, however often the run is stopped by ${signal}`, { skip }, async () => {
    await withTempFolder(async (folder) => {
      writeFileSync(`${folder}/dump.xml`, dump);
      const checkpoint = `${folder}/checkpoint`;
      await withEngram({ dedup: false, faults: { delayMs: 2 } }, async (double) => {
        const args = ["wikipedia", "--dump", `${folder}/dump.xml`, "--endpoint", double.url];
        args.push("--checkpoint", checkpoint, "--concurrent", "5");
        let stopped = 0;
        for (const stored of [1, 60, 200, 420]) {
          const flags = existsSync(checkpoint) ? ["--resume"] : [];
          const sizeBefore = double.memories.size;
          const isTime = () => double.memories.size >= Math.max(stored, sizeBefore + 1);
          const { code, stderr } = await interrupt([...args, ...flags], signal, isTime);
          if (code === 0) break;
          stopped++;
          if (signal === "SIGINT") checkWords(stderr, code, notedIn(checkpoint).length, "stored");
          await sleep(20); // what was under way arrives
          // All that is stored is noted, but for requests that were under way in one of the runs.
          assert.ok(double.memories.size - notedIn(checkpoint).length <= 5 * stopped);
        }
        assert.ok(stopped >= 2, `stopped ${stopped} times`);
        const noted = new Set(notedIn(checkpoint));
        double.counters.attempts.clear();
        assert.equal((await cli.run(...args, "--resume")).code, 0);
        assert.equal(double.memories.size, COUNT);
        for (const id of double.counters.attempts.keys()) assert.equal(noted.has(id), false, `${id} was sent again`);
        assert.equal(new Set(notedIn(checkpoint)).size, COUNT);
        assert.ok(readFileSync(checkpoint, "utf8").endsWith('\n{"finished":true}\n'));
        assert.deepEqual(readdirSync(folder), ["checkpoint", "dump.xml"]);
      });
    });
  });
}

/** One line that says how to go on, where there is something. */
function checkWords(stderr: string, code: number | null, count: number, where = "in \\S+\\.part"): void {
  assert.equal(code, 130);
  const words = count > 0 ? `${count} articles are ${where}; go on with --resume` : "nothing was written";
  assert.match(stderr, new RegExp(`^seedbed: Interrupted: ${words}\\n$`));
}

function linesIn(path: string): number {
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").length - 1 : 0;
}

function notedIn(checkpoint: string): string[] {
  if (!existsSync(checkpoint)) return [];
  return [...readFileSync(checkpoint, "utf8").matchAll(/^\{"page":(\d+)\}$/gm)].map(([, page]) => `wikipedia-${page}`);
}
