import process from "node:process";
import { fileURLToPath } from "node:url";
import { measureCentroids, printCentroids } from "./centroids.ts";
import { drawCorpus, writeArrays } from "./corpus.ts";
import { measureEmbed } from "./embed.ts";
import { withFolder } from "./folder.ts";
import { imageFamily } from "./imagejobs.ts";
import { imageKernels } from "./imagekernels.ts";
import { measureIngest } from "./ingest.ts";
import { builtBin } from "./job.ts";
import { measureAllJobs, type JobResult } from "./jobs.ts";
import { COUNT } from "./kernel.ts";
import { busyProcessors, describeMachine } from "./machine.ts";
import { readOptions, type Options } from "./options.ts";
import { memoryFamily } from "./memoryjobs.ts";
import { memoryKernels } from "./memorykernels.ts";
import { openPeers } from "./peers.ts";
import { race } from "./race.ts";
import { printKernels, printScaling, printWriting, writeResults, type KernelResult } from "./report.ts";
import { measureScaling } from "./scaling.ts";
import { findTools, type Tools } from "./tools.ts";
import { vectorFamily } from "./vectorjobs.ts";
import { vectorKernels } from "./vectorkernels.ts";
import { measureWriting } from "./writing.ts";

const CORPUS_IMAGES = 100_000;

/** Measures what the options ask for, prints it and stores it. */
async function main(options: Options): Promise<void> {
  if (options.parts.jobs || options.data.images) builtBin(); // now, not after minutes
  const tools = findTools();
  const machine = describeMachine(tools);
  const before = await busyProcessors();
  for (const [name, value] of Object.entries(machine)) console.log(`${name.padEnd(12)}  ${value ?? "not found"}`);
  console.log(`${"busy before".padEnd(12)}  ${showBusy(before)}\n`);
  const kernels = options.parts.kernels ? await measureKernels(options, tools) : {};
  const jobs = options.parts.jobs ? await measureJobs(options, tools) : [];
  const ingest = options.parts.jobs && options.data.ingest ? await measureIngest(options, tools) : undefined;
  const embed = options.parts.jobs && options.data.embed ? await measureEmbed(options, tools) : [];
  const after = await busyProcessors();
  console.log(`${"busy after".padEnd(12)}  ${showBusy(after)}`);
  const date = new Date().toISOString();
  console.log(`Written: ${writeResults({ date, machine, busy: { before, after }, ...kernels, jobs, ingest, embed })}`);
}

/** What works on one thread in memory, and what else is told of the parts that datasets are made by. */
function measureKernels({ data, rounds, kernelSeconds: seconds }: Options, { python }: Tools) {
  return withFolder(async (scratch) => {
    const corpus = data.images ? await drawCorpus(CORPUS_IMAGES) : undefined;
    if (corpus) writeArrays(corpus, scratch);
    const peers = python ? await openPeers(python, { count: COUNT, arrays: corpus && scratch }) : undefined;
    try {
      const rates: KernelResult[] = [];
      const kernels = [
        ...(data.vectors ? vectorKernels : []),
        ...(corpus ? imageKernels(corpus) : []),
        ...(data.memories ? memoryKernels : []),
      ];
      for (const kernel of kernels) {
        const { name, unit, bytes, count } = kernel;
        const found = await race(kernel, { rounds, seconds, peers });
        rates.push({ kernel: name, unit, bytesPerUnit: bytes / count, rates: found });
      }
      if (rates.length > 0) printKernels(rates);
      const scaling = data.vectors ? await measureScaling(peers, rounds, seconds) : [];
      if (data.vectors) printScaling(scaling);
      const writing = corpus ? await measureWriting(corpus, scratch, peers, rounds) : [];
      if (corpus) printWriting(writing);
      const centroids = data.centroids ? await measureCentroids(python, scratch, rounds) : [];
      printCentroids(centroids);
      return { kernels: rates, scaling, writing, centroids };
    } finally {
      peers?.close();
    }
  });
}

async function measureJobs(options: Options, tools: Tools): Promise<JobResult[]> {
  if (!tools.time) console.log("No GNU time (Debian: package `time`): CPU time and peak memory are not measured\n");
  const found: JobResult[] = [];
  for (const family of [vectorFamily, imageFamily, memoryFamily]) {
    if (options.data[family.name]) found.push(...(await measureAllJobs(family, options, tools)));
  }
  return found;
}

function showBusy(processors: number): string {
  return `${processors.toFixed(2)} processors, by other programs: they slow and scatter all figures`;
}

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
process.on("SIGINT", () => process.exit(130)); // through the exit handlers, which remove folders
await main(readOptions(process.argv.slice(2)));
