import { alternate, type Contender } from "./contest.ts";
import { startFiller } from "./fillers.ts";
import { COUNT } from "./kernel.ts";
import type { Peers } from "./peers.ts";
import { ratioOf, spreadOf, type Spread } from "./statistics.ts";

export interface Scaling {
  readonly name: string;
  /** Normals a second of all threads together. */
  readonly perSecond: Spread;
  /** How many times what one thread of the same kind makes. */
  readonly ofOne: number;
}

const CALLS = 100; // 26 million normals a worker: long against the messages that start and end it
const PEER_CALLS = 50; // FILLS of peers/kernels.py

/**
 * Normals on one and on two threads, each making as many as the one alone. NumPy beside it shows how far the machine had
 * a second processor to give.
 */
export async function measureScaling(peers: Peers | undefined, rounds: number, seconds: number): Promise<Scaling[]> {
  const fillers = [await startFiller(COUNT), await startFiller(COUNT)];
  const ours = (workers: number): Contender<number> => ({
    name: `seedbed, ${workers} worker${workers > 1 ? "s" : ""}`,
    async measure() {
      const began = performance.now();
      await Promise.all(fillers.slice(0, workers).map((filler, at) => filler.fill(BigInt(at * CALLS * COUNT), CALLS)));
      return (workers * CALLS * COUNT * 1000) / (performance.now() - began);
    },
  });
  const numpy = (threads: number): Contender<number> => ({
    name: `NumPy, ${threads} thread${threads > 1 ? "s" : ""}`,
    measure: async () => {
      const calls = await peers!.measure(`fill_${threads}`, seconds);
      return (threads * PEER_CALLS * COUNT) / spreadOf(calls.seconds).median;
    },
  });
  const contenders = peers ? [ours(1), ours(2), numpy(1), numpy(2)] : [ours(1), ours(2)];
  try {
    await alternate(contenders, 1); // until the engine has optimised the kernel in every thread
    const rates = await alternate(contenders, rounds);
    return contenders.map(({ name }, at) => ({
      name,
      perSecond: spreadOf(rates[at]!),
      ofOne: ratioOf(rates[at]!, rates[at - (at % 2)]!),
    }));
  } finally {
    for (const filler of fillers) await filler.stop();
  }
}
