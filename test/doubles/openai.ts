// A stand-in for `POST /v1/embeddings` of OpenAI, with its limits, its bill and, on demand, its faults. By hand:
// `node --import tsx test/doubles/openai.ts --help`
import { isStarted, runByHand } from "./byhand.ts";
import { faultState } from "./faultstate.ts";
import { Refusal, startHttpDouble, type DoubleAnswer, type DoubleCounters } from "./httpdouble.ts";
import { errorAnswer } from "./openaianswers.ts";
import { createBucket } from "./openaibucket.ts";
import { openaiByHand } from "./openaibyhand.ts";
import type { OpenaiFaults } from "./openaifaults.ts";
import { openaiRoutes, type OpenaiBill } from "./openairoutes.ts";

export interface OpenaiDoubleOptions {
  readonly host?: string | undefined;
  /** 0, the default: any that is free. */
  readonly port?: number | undefined;
  /** Of the faults. */
  readonly seed?: number | undefined;
  /** The one key that is let in. */
  readonly key?: string | undefined;
  /** Texts with this in them are refused. */
  readonly poison?: string | undefined;
  readonly requestsPerMinute?: number | undefined;
  readonly tokensPerMinute?: number | undefined;
  /** How much of these rates may be used at once, in milliseconds: a minute's. */
  readonly burstMs?: number | undefined;
  /** Milliseconds, for the limits. */
  readonly now?: (() => number) | undefined;
  readonly faults?: OpenaiFaults | undefined;
}

export interface OpenaiDouble {
  /** What `OPENAI_BASE_URL` is for it. */
  readonly url: string;
  readonly port: number;
  readonly key: string;
  readonly bill: OpenaiBill;
  readonly counters: DoubleCounters;
  /** Changes the faults that it names; the others stay. */
  setFault(faults: OpenaiFaults): void;
  stop(): Promise<void>;
}

const KEY = "sk-double-0123456789abcdef";

export async function startOpenai(options: OpenaiDoubleOptions = {}): Promise<OpenaiDouble> {
  const { host, port, key = KEY, now = () => performance.now() } = options;
  const faults = faultState(options.faults ?? {}, options.seed ?? 1);
  const bucketOf = (limit: number | undefined) =>
    limit === undefined ? undefined : createBucket(limit, now, options.burstMs);
  const { answerTo, bill } = openaiRoutes({
    ...{ faults, key, poison: options.poison },
    requests: bucketOf(options.requestsPerMinute),
    tokens: bucketOf(options.tokensPerMinute),
  });
  const counters: DoubleCounters = { requests: 0, connections: 0, statuses: new Map() };
  const server = await startHttpDouble({
    ...{ host, port, counters, answerTo, refused },
    left: () => (faults.strikes("cutRequest") ? "cut" : undefined),
    portion({ status }) {
      if (status !== 200) return "whole";
      if (faults.strikes("silent")) return "nothing";
      const isCut = faults.strikes("cutAnswer");
      const isStalled = faults.strikes("stalled");
      return isCut ? "cut" : isStalled ? "stalled" : "whole";
    },
    delayMs: () => faults.now.delayMs,
  });
  return {
    url: `${server.origin}/v1`,
    ...{ port: server.port, key, bill, counters },
    setFault: faults.set,
    stop: server.stop,
  };
}

function refused(error: unknown): DoubleAnswer {
  return error instanceof Refusal
    ? (error as Refusal<DoubleAnswer>).answer
    : errorAnswer(500, { message: String(error), type: "server_error" });
}

if (isStarted(import.meta.url)) await runByHand(startOpenai, openaiByHand);
