import { alternate } from "./contest.ts";
import type { Usage } from "./process.ts";
import { ratioOf, spreadOf, spreadOfKnown, type Spread } from "./statistics.ts";
import { printTable } from "./table.ts";

/** What one program took to do the same as others, from its start to its end. */
export interface UsageResult {
  readonly what: string;
  readonly name: string;
  /** Of the unit, such as texts. */
  readonly perSecond: Spread;
  readonly wallSeconds: Spread;
  readonly cpuSeconds: Spread | null;
  readonly peakBytes: Spread | null;
  /** The first one's rate as times of its rate; 1 for the first. */
  readonly ours: number;
}

/** One of several programs that do the same. */
export interface Program {
  readonly name: string;
  /** Runs it once. Throws where it did not do what it should. */
  run(): Promise<Usage>;
}

/** Times programs in turns; `count` of the unit are done by each run. */
export async function measureUsages(
  what: string,
  count: number,
  programs: readonly Program[],
  rounds: number,
): Promise<UsageResult[]> {
  const contenders = programs.map(({ name, run }) => ({ name, measure: run }));
  const samples = await alternate(contenders, rounds);
  const rates = samples.map((ofOne) => ofOne.map(({ wallSeconds }) => count / wallSeconds));
  return programs.map(({ name }, at) => ({
    ...{ what, name },
    perSecond: spreadOf(rates[at]!),
    wallSeconds: spreadOf(samples[at]!.map(({ wallSeconds }) => wallSeconds)),
    cpuSeconds: spreadOfKnown(samples[at]!.map(({ cpuSeconds }) => cpuSeconds)),
    peakBytes: spreadOfKnown(samples[at]!.map(({ peakBytes }) => peakBytes)),
    ours: ratioOf(rates[0]!, rates[at]!),
  }));
}

export function printUsages(results: readonly UsageResult[], unit: string): void {
  const rows = results.map(({ name, perSecond, wallSeconds, cpuSeconds, peakBytes, ours }, at) => [
    name,
    `${perSecond.median.toFixed(0)} ${unit}/s`,
    `${perSecond.low.toFixed(0)} - ${perSecond.high.toFixed(0)}`,
    at === 0 ? "" : `${ours.toFixed(3)} x`,
    `${wallSeconds.median.toFixed(3)} s`,
    cpuSeconds ? `${cpuSeconds.median.toFixed(2)} s` : "n/a",
    peakBytes ? `${(peakBytes.median / 1e6).toFixed(0)} MB` : "n/a",
  ]);
  const headings = ["start to exit", "quartiles", "seedbed vs it", "wall", "CPU", "peak"];
  printTable([results[0]!.what, ...headings], rows);
}
