// A stand-in for an Engram server, with its traps and, on demand, its faults. By hand:
// `node --import tsx test/doubles/engram.ts --help`
import { isStarted, runByHand } from "./byhand.ts";
import { errorAnswer, refusePlainly, type Answer } from "./engramanswers.ts";
import { engramByHand } from "./engrambyhand.ts";
import type { Faults } from "./engramfaults.ts";
import { engramRoutes, type EngramCounters } from "./engramroutes.ts";
import { engramSpace, type EngramSpace, type StoredMemory, type Tier } from "./engramspace.ts";
import { faultState } from "./faultstate.ts";
import { Refusal, startHttpDouble, type DoubleAnswer, type DoubleRequest } from "./httpdouble.ts";

export type { Faults } from "./engramfaults.ts";
export type { Tier } from "./engramspace.ts";

export interface EngramDoubleOptions {
  readonly host?: string | undefined;
  /** 0, the default: any that is free. */
  readonly port?: number | undefined;
  /** Of the order of pages, and of the faults. */
  readonly seed?: number | undefined;
  /** Memories that a space holds; the real one 100,000. */
  readonly capacity?: number | undefined;
  /** Whether near copies are dropped, which costs a search for each memory. */
  readonly dedup?: boolean | undefined;
  /** Whether a memory without an embedding gets the same one as all others, which makes them copies of each other. */
  readonly placeholder?: boolean | undefined;
  /** Pages in the order of a hash of the ids, new ones anywhere; or in another order after every change. */
  readonly order?: "hashed" | "shifting" | undefined;
  /** Tiers that are there: the hot one. The others answer 501. */
  readonly tiers?: readonly Tier[] | undefined;
  /** Where a memory lies: in the hot tier. */
  readonly tierOf?: ((id: string) => Tier) | undefined;
  /** What `Authorization: Bearer` must say; nothing by default. */
  readonly token?: string | undefined;
  readonly faults?: Faults | undefined;
}

export interface EngramDouble {
  readonly url: string;
  readonly port: number;
  readonly counters: EngramCounters;
  /** What the default space holds. */
  readonly memories: ReadonlyMap<string, StoredMemory>;
  space(name?: string): EngramSpace;
  /** Changes the faults that it names; the others stay. */
  setFault(faults: Faults): void;
  /** Ends it as a crash would: connections are cut, and nothing listens there. What was stored is on its disk. */
  kill(): Promise<void>;
  /** Listens again, on the same port, with what was stored. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const MAX_BODY_BYTES = 2 * 1024 * 1024;

export async function startEngram(options: EngramDoubleOptions = {}): Promise<EngramDouble> {
  const seed = options.seed ?? 1;
  const faults = faultState(options.faults ?? {}, seed);
  const spaces = new Map<string, EngramSpace>();
  const spaceNamed = (name: string): EngramSpace => {
    const space = spaces.get(name) ?? engramSpace(spaceOptions(options, seed));
    spaces.set(name, space);
    return space;
  };
  const { answerTo, counters } = engramRoutes({
    spaceNamed,
    faults,
    token: options.token,
    tiers: options.tiers ?? ["hot"],
  });
  const isStruck = (url: string): boolean => !url.startsWith("/health");
  const server = await startHttpDouble({
    ...{ host: options.host, port: options.port, counters, maxBodyBytes: MAX_BODY_BYTES },
    left(url) {
      if (isStruck(url) && faults.strikes("cutRequest")) return "cut";
      return isStruck(url) && faults.strikes("silent") ? "silent" : undefined;
    },
    answerTo(request) {
      checkBody(request);
      return written(answerTo(request));
    },
    refused: (error) => written(refused(error)),
    portion: (_, url) => (isStruck(url) && faults.strikes("cutAnswer") ? "cut" : "whole"),
    delayMs: () => faults.now.delayMs,
  });
  const { origin: url, port, stop, restart } = server;
  return {
    ...{ url, port, counters, stop, kill: stop, restart },
    memories: spaceNamed("default").memories,
    space: (name = "default") => spaceNamed(name),
    setFault: faults.set,
  };
}

function spaceOptions(options: EngramDoubleOptions, seed: number): Parameters<typeof engramSpace>[0] {
  return {
    seed,
    capacity: options.capacity ?? 100_000,
    dedup: options.dedup ?? true,
    placeholder: options.placeholder ?? true,
    order: options.order ?? "hashed",
    tierOf: options.tierOf ?? (() => "hot"),
  };
}

/** Refuses what the framework refuses; it looks at the type first, then at the size. */
function checkBody({ method, headers, byteLength }: DoubleRequest): void {
  const type = headers["content-type"] ?? "";
  if (method === "POST" && !/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type)) {
    refusePlainly(415, "Expected a request with Content-Type: application/json");
  }
  if (byteLength > MAX_BODY_BYTES) refusePlainly(413, "The body is too large");
}

function refused(error: unknown): Answer {
  return error instanceof Refusal
    ? (error as Refusal<Answer>).answer
    : errorAnswer("MEMORY_SYSTEM_ERROR", String(error));
}

function written({ status, json, text = "", retryAfter }: Answer): DoubleAnswer {
  const headers = retryAfter === undefined ? undefined : { "retry-after": retryAfter };
  if (json === undefined) return { status, headers, body: text, type: "text/plain; charset=utf-8" };
  return { status, headers, body: typeof json === "string" ? json : JSON.stringify(json) };
}

if (isStarted(import.meta.url)) await runByHand(startEngram, engramByHand);
