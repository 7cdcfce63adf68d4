import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { withEngram } from "../doubles/withengram.ts";
import { buildCli } from "../support/built.ts";
import { readCentroids, rowsOf, writeRows } from "../support/centroids.ts";
import { store } from "../support/centroidstore.ts";
import { spawnQuietly } from "../support/cli.ts";
import { soon } from "../support/soon.ts";
import { withTempFolder } from "../support/temp.ts";

const isDeno = "deno" in process.versions;
const skip = process.platform === "win32" && "needs signals";

const cli = buildCli();
process.on("exit", cli.remove);

interface Outcome {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the command and sends the signal a moment after it said or did what `isTime` waits for. */
async function interrupt(
  args: readonly string[],
  signal: NodeJS.Signals,
  isTime: (stdout: string) => boolean,
): Promise<Outcome> {
  const start = isDeno ? ["run", "-A", "--no-prompt", cli.entry] : [cli.entry];
  const child = spawnQuietly(process.execPath, [...start, "centroids", ...args]);
  let [stdout, stderr] = ["", ""];
  child.stdout!.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, by) => {
      // Deno calls exit code 130 a signal, the one it sent if it sent one.
      resolve({ code: isDeno && by !== null && by !== "SIGKILL" ? 130 : code, signal: by, stdout, stderr });
    });
  });
  while (child.exitCode === null && child.signalCode === null && !isTime(stdout)) await sleep(1);
  await sleep(50);
  child.kill(signal);
  try {
    return await soon(ended, 15_000);
  } finally {
    child.kill("SIGKILL"); // one that is late
  }
}

const DIM = 64;
const rows = rowsOf(20_000, DIM);
/** Seconds of work, whatever the machine, after the line that says what was read. */
const long = (folder: string, ...flags: string[]) => [
  ...["--input", `${folder}/in.npy`, "--output", `${folder}/out/c.npy`, "--num-centroids", "2000"],
  ...["--algorithm", "lloyd", ...flags],
];
const isClustering = (stdout: string) => stdout.includes("20,000 embeddings") || stdout.includes("20000 embeddings");

function withRows(use: (folder: string) => Promise<void>): Promise<void> {
  return withTempFolder(async (folder) => {
    writeRows(`${folder}/in.npy`, rows, DIM);
    await use(folder);
  });
}

for (const [signal, workers] of [
  ["SIGINT", "0"],
  ["SIGINT", "2"],
  ["SIGTERM", "1"],
] as const) {
  test(`${signal} while ${workers} workers cluster: one line, exit code 130, nothing is left`, { skip }, async () => {
    await withRows(async (folder) => {
      const { code, stderr } = await interrupt(long(folder, "--workers", workers), signal, isClustering);
      assert.equal(code, 130, stderr);
      assert.match(stderr, /^seedbed: Interrupted[^\n]*\n$/);
      assert.deepEqual(readdirSync(folder), ["in.npy"]);
    });
  });
}

test("a run killed while it clusters leaves nothing with a final name, and the next one works", { skip }, async () => {
  await withRows(async (folder) => {
    const { signal } = await interrupt(long(folder, "--workers", "2"), "SIGKILL", isClustering);
    assert.equal(signal, "SIGKILL");
    const left = readdirSync(folder, { recursive: true }).map(String);
    assert.ok(
      left.every((name) => name === "in.npy" || name === "out" || name.endsWith(".part")),
      `left: ${left}`,
    );
    const again = ["--input", `${folder}/in.npy`, "--num-centroids", "5", "--output", `${folder}/out/c.npy`, "--quiet"];
    const { code, stderr } = await cli.run("centroids", ...again);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.deepEqual(readdirSync(`${folder}/out`).sort(), ["c.json", "c.npy"]);
  });
});

test("what a run that was killed while it wrote has left is in nobody's way", { skip }, async () => {
  await withRows(async (folder) => {
    mkdirSync(`${folder}/out`);
    for (const name of ["c.npy.part", "c.json.part"]) writeFileSync(`${folder}/out/${name}`, "half");
    const args = [
      "centroids",
      "--input",
      `${folder}/in.npy`,
      "--num-centroids",
      "5",
      "--output",
      `${folder}/out/c.npy`,
    ];
    assert.equal((await cli.run(...args)).code, 0);
    assert.deepEqual(readdirSync(`${folder}/out`).sort(), ["c.json", "c.npy"]);
    assert.equal(readCentroids(`${folder}/out/c`).json.num_centroids, 5);
  });
});

test("Ctrl-C with --force leaves the centroids that were there", { skip }, async () => {
  await withRows(async (folder) => {
    mkdirSync(`${folder}/out`);
    for (const name of ["c.npy", "c.json"]) writeFileSync(`${folder}/out/${name}`, "mine");
    const { code } = await interrupt(long(folder, "--force"), "SIGINT", isClustering);
    assert.equal(code, 130);
    assert.deepEqual(readdirSync(`${folder}/out`).sort(), ["c.json", "c.npy"]);
    for (const name of ["c.npy", "c.json"]) assert.equal(readFileSync(`${folder}/out/${name}`, "utf8"), "mine");
  });
});

for (const [signal, faults] of [
  ["SIGINT", { delayMs: 60_000 }],
  ["SIGINT", { unavailable: 1, retryAfter: "60" }],
  ["SIGKILL", { delayMs: 60_000 }],
] as const) {
  test(`${signal} while a store answers ${"delayMs" in faults ? "slowly" : "503"}`, { skip }, async () => {
    await withTempFolder((folder) =>
      withEngram({ dedup: false }, async (double) => {
        store(double, 0, 1100);
        const args = ["--endpoint", double.url, "--num-centroids", "5", "--output", `${folder}/out/c.npy`];
        // The second page of embeddings, not the one that is asked for its counts.
        double.setFault({ beforePage: () => void (double.counters.pages >= 3 && double.setFault(faults)) });
        const isReading = () => double.counters.pages >= 3;
        const { code, signal: by, stderr } = await interrupt(args, signal, isReading);
        if (signal === "SIGKILL") assert.equal(by, signal);
        else assert.deepEqual([code, stderr.split("\n").length], [130, 2], stderr);
        assert.deepEqual(readdirSync(folder), []);
        double.setFault({ delayMs: 0, unavailable: 0, beforePage: () => {} });
        const again = await cli.run("centroids", ...args, "--quiet");
        assert.deepEqual([again.code, again.stderr], [0, ""]);
        assert.deepEqual(readdirSync(`${folder}/out`).sort(), ["c.json", "c.npy"]);
      }),
    );
  });
}
