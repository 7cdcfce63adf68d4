import type { ByHand } from "./byhand.ts";
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

/** The command line of the stand-in for OpenAI. */
export const openaiByHand: ByHand<OpenaiDoubleOptions, OpenaiDouble> = {
  help: HELP,
  texts: ["key", "rpm", "tpm", "burst", "poison", "silent", "quota"],
  flags: [],
  optionsOf: ({ text, number }) => ({
    port: number("port") ?? 7433,
    host: text("host"),
    key: text("key"),
    poison: text("poison"),
    seed: number("seed"),
    requestsPerMinute: number("rpm"),
    tokensPerMinute: number("tpm"),
    burstMs: number("burst"),
    faults: {
      broken: number("fail"),
      overloaded: number("unavailable"),
      tooMany: number("too-many"),
      retryAfter: text("retry-after"),
      cutRequest: number("cut"),
      cutAnswer: number("cut"),
      silent: number("silent"),
      quota: number("quota"),
      delayMs: number("delay"),
    },
  }),
  hello: ({ url, key }) => `OPENAI_BASE_URL=${url} OPENAI_API_KEY=${key}`,
  farewell({ bill, counters }) {
    const twice = [...bill.texts.values()].filter((count) => count > 1).length;
    const answers = JSON.stringify(Object.fromEntries(counters.statuses));
    return [
      `${counters.requests} requests, ${answers}\n` +
        `Bill: ${bill.tokens} tokens, ${bill.texts.size} texts, ${twice} of them paid for more than once`,
    ];
  },
};
