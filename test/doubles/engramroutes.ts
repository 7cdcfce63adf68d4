import { errorAnswer, refuse, rememberedAnswer, shortDecimal, type Answer } from "./engramanswers.ts";
import type { Faults } from "./engramfaults.ts";
import { checkedMemory, parseBody, spaceOf, truth, wholeNumber } from "./engramrequest.ts";
import type { EngramSpace, StoredMemory, Tier } from "./engramspace.ts";
import type { FaultState } from "./faultstate.ts";
import type { DoubleCounters, DoubleRequest } from "./httpdouble.ts";

export interface EngramCounters extends DoubleCounters {
  /** Pages that were listed. */
  pages: number;
  /** How often each id was sent to `remember`, whatever became of it. */
  readonly attempts: Map<string, number>;
}

export interface Served {
  spaceNamed(name: string): EngramSpace;
  readonly faults: FaultState<Faults>;
  readonly token: string | undefined;
  readonly tiers: readonly Tier[];
}

const MEMORIES = "/api/v1/memories";
const MAX_LIMIT = 1000;
const TIERS = ["hot", "warm", "cold", "all"] as const;

/** What the server answers to a request; throws a `Refusal`. */
export function engramRoutes(served: Served): { answerTo(request: DoubleRequest): Answer; counters: EngramCounters } {
  const { faults } = served;
  const counters: EngramCounters = {
    requests: 0,
    connections: 0,
    pages: 0,
    statuses: new Map(),
    attempts: new Map(),
  };
  let ids = 0;
  const newId = () => `mem_${(++ids).toString(16).padStart(8, "0")}`;

  const answerTo = (request: DoubleRequest): Answer => {
    const url = new URL(request.url, "http://double");
    const path = url.pathname;
    if (path === "/health") return healthAnswer(faults.now.health ?? "healthy");
    if (served.token !== undefined && request.headers.authorization !== `Bearer ${served.token}`) {
      refuse("UNAUTHORIZED", "Expected a valid token");
    }
    if (faults.strikes("foreign")) return { status: 200, text: "<!doctype html><title>Another server</title>" };
    const trouble = troubleOf(faults);
    if (trouble) return trouble;
    const answer = routed(request, url);
    return faults.now.alter && typeof answer.json === "object"
      ? { ...answer, json: faults.now.alter(answer.json as Record<string, unknown>, path) }
      : answer;
  };

  const routed = (request: DoubleRequest, url: URL): Answer => {
    const path = url.pathname;
    const header = request.headers["x-memory-space"];
    const spaceHeader = typeof header === "string" ? header : undefined;
    const isPost = request.method === "POST";
    if (path === MEMORIES && !isPost) {
      const before = counters.pages++;
      faults.now.beforePage?.(before);
      return listAnswer(served.spaceNamed(spaceOf(spaceHeader, url.searchParams)), url.searchParams, served.tiers);
    }
    if (isPost && (path === MEMORIES || path === `${MEMORIES}/remember`)) {
      const body = parseBody(request.body);
      const memory = checkedMemory(body, newId, path !== MEMORIES);
      counters.attempts.set(memory.id, (counters.attempts.get(memory.id) ?? 0) + 1);
      const space = served.spaceNamed(spaceOf(spaceHeader, url.searchParams, body));
      const activation = faults.strikes("dropped") ? 0.5 : space.store(memory);
      if (faults.strikes("afterStoring")) {
        return errorAnswer("MEMORY_SYSTEM_ERROR", `Memory '${memory.id}' was stored but nobody was told`);
      }
      const reasoning = body["confidence_reasoning"];
      return rememberedAnswer(
        memory.id,
        activation,
        memory.timestamp ?? new Date().toISOString(),
        typeof reasoning === "string" ? reasoning : "None was given",
      );
    }
    if (path.startsWith(`${MEMORIES}/`) && !isPost) {
      const id = decodeURIComponent(path.slice(MEMORIES.length + 1));
      const space = served.spaceNamed(spaceOf(spaceHeader, url.searchParams));
      const memory = space.memories.get(id);
      if (!memory) refuse("MEMORY_NOT_FOUND", `Memory '${id}' is not here`);
      return { status: 200, json: described(memory, undefined) };
    }
    return { status: 404, text: "" };
  };

  return { answerTo, counters };
}

function troubleOf(faults: FaultState<Faults>): Answer | undefined {
  const { retryAfter = "0" } = faults.now;
  if (faults.strikes("unavailable")) return errorAnswer("MEMORY_CLUSTER_UNAVAILABLE", "No node leads", retryAfter);
  if (faults.strikes("tooMany")) return { status: 429, text: "Too many requests", retryAfter };
  if (faults.strikes("queryTimeout")) return errorAnswer("QUERY_TIMEOUT", "It took too long");
  if (faults.strikes("broken")) return errorAnswer("MEMORY_SYSTEM_ERROR", "Something broke");
  return undefined;
}

function healthAnswer(status: "healthy" | "degraded" | "unhealthy"): Answer {
  const json = { status, service: "engram", version: "0.1.0", timestamp: new Date().toISOString() };
  return { status: status === "unhealthy" ? 503 : 200, json };
}

function listAnswer(space: EngramSpace, query: URLSearchParams, tiers: readonly Tier[]): Answer {
  const tier = TIERS.find((name) => name === (query.get("tier") ?? "hot"));
  const offset = wholeNumber(query, "offset", 0);
  const limit = Math.min(wholeNumber(query, "limit", 100), MAX_LIMIT);
  const withEmbeddings = truth(query, "include_embeddings");
  if (!tier) refuse("BAD_REQUEST", `Tier '${query.get("tier")}': expected hot, warm, cold or all`);
  if (tier !== "all" && !tiers.includes(tier)) refuse("NOT_IMPLEMENTED", `The ${tier} tier is not there`);
  const memories = space.list(tier, offset, limit);
  return {
    status: 200,
    json: {
      memories: memories.map((memory) => described(memory, withEmbeddings ? space.embeddingOf(memory) : undefined)),
      count: memories.length,
      pagination: { offset, limit, returned: memories.length },
      tier_counts: space.counts(),
    },
  };
}

function described(memory: StoredMemory, embedding: Float32Array | undefined): Record<string, unknown> {
  const { id, content, confidence, timestamp } = memory;
  const numbers = embedding ? { embedding: Array.from(embedding, shortDecimal) } : {};
  return { id, content, ...numbers, confidence, timestamp };
}
