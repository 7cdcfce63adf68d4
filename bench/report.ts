import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { showCount, showSize } from "../src/commands/show.ts";
import type { Clustering } from "./centroids.ts";
import type { IngestResults } from "./ingest.ts";
import type { JobResult } from "./jobs.ts";
import type { Kernel } from "./kernel.ts";
import type { Machine } from "./machine.ts";
import type { Rate } from "./race.ts";
import type { Scaling } from "./scaling.ts";
import type { Spread } from "./statistics.ts";
import { printTable } from "./table.ts";
import type { UsageResult } from "./usages.ts";
import type { Writing } from "./writing.ts";

/** Everything that one run of the bench found, as it is stored. */
interface Results {
  readonly date: string;
  readonly machine: Machine;
  /** Processors that other programs kept busy before and after. */
  readonly busy: { readonly before: number; readonly after: number };
  readonly kernels?: readonly KernelResult[];
  readonly scaling?: readonly Scaling[];
  readonly writing?: readonly Writing[];
  readonly centroids?: readonly Clustering[];
  readonly jobs: readonly JobResult[];
  readonly ingest?: IngestResults | undefined;
  readonly embed: readonly UsageResult[];
}

export interface KernelResult {
  readonly kernel: string;
  readonly unit: Kernel["unit"];
  readonly bytesPerUnit: number;
  /** Ours first. */
  readonly rates: readonly Rate[];
}

export function printKernels(kernels: readonly KernelResult[]): void {
  const compress = kernels.some(({ rates }) => rates.some(({ kept }) => kept !== null));
  const rows = kernels.flatMap(({ kernel, unit, bytesPerUnit, rates }) =>
    rates.map(({ name, perSecond, ours, kept }, at) => [
      at === 0 ? kernel : "",
      name,
      `${millions(perSecond.median)} M ${unit}/s`,
      range(perSecond, millions),
      gigabytes(perSecond.median * bytesPerUnit),
      at === 0 ? "" : times(ours),
      ...(compress ? [kept === null ? "" : `to ${(100 * kept).toFixed(2)} %`] : []),
    ]),
  );
  printTable(
    ["kernel", "one thread", "median", "quartiles", "", "seedbed vs it", ...(compress ? ["compresses"] : [])],
    rows,
  );
}

export function printScaling(scaling: readonly Scaling[]): void {
  const rows = scaling.map(({ name, perSecond, ofOne }) => [
    name,
    `${millions(perSecond.median)} M values/s`,
    range(perSecond, millions),
    times(ofOne),
  ]);
  printTable(["normals, threads", "median", "quartiles", "of one"], rows);
}

export function printWriting(writing: readonly Writing[]): void {
  const rows = writing.map(({ name, seconds: taken, bytes, faster, larger }) => [
    name,
    `${seconds(taken.median)} s`,
    range(taken, seconds),
    showCount(bytes),
    faster === null ? "n/a" : times(faster),
    larger === null ? "n/a" : times(larger),
  ]);
  const what = `npz, ${showSize(writing[0]!.images)} images in 3 files`;
  printTable([what, "median", "quartiles", "bytes", "vs np.savez_compressed", "size vs it"], rows);
}

export function printJobs(results: readonly JobResult[]): void {
  const peers = Object.keys(results[0]?.faster ?? {});
  const rows = results.map(({ name, wallSeconds, cpuSeconds, peakBytes, others, faster }) => [
    name,
    `${seconds(wallSeconds.median)} s`,
    range(wallSeconds, seconds),
    cpuSeconds ? `${cpuSeconds.median.toFixed(2)} s` : "n/a",
    peakBytes ? `${(peakBytes.median / 1e6).toFixed(0)} MB` : "n/a",
    others ? others.median.toFixed(2) : "n/a",
    ...peers.map((peer) => (peer === name ? "" : times(faster[peer]!))),
  ]);
  printTable(
    ["start to exit", "median", "quartiles", "CPU", "peak", "others", ...peers.map((peer) => `vs ${peer}`)],
    rows,
  );
}

/** Stores the results beside the bench, where git ignores them; returns the path. */
export function writeResults(results: Results): string {
  const folder = fileURLToPath(new URL("results", import.meta.url));
  const cpu = results.machine.cpu.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  const path = `${folder}/${results.date.slice(0, 16).replaceAll(":", "")}-${cpu}.json`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`);
  return path;
}

function range({ low, high }: Spread, show: (value: number) => string): string {
  return `${show(low)} - ${show(high)}`;
}

const millions = (perSecond: number) => (perSecond / 1e6).toFixed(perSecond < 1e7 ? 3 : perSecond < 1e9 ? 1 : 0);
const gigabytes = (perSecond: number) => `${(perSecond / 1e9).toFixed(perSecond < 1e8 ? 3 : 2)} GB/s`;
const seconds = (value: number) => value.toFixed(value < 10 ? 3 : 2);
const times = (ratio: number) => `${ratio.toFixed(2)} x`;
