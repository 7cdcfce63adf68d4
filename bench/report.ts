import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { JobResult } from "./jobs.ts";
import type { Kernel } from "./kernels.ts";
import type { Machine } from "./machine.ts";
import type { Rate } from "./race.ts";
import type { Scaling } from "./scaling.ts";
import type { Spread } from "./statistics.ts";
import { printTable } from "./table.ts";

/** Everything that one run of the bench found, as it is stored. */
interface Results {
  readonly date: string;
  readonly machine: Machine;
  /** Processors that other programs kept busy before and after. */
  readonly busy: { readonly before: number; readonly after: number };
  readonly kernels: readonly KernelResult[];
  readonly scaling: readonly Scaling[];
  readonly jobs: readonly JobResult[];
}

export interface KernelResult {
  readonly kernel: string;
  readonly unit: Kernel["unit"];
  readonly bytesPerUnit: number;
  /** Ours first. */
  readonly rates: readonly Rate[];
}

export function printKernels(kernels: readonly KernelResult[]): void {
  const rows = kernels.flatMap(({ kernel, unit, bytesPerUnit, rates }) =>
    rates.map(({ name, perSecond, ours }, at) => [
      at === 0 ? kernel : "",
      name,
      `${millions(perSecond.median)} M ${unit}/s`,
      range(perSecond, millions),
      `${((perSecond.median * bytesPerUnit) / 1e9).toFixed(2)} GB/s`,
      at === 0 ? "" : times(ours),
    ]),
  );
  printTable(["kernel", "one thread", "median", "quartiles", "", "seedbed vs it"], rows);
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

const millions = (perSecond: number) => (perSecond / 1e6).toFixed(perSecond < 1e9 ? 1 : 0);
const seconds = (value: number) => value.toFixed(value < 10 ? 3 : 2);
const times = (ratio: number) => `${ratio.toFixed(2)} x`;
