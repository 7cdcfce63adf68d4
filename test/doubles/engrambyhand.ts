import type { ByHand } from "./byhand.ts";
import type { EngramDouble, EngramDoubleOptions } from "./engram.ts";

const HELP = `A stand-in for an Engram server, for trying things out: it keeps all in memory and forgets it at the end.

  --port N         listen there (7432)
  --host NAME      listen there (127.0.0.1)
  --seed N         of the order of pages and of the faults (1)
  --capacity N     memories that a space holds (100000)
  --no-dedup       keep near copies too, which is faster
  --no-placeholder keep memories without an embedding apart
  --shifting       pages in another order after every change
  --tiers LIST     tiers that are there (hot)
  --token TEXT     ask for this bearer token
  --fail P         share of memories that are stored and answered with 500
  --unavailable P  share of requests answered with 503 and Retry-After
  --too-many P     share of requests answered with 429 and Retry-After
  --retry-after S  what Retry-After says (0)
  --cut P          share of requests whose connection is cut, before or after storing
  --delay MS       wait before each answer
  --health STATUS  healthy, degraded or unhealthy
  --help           this text
`;

/** The command line of the stand-in for Engram. */
export const engramByHand: ByHand<EngramDoubleOptions, EngramDouble> = {
  help: HELP,
  texts: ["capacity", "tiers", "token", "health"],
  flags: ["no-dedup", "no-placeholder", "shifting"],
  optionsOf: ({ text, number, has }) => ({
    port: number("port") ?? 7432,
    host: text("host"),
    seed: number("seed"),
    capacity: number("capacity"),
    dedup: !has("no-dedup"),
    placeholder: !has("no-placeholder"),
    order: has("shifting") ? "shifting" : "hashed",
    tiers: text("tiers")?.split(",") as EngramDoubleOptions["tiers"],
    token: text("token"),
    faults: {
      afterStoring: number("fail"),
      unavailable: number("unavailable"),
      tooMany: number("too-many"),
      retryAfter: text("retry-after"),
      cutRequest: number("cut"),
      cutAnswer: number("cut"),
      delayMs: number("delay"),
      health: text("health") as "healthy" | undefined,
    },
  }),
  hello: ({ url }) => url,
  farewell(double) {
    const { requests, statuses } = double.counters;
    const { counts, lost } = double.space();
    const answers = JSON.stringify(Object.fromEntries(statuses));
    return [`${requests} requests, ${answers}, default space:`, counts(), lost];
  },
};
