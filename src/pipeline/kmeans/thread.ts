import { startAskedThread, type ThreadScript } from "../../runtime/threads.ts";
import { buffersOf, type Exchange, type KMeansAnswer, type KMeansRequest, type KMeansStart } from "./messages.ts";

type Held = Extract<KMeansAnswer, { kind: "held" }>;
type TakenThere = Extract<KMeansAnswer, { kind: "taken" }>;

/** A thread that holds rows. Every promise rejects when it fails or dies, and so does every later one. */
export interface KMeansThread {
  /** Hands rows over; their buffer comes back. */
  hold(values: Float32Array<ArrayBuffer>): Promise<ArrayBuffer>;
  take(first: number, count: number, coarse: number, exchange: Exchange): Promise<TakenThere>;
  stop(): Promise<void>;
}

export function startKMeansThread(script: ThreadScript, start: KMeansStart): KMeansThread {
  const { ask, stop } = startAskedThread<KMeansStart, KMeansRequest, KMeansAnswer>(script, start);
  return {
    hold: ({ buffer, length }) =>
      ask({ kind: "hold", buffer, length }, [buffer]).then((answer) => (answer as Held).buffer),
    take(first, count, coarse, exchange) {
      const buffers = buffersOf(exchange);
      return ask(
        { kind: "take", first, count, coarse, exchange: buffers },
        Object.values(buffers),
      ) as Promise<TakenThere>;
    },
    stop,
  };
}

/** The worker beside this module: TypeScript in the sources; once built, CommonJS. */
export function kmeansWorker(): URL {
  return new URL(import.meta.url.endsWith(".ts") ? "./kmeansworker.ts" : "./kmeansworker.cjs", import.meta.url);
}
