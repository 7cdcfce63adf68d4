import process from "node:process";
import { parseArgs } from "node:util";
import type { OpenaiDouble, OpenaiDoubleOptions } from "./openai.ts";

const HELP = `A stand-in for OpenAI's embeddings, for trying things out. It prints what to set in the environment, and its bill at
the end.

  --port N         listen there (7433)
  --host NAME      listen there (127.0.0.1)
  --key TEXT       the key that is let in
  --rpm N          requests a minute (no limit)
  --tpm N          tokens a minute (no limit)
  --burst MS       how much of these rates may be used at once (60000)
  --poison TEXT    refuse texts with this in them
  --seed N         of the faults (1)
  --fail P         share of requests answered with 500
  --unavailable P  share of requests answered with 503
  --too-many P     share of requests answered with 429 and retry-after
  --retry-after S  what retry-after says there (1)
  --cut P          share of requests whose connection is cut, before or after they are billed
  --silent P       share of requests that are billed and never answered
  --quota P        share of requests answered with 429 insufficient_quota
  --delay MS       wait before each answer
  --help           this text
`;

/** Starts the double as its command line says, prints where it listens, and stops it at Ctrl-C. */
export async function runByHand(
  args: string[],
  start: (options: OpenaiDoubleOptions) => Promise<OpenaiDouble>,
): Promise<void> {
  let double: OpenaiDouble;
  try {
    const options = optionsOf(args);
    if (!options) return;
    double = await start(options);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 2;
    return;
  }
  console.log(`OPENAI_BASE_URL=${double.url} OPENAI_API_KEY=${double.key}`);
  const stop = () => {
    const { bill, counters } = double;
    const twice = [...bill.texts.values()].filter((count) => count > 1).length;
    console.log(`${counters.requests} requests, ${JSON.stringify(Object.fromEntries(counters.statuses))}`);
    console.log(`Bill: ${bill.tokens} tokens, ${bill.texts.size} texts, ${twice} of them paid for more than once`);
    void double.stop();
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, stop);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
}

function optionsOf(args: string[]): OpenaiDoubleOptions | undefined {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args,
    options: {
      ...{ port: text, host: text, key: text, rpm: text, tpm: text, burst: text, poison: text, seed: text },
      ...{ fail: text, unavailable: text, "too-many": text, "retry-after": text },
      ...{ cut: text, silent: text, quota: text, delay: text },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    console.log(HELP);
    return undefined;
  }
  const number = (value: string | undefined) => (value === undefined ? undefined : Number(value));
  return {
    port: Number(values.port ?? 7433),
    host: values.host,
    key: values.key,
    poison: values.poison,
    seed: number(values.seed),
    requestsPerMinute: number(values.rpm),
    tokensPerMinute: number(values.tpm),
    burstMs: number(values.burst),
    faults: {
      broken: number(values.fail),
      overloaded: number(values.unavailable),
      tooMany: number(values["too-many"]),
      retryAfter: values["retry-after"],
      cutRequest: number(values.cut),
      cutAnswer: number(values.cut),
      silent: number(values.silent),
      quota: number(values.quota),
      delayMs: number(values.delay),
    },
  };
}
