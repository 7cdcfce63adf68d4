import { Bench } from "tinybench";
import { alternate, type Contender } from "./contest.ts";
import { COUNT, type Kernel, type Work } from "./kernels.ts";
import type { Peers } from "./peers.ts";
import { ratioOf, spreadOf, type Spread } from "./statistics.ts";

/** How fast one contender does a kernel's work, on one thread. */
export interface Rate {
  readonly name: string;
  /** Values, bytes or lines a second. */
  readonly perSecond: Spread;
  /** How many times ours is of this; 1 for ours. */
  readonly ours: number;
}

export interface RaceOptions {
  readonly rounds: number;
  /** How long a contender is measured in a round. */
  readonly seconds: number;
  readonly peers: Peers | undefined;
}

/** Ours against the others, in turns. */
export async function race(kernel: Kernel, { rounds, seconds, peers }: RaceOptions): Promise<Rate[]> {
  const expected = kernel.expected();
  const works = Object.entries({ seedbed: kernel.ours, ...kernel.others });
  const contenders: Contender<number>[] = works.map(([name, open]) => workContender(name, open(), expected, seconds));
  for (const [name, peer] of Object.entries(peers ? kernel.numpy : {})) {
    contenders.push({ name, measure: async () => spreadOf(await peers!.measure(peer, seconds)).median });
  }
  const secondsOfCalls = await alternate(contenders, rounds);
  return contenders.map(({ name }, at) => ({
    name,
    perSecond: spreadOf(secondsOfCalls[at]!.map((time) => COUNT / time)),
    ours: ratioOf(secondsOfCalls[at]!, secondsOfCalls[0]!),
  }));
}

/** The median seconds of a call, after its result was found right. */
function workContender(name: string, work: Work, expected: Uint8Array, seconds: number): Contender<number> {
  return {
    name,
    async measure() {
      const isRight = Buffer.compare(work.result(), expected) === 0;
      if (!isRight) throw new Error(`Cannot trust ${name}: its result is not that of the kernel's twin`);
      const bench = new Bench({ time: seconds * 1000, warmupTime: (seconds * 1000) / 4, throws: true });
      bench.add(name, () => void work.run());
      const [task] = await bench.run();
      const result = task!.result;
      if (!("latency" in result)) throw new Error(`Cannot measure ${name}: ${result.state}`);
      return result.latency.p50 / 1000;
    },
  };
}
