import { showSize } from "../src/commands/show.ts";
import { alternate, type Contender } from "./contest.ts";
import { startEngramProcess } from "./engramprocess.ts";
import { withFolder } from "./folder.ts";
import { builtBin } from "./job.ts";
import { buildRawSender } from "./rawprogram.ts";
import { runMeasured, type Usage } from "./process.ts";
import { ratioOf, spreadOf, spreadOfKnown, type Spread } from "./statistics.ts";
import { printTable } from "./table.ts";
import type { Tools } from "./tools.ts";

const CONNECTIONS = 20;

/** How one program loaded memories into an Engram. */
export interface EngramLoad {
  readonly name: string;
  readonly rows: number;
  /** How late the server answers. */
  readonly delayMs: number;
  /** Memories, by the program's own clock, and from its start to its end. */
  readonly perSecond: Spread;
  readonly perSecondInAll: Spread;
  readonly wallSeconds: Spread;
  readonly cpuSeconds: Spread | null;
  readonly peakBytes: Spread | null;
  /** Our rate as times of its rate, by each of the two; 1 for ours. */
  readonly ours: number;
  readonly oursInAll: number;
}

interface Sender {
  readonly name: string;
  command(memories: string, endpoint: string, scratch: string): string[];
}

interface Sample extends Usage {
  readonly perSecond: number;
}

export interface EngramLoadOptions {
  readonly rows: number;
  readonly delayMs: number;
  readonly rounds: number;
  /** Whether only ours is measured. */
  readonly isAlone: boolean;
}

/** Times ours and others in turns, each into an empty server. Throws where one does not hold what was sent. */
export function measureEngramLoads(options: EngramLoadOptions, { time, python }: Tools): Promise<EngramLoad[]> {
  const { rows, delayMs, rounds, isAlone } = options;
  return withFolder(async (folder) => {
    const memories = `${folder}/memories.jsonl`;
    const shape = ["--centroids", "100", "--count", `${rows}`, "--output", memories];
    runMeasured([...builtBin(), "memories", ...shape, "--quiet"], folder, null);
    const senders = isAlone ? [ours] : [ours, ...(await rawSenders(folder)), ...(python ? [peer(python)] : [])];
    const contenders = senders.map(({ name, command }): Contender<Sample> => {
      const measure = () =>
        withFolder(async (scratch) => {
          const engram = await startEngramProcess(rows, delayMs);
          try {
            const run = runMeasured(command(memories, engram.url, scratch), scratch, time);
            const count = await engram.count();
            if (count !== rows) throw new Error(`Cannot compare: the store holds ${count} of ${rows} from ${name}`);
            const { per_second: perSecond } = JSON.parse(run.stdout) as { per_second: number };
            return { ...run, perSecond };
          } finally {
            await engram.stop();
          }
        });
      return { name, measure };
    });
    const samples = await alternate(contenders, rounds);
    const rates = samples.map((ofOne) => ofOne.map(({ perSecond }) => perSecond));
    const ratesInAll = samples.map((ofOne) => ofOne.map(({ wallSeconds }) => rows / wallSeconds));
    return senders.map(({ name }, at) => ({
      ...{ name, rows, delayMs },
      perSecond: spreadOf(rates[at]!),
      perSecondInAll: spreadOf(ratesInAll[at]!),
      wallSeconds: spreadOf(samples[at]!.map(({ wallSeconds }) => wallSeconds)),
      cpuSeconds: spreadOfKnown(samples[at]!.map(({ cpuSeconds }) => cpuSeconds)),
      peakBytes: spreadOfKnown(samples[at]!.map(({ peakBytes }) => peakBytes)),
      ours: ratioOf(rates[0]!, rates[at]!),
      oursInAll: ratioOf(ratesInAll[0]!, ratesInAll[at]!),
    }));
  });
}

export function printEngramLoads(loads: readonly EngramLoad[]): void {
  const { rows, delayMs } = loads[0]!;
  const late = delayMs > 0 ? `, ${delayMs} ms each: ${(CONNECTIONS * 1000) / delayMs} mem/s at most` : "";
  const table = loads.map((load, at) => [
    load.name,
    `${load.perSecond.median.toFixed(0)} mem/s`,
    `${load.perSecond.low.toFixed(0)} - ${load.perSecond.high.toFixed(0)}`,
    at === 0 ? "" : `${load.ours.toFixed(3)} x`,
    `${load.wallSeconds.median.toFixed(3)} s`,
    `${load.perSecondInAll.median.toFixed(0)} mem/s`,
    at === 0 ? "" : `${load.oursInAll.toFixed(3)} x`,
    load.cpuSeconds ? `${load.cpuSeconds.median.toFixed(2)} s` : "n/a",
    load.peakBytes ? `${(load.peakBytes.median / 1e6).toFixed(0)} MB` : "n/a",
  ]);
  const what = `${showSize(rows)} memories into Engram${late}`;
  const inAll = ["start to exit", "", "seedbed vs it", "CPU", "peak"];
  printTable([what, "own clock", "quartiles", "seedbed vs it", ...inAll], table);
}

const ours: Sender = {
  name: "seedbed ingest",
  command: (memories, endpoint, scratch) => [
    ...[...builtBin(), "ingest", "--input", memories, "--endpoint", endpoint, "--json"],
    ...["--ledger", `${scratch}/ledger`, "--concurrent", `${CONNECTIONS}`],
  ],
};

/** The store's own rate: what it does when everything was ready before. */
async function rawSenders(folder: string): Promise<Sender[]> {
  const program = await buildRawSender(folder);
  const sender = (name: string, way: string): Sender => ({
    name,
    command: (memories, endpoint) => [
      ...[process.execPath, program, memories, `${endpoint}/api/v1/memories/remember`, `${CONNECTIONS}`, way],
    ],
  });
  return [sender("the store's own rate, node:http", "http"), sender("the store's own rate, sockets", "sockets")];
}

function peer(python: string): Sender {
  const script = ["-B", "bench/peers/ingest.py"];
  return {
    name: `Python, ${CONNECTIONS} threads`,
    command: (memories, endpoint) => [python, ...script, memories, endpoint, `${CONNECTIONS}`],
  };
}
