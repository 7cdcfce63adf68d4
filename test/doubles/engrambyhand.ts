import process from "node:process";
import { parseArgs } from "node:util";
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

/** Starts the double as its command line says, prints where it listens, and stops it at Ctrl-C. */
export async function runByHand(
  args: string[],
  start: (options: EngramDoubleOptions) => Promise<EngramDouble>,
): Promise<void> {
  let double: EngramDouble;
  try {
    const options = optionsOf(args);
    if (!options) return;
    double = await start(options);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 2;
    return;
  }
  console.log(double.url);
  const stop = () => {
    const { requests, statuses } = double.counters;
    const { counts, lost } = double.space();
    console.log(
      `${requests} requests, ${JSON.stringify(Object.fromEntries(statuses))}, default space:`,
      counts(),
      lost,
    );
    void double.stop();
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, stop);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
}

function optionsOf(args: string[]): EngramDoubleOptions | undefined {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const { values } = parseArgs({
    args,
    options: {
      port: text,
      host: text,
      seed: text,
      capacity: text,
      "no-dedup": flag,
      "no-placeholder": flag,
      shifting: flag,
      tiers: text,
      token: text,
      fail: text,
      unavailable: text,
      "too-many": text,
      "retry-after": text,
      cut: text,
      delay: text,
      health: text,
      help: flag,
    },
  });
  if (values.help) {
    console.log(HELP);
    return undefined;
  }
  const number = (value: string | undefined) => (value === undefined ? undefined : Number(value));
  return {
    port: Number(values.port ?? 7432),
    host: values.host,
    seed: number(values.seed),
    capacity: number(values.capacity),
    dedup: !values["no-dedup"],
    placeholder: !values["no-placeholder"],
    order: values.shifting ? "shifting" : "hashed",
    tiers: values.tiers?.split(",") as EngramDoubleOptions["tiers"],
    token: values.token,
    faults: {
      afterStoring: number(values.fail),
      unavailable: number(values.unavailable),
      tooMany: number(values["too-many"]),
      retryAfter: values["retry-after"],
      cutRequest: number(values.cut),
      cutAnswer: number(values.cut),
      delayMs: number(values.delay),
      health: values.health as "healthy" | undefined,
    },
  };
}
