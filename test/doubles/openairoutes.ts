import { durationText, errorAnswer, refuse } from "./openaianswers.ts";
import type { Bucket } from "./openaibucket.ts";
import type { FaultState } from "./faultstate.ts";
import type { DoubleAnswer, DoubleRequest } from "./httpdouble.ts";
import type { EmbeddingAnswer, OpenaiFaults } from "./openaifaults.ts";
import { checkedRequest, type EmbeddingRequest } from "./openairequest.ts";
import { base64Of, vectorOf } from "./openaivectors.ts";

/** What was answered for, and so would have to be paid. */
export interface OpenaiBill {
  requests: number;
  tokens: number;
  /** How often each text was paid for. */
  readonly texts: Map<string, number>;
}

export interface Served {
  readonly faults: FaultState<OpenaiFaults>;
  readonly key: string;
  readonly poison: string | undefined;
  readonly requests: Bucket | undefined;
  readonly tokens: Bucket | undefined;
}

const ORGANIZATION = "org-double";

/** What the server answers to a request; throws a `Refusal`. */
export function openaiRoutes(served: Served): { answerTo(request: DoubleRequest): DoubleAnswer; bill: OpenaiBill } {
  const { faults } = served;
  const bill: OpenaiBill = { requests: 0, tokens: 0, texts: new Map() };
  const answerTo = (request: DoubleRequest): DoubleAnswer => {
    const path = new URL(request.url, "http://double").pathname;
    if (path !== "/v1/embeddings") refuse(404, { message: `Invalid URL (${request.method} ${path})` });
    if (request.method !== "POST") {
      refuse(405, { message: `Not allowed to ${request.method} on ${path} (HINT: Perhaps you meant to use POST?)` });
    }
    checkKey(request.headers.authorization, served.key);
    const trouble = troubleOf(served);
    if (trouble) return trouble;
    const asked = checkedRequest(request.body, served.poison);
    const limited = limitedAnswer(served, asked);
    if (limited) return limited;
    bill.requests++;
    bill.tokens += asked.total;
    for (const text of asked.inputs) bill.texts.set(text, (bill.texts.get(text) ?? 0) + 1);
    return { status: 200, body: answerBody(asked, faults), headers: rateHeaders(served) };
  };
  return { answerTo, bill };
}

function checkKey(authorization: string | undefined, key: string): void {
  const given = /^Bearer\s+(\S+)$/i.exec(authorization ?? "")?.[1];
  if (given === undefined) {
    refuse(401, { message: "You didn't provide an API key. You need to provide it in an Authorization header." });
  }
  if (given === key) return;
  const message = `Incorrect API key provided: ${given.slice(0, 8)}${"*".repeat(8)}${given.slice(-4)}.`;
  refuse(401, { message, code: "invalid_api_key" });
}

function troubleOf({ faults, key }: Served): DoubleAnswer | undefined {
  const serverError = (status: number, message: string) => errorAnswer(status, { message, type: "server_error" });
  if (faults.strikes("foreign")) return { status: 200, body: "<!doctype html><title>Another server</title>" };
  if (faults.strikes("forbidden")) {
    const message = "Country, region, or territory not supported";
    return errorAnswer(403, { message, type: "request_forbidden", code: "unsupported_country_region_territory" });
  }
  if (faults.strikes("quota")) {
    const message = "You exceeded your current quota, please check your plan and billing details.";
    return errorAnswer(429, { message, type: "insufficient_quota", code: "insufficient_quota" });
  }
  if (faults.strikes("tooMany")) {
    const { retryAfter = "1" } = faults.now;
    const headers = retryAfter === "" ? undefined : { "retry-after": retryAfter };
    return errorAnswer(429, { message: "Rate limit reached", type: "requests", code: "rate_limit_exceeded" }, headers);
  }
  if (faults.strikes("echoKey")) return serverError(500, `No luck with Bearer ${key}`);
  if (faults.strikes("broken")) return serverError(500, "The server had an error while processing your request.");
  if (faults.strikes("overloaded"))
    return serverError(503, "The engine is currently overloaded, please try again later");
  if (faults.strikes("timeout")) return serverError(408, "Request timed out");
  if (faults.strikes("conflict")) return serverError(409, "The resource is locked");
  return undefined;
}

/** 429 where a limit is reached. A request that is refused for its tokens has been a request all the same. */
function limitedAnswer(served: Served, { model, total }: EmbeddingRequest): DoubleAnswer | undefined {
  const { requests, tokens } = served;
  const refused = (what: string, unit: string, bucket: Bucket, count: number, waitMs: number): DoubleAnswer => {
    const isTooLarge = count > bucket.capacity;
    const used = bucket.limit - bucket.remaining();
    const where = `for ${model} in organization ${ORGANIZATION} on ${what}: Limit ${bucket.limit}`;
    const message = isTooLarge
      ? `Request too large ${where}, Requested ${count}.`
      : `Rate limit reached ${where}, Used ${used}, Requested ${count}. Please try again in ${durationText(waitMs)}.`;
    const after = { "retry-after": String(Math.ceil(waitMs / 1000)), "retry-after-ms": String(Math.ceil(waitMs)) };
    const headers = { ...rateHeaders(served), ...(isTooLarge ? {} : after) };
    return errorAnswer(429, { message, type: unit, code: "rate_limit_exceeded" }, headers);
  };
  const requestWaitMs = requests?.take(1);
  if (requestWaitMs !== undefined) return refused("requests per min (RPM)", "requests", requests!, 1, requestWaitMs);
  const tokenWaitMs = tokens?.take(total);
  if (tokenWaitMs !== undefined) return refused("tokens per min (TPM)", "tokens", tokens!, total, tokenWaitMs);
  return undefined;
}

function rateHeaders({ requests, tokens }: Served): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [unit, bucket] of Object.entries({ requests, tokens })) {
    if (!bucket) continue;
    headers[`x-ratelimit-limit-${unit}`] = String(bucket.limit);
    headers[`x-ratelimit-remaining-${unit}`] = String(bucket.remaining());
    headers[`x-ratelimit-reset-${unit}`] = durationText(bucket.untilFull());
  }
  return headers;
}

function answerBody(
  { model, dimensions, isBase64, inputs, total }: EmbeddingRequest,
  faults: FaultState<OpenaiFaults>,
): string {
  const usage = { prompt_tokens: total, total_tokens: total };
  const isShuffled = faults.strikes("shuffled");
  if (!faults.now.alter && !isShuffled && isBase64) {
    // By far the most frequent case, and base64 needs no escapes.
    const items = inputs.map(
      (text, index) =>
        `{"object":"embedding","index":${index},"embedding":"${base64Of(vectorOf(text, model, dimensions))}"}`,
    );
    return `{"object":"list","data":[${items.join(",")}],"model":"${model}","usage":${JSON.stringify(usage)}}`;
  }
  const data = inputs.map((text, index) => {
    const vector = vectorOf(text, model, dimensions);
    return { object: "embedding", index, embedding: isBase64 ? base64Of(vector) : Array.from(vector) };
  });
  const answer: EmbeddingAnswer = { object: "list", data: isShuffled ? data.toReversed() : data, model, usage };
  return JSON.stringify(faults.now.alter ? faults.now.alter(answer) : answer);
}
