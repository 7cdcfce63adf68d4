import { existsSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { showBytes, showSize } from "../src/commands/show.ts";
import { DIM, jobsAt } from "./contenders.ts";
import { scratchIsMemory, scratchRoom, scratchRoot } from "./folder.ts";
import { measureJobs, type JobResult } from "./jobs.ts";
import { COUNT, kernels } from "./kernels.ts";
import { describeMachine, loadAverage } from "./machine.ts";
import { readOptions, type Options } from "./options.ts";
import { openPeers } from "./peers.ts";
import { race } from "./race.ts";
import { printJobs, printKernels, printScaling, writeResults, type KernelResult } from "./report.ts";
import { measureScaling } from "./scaling.ts";
import { findTools, type Tools } from "./tools.ts";

const HUGE_BYTES = 1e9; // fewer rounds of these

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
process.on("SIGINT", () => process.exit(130)); // through the exit handlers, which remove folders

const options = readOptions(process.argv.slice(2));
const tools = findTools();
const machine = describeMachine(tools);
const loadBefore = loadAverage();
for (const [name, value] of Object.entries(machine)) console.log(`${name.padEnd(12)}  ${value ?? "not found"}`);
console.log(
  `${"load average".padEnd(12)}  ${loadBefore.toFixed(2)} before the bench; what else runs slows and scatters all figures\n`,
);

const results = {
  date: new Date().toISOString(),
  machine,
  kernels: options.parts.kernels ? await runKernels(options, tools) : [],
  scaling: options.parts.kernels ? await runScaling(options) : [],
  jobs: options.parts.jobs ? await runJobs(options, tools) : [],
  load: { before: loadBefore, after: loadAverage() },
};
console.log(`Written: ${writeResults(results)}`);

async function runKernels({ rounds, kernelSeconds: seconds }: Options, { python }: Tools): Promise<KernelResult[]> {
  const peers = python ? await openPeers(python, COUNT) : undefined;
  try {
    const found: KernelResult[] = [];
    for (const kernel of kernels) {
      const rates = await race(kernel, { rounds, seconds, peers });
      found.push({ kernel: kernel.name, unit: kernel.unit, bytesPerUnit: kernel.bytes / COUNT, rates });
    }
    printKernels(found);
    return found;
  } finally {
    peers?.close();
  }
}

async function runScaling({ rounds }: Options) {
  const scaling = await measureScaling([1, 2], rounds);
  printScaling(scaling);
  return scaling;
}

async function runJobs({ sizes, rounds, memoryOnly }: Options, tools: Tools): Promise<JobResult[]> {
  if (!existsSync("dist/gen.js")) throw new Error("Cannot measure the built bin: run `npm run build` first");
  if (!tools.time) console.log("No GNU time (Debian: package `time`): CPU time and peak memory are not measured\n");
  const place = scratchIsMemory ? "held in memory" : "a disk: its speed is a part of these figures";
  const found: JobResult[] = [];
  for (const rows of sizes) {
    const needed = rows * (4 * DIM + 16);
    console.log(`${showSize(rows)} x ${DIM} into ${scratchRoot} (${place})`);
    if (needed > scratchRoom()) {
      console.log(`  left out: needs ${showBytes(needed)}, ${showBytes(scratchRoom())} are free\n`);
      continue;
    }
    const jobs = jobsAt(rows, tools, memoryOnly);
    const result = await measureJobs(
      jobs,
      rows,
      needed > HUGE_BYTES ? Math.max(3, Math.ceil(rounds / 2)) : rounds,
      tools.time,
    );
    printJobs(result);
    found.push(...result);
  }
  return found;
}
