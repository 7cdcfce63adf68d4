import process from "node:process";
import { fileURLToPath } from "node:url";
import { measureAllJobs } from "./jobs.ts";
import { COUNT, kernels } from "./kernels.ts";
import { busyProcessors, describeMachine } from "./machine.ts";
import { readOptions, type Options } from "./options.ts";
import { openPeers } from "./peers.ts";
import { race } from "./race.ts";
import { printKernels, printScaling, writeResults, type KernelResult } from "./report.ts";
import { measureScaling, type Scaling } from "./scaling.ts";
import { findTools, type Tools } from "./tools.ts";

/** Measures what the options ask for, prints it and stores it. */
async function main(options: Options): Promise<void> {
  const tools = findTools();
  const machine = describeMachine(tools);
  const before = await busyProcessors();
  for (const [name, value] of Object.entries(machine)) console.log(`${name.padEnd(12)}  ${value ?? "not found"}`);
  console.log(`${"busy before".padEnd(12)}  ${showBusy(before)}\n`);
  const { rates, scaling } = options.parts.kernels ? await measureKernels(options, tools) : { rates: [], scaling: [] };
  const jobs = options.parts.jobs ? await measureAllJobs(options, tools) : [];
  const after = await busyProcessors();
  console.log(`${"busy after".padEnd(12)}  ${showBusy(after)}`);
  const date = new Date().toISOString();
  console.log(`Written: ${writeResults({ date, machine, busy: { before, after }, kernels: rates, scaling, jobs })}`);
}

async function measureKernels({ rounds, kernelSeconds: seconds }: Options, { python }: Tools) {
  const peers = python ? await openPeers(python, COUNT) : undefined;
  const rates: KernelResult[] = [];
  let scaling: Scaling[];
  try {
    for (const kernel of kernels) {
      const found = await race(kernel, { rounds, seconds, peers });
      rates.push({ kernel: kernel.name, unit: kernel.unit, bytesPerUnit: kernel.bytes / COUNT, rates: found });
    }
    scaling = await measureScaling(peers, rounds, seconds);
  } finally {
    peers?.close();
  }
  printKernels(rates);
  printScaling(scaling);
  return { rates, scaling };
}

function showBusy(processors: number): string {
  return `${processors.toFixed(2)} processors, by other programs: they slow and scatter all figures`;
}

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
process.on("SIGINT", () => process.exit(130)); // through the exit handlers, which remove folders
await main(readOptions(process.argv.slice(2)));
