import { Bench } from "tinybench";
import { alternate, type Contender } from "./contest.ts";
import type { Kernel, Work } from "./kernel.ts";
import type { Peers } from "./peers.ts";
import { ratioOf, spreadOf, type Spread } from "./statistics.ts";

/** How fast one contender does a kernel's work, on one thread. */
export interface Rate {
  readonly name: string;
  /** Values, bytes, lines or images a second. */
  readonly perSecond: Spread;
  /** How many times ours is of this; 1 for ours. */
  readonly ours: number;
  /** Of a kernel that compresses: bytes given for each byte read. */
  readonly kept: number | null;
}

export interface RaceOptions {
  readonly rounds: number;
  /** How long a contender is measured in a round. */
  readonly seconds: number;
  readonly peers: Peers | undefined;
}

/** What was seen of a contender in a round. */
interface Sample {
  /** The median of its calls. */
  readonly seconds: number;
  /** Length of what a call gives, where that is bytes. */
  readonly bytes: number | null;
}

/** Ours against the others, in turns. */
export async function race(kernel: Kernel, { rounds, seconds, peers }: RaceOptions): Promise<Rate[]> {
  const expected = kernel.expected();
  const works = Object.entries({ seedbed: kernel.ours, ...kernel.others });
  const contenders: Contender<Sample>[] = works.map(([name, open]) => workContender(name, open(), expected, seconds));
  for (const [name, peer] of Object.entries(peers ? kernel.numpy : {})) {
    contenders.push({
      name,
      async measure() {
        const calls = await peers!.measure(peer, seconds);
        return { seconds: spreadOf(calls.seconds).median, bytes: calls.bytes };
      },
    });
  }
  const samples = await alternate(contenders, rounds);
  const secondsOf = samples.map((ofOne) => ofOne.map((sample) => sample.seconds));
  return contenders.map(({ name }, at) => {
    const { bytes } = samples[at]![0]!;
    return {
      name,
      perSecond: spreadOf(secondsOf[at]!.map((time) => kernel.count / time)),
      ours: ratioOf(secondsOf[at]!, secondsOf[0]!),
      kept: kernel.compresses && bytes !== null ? bytes / kernel.bytes : null,
    };
  });
}

/** Measures after the result was found right. */
function workContender(name: string, work: Work, expected: Uint8Array, seconds: number): Contender<Sample> {
  return {
    name,
    async measure() {
      const isRight = Buffer.compare(work.result(), expected) === 0;
      if (!isRight) throw new Error(`Cannot trust ${name}: its result is not that of the kernel's twin`);
      const given = work.run();
      const bytes = given instanceof Uint8Array ? given.length : null; // now: later calls may grow the memory it is in
      const bench = new Bench({ time: seconds * 1000, warmupTime: (seconds * 1000) / 4, throws: true });
      bench.add(name, () => void work.run());
      const [task] = await bench.run();
      const result = task!.result;
      if (!("latency" in result)) throw new Error(`Cannot measure ${name}: ${result.state}`);
      return { seconds: result.latency.p50 / 1000, bytes };
    },
  };
}
