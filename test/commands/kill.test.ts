import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { verify } from "../../src/index.ts";
import { buildCli } from "../support/built.ts";
import { startCli } from "../support/cli.ts";
import { writeVectors } from "../support/dataset.ts";
import { withTempFolder } from "../support/temp.ts";

const FINAL_NAMES = ["dataset.json", "metadata.jsonl", "vectors.npy"];
const isDeno = "deno" in process.versions;
const skip = process.platform === "win32" && "needs signals";

const cli = buildCli();
process.on("exit", cli.remove);

interface Run {
  readonly rows: number;
  readonly out: string;
  readonly flags?: readonly string[];
}

interface Interruption {
  /** Sent once so many bytes of the vectors are on the disk. */
  readonly signal: "SIGKILL" | "SIGINT" | "SIGTERM";
  readonly bytes: number;
}

interface Outcome {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}

const argsOf = ({ rows, out, flags = [] }: Run) => [
  "vectors",
  "--size",
  String(rows),
  "--workers",
  "2",
  "--out",
  out,
  ...flags,
];

/** Starts a run, interrupts it and waits for its end. */
async function interrupt(run: Run, { signal, bytes }: Interruption): Promise<Outcome> {
  const child = startCli(argsOf(run));
  const ended = outcomeOf(child);
  const part = `${run.out}/${run.rows}/vectors.npy.part`;
  while (child.exitCode === null && child.signalCode === null) {
    const size = statSync(part, { throwIfNoEntry: false })?.size ?? -1;
    if (size >= bytes) {
      child.kill(signal);
      break;
    }
    await sleep(1);
  }
  return ended;
}

function outcomeOf(child: ChildProcess): Promise<Outcome> {
  let stderr = "";
  child.stdout!.resume();
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      // Deno calls exit code 130 a signal, the one it sent if it sent one.
      resolve({ code: isDeno && (signal === "SIGINT" || signal === "SIGTERM") ? 130 : code, signal, stderr });
    });
  });
}

/** Interrupts ever longer runs until one of them is met in the middle, and returns that one. */
async function interruptSurely(
  how: Interruption,
  use: (outcome: Outcome, run: Run & { readonly folder: string }) => Promise<void>,
  prepare?: (folder: string) => Promise<unknown>,
): Promise<void> {
  for (let rows = 200_001; rows < 10_000_000; rows = rows * 3 + 1) {
    const isMet = await withTempFolder(async (out) => {
      const folder = `${out}/${rows}`;
      await prepare?.(folder);
      const run = { rows, out, folder, flags: prepare ? ["--force"] : [] };
      const outcome = await interrupt(run, how);
      if (outcome.code !== 0) await use(outcome, run);
      return outcome.code !== 0;
    });
    if (isMet) return;
  }
  assert.fail(`every run was over before ${how.signal}`);
}

for (const bytes of [0, 1e6, 40e6]) {
  test(`a run killed after ${bytes} bytes leaves no final name, and the next one replaces it`, { skip }, async () => {
    await interruptSurely({ signal: "SIGKILL", bytes }, async ({ signal }, run) => {
      assert.equal(signal, "SIGKILL");
      const left = readdirSync(run.folder);
      assert.ok(left.length > 0 && left.every((name) => name.endsWith(".part")), `left: ${left}`);
      const { code, stderr } = await cli.run(...argsOf(run));
      assert.deepEqual([code, stderr], [0, ""]);
      assert.deepEqual(readdirSync(run.folder).sort(), FINAL_NAMES);
      assert.deepEqual((await verify(run.folder)).faults, []);
    });
  });
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`a run stopped by ${signal} says so in one line and leaves nothing`, { skip }, async () => {
    await interruptSurely({ signal, bytes: 1e6 }, async ({ code, stderr }, { out }) => {
      assert.equal(code, 130);
      assert.match(stderr, /^seedbed: Interrupted[^\n]*\n$/);
      assert.deepEqual(readdirSync(out), []);
    });
  });
}

test("a run that is stopped leaves the dataset that was there", { skip }, async () => {
  const use = async ({ code }: Outcome, { folder }: { folder: string }) => {
    assert.equal(code, 130);
    assert.deepEqual(readdirSync(folder).sort(), FINAL_NAMES);
    const { faults, rows } = await verify(folder);
    assert.deepEqual([faults, rows], [[], 10]);
  };
  await interruptSurely({ signal: "SIGINT", bytes: 1e6 }, use, (folder) => writeVectors(folder, { rows: 10 }));
});
