import { refuse, refusePlainly } from "./engramanswers.ts";
import type { NewMemory } from "./engramspace.ts";
import { DIMENSION } from "./engramvectors.ts";
import { quickJson } from "./quickjson.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });
const decode = (bytes: Uint8Array): string => decoder.decode(bytes);
const MAX_CONTENT_BYTES = 100_000;
const DEFAULT_SPACE = "default";

/** The body as an object, or a refusal in plain text. */
export function parseBody(body: Uint8Array): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = quickJson(body, decode) ?? JSON.parse(decode(body));
  } catch {
    refusePlainly(400, "The body is not valid JSON");
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    refusePlainly(422, "The body is JSON, but no object");
  }
  return parsed as Record<string, unknown>;
}

/** One memory out of a body; `takesEmbedding` is false for the route that ignores all but content and confidence. */
export function checkedMemory(body: Record<string, unknown>, newId: () => string, takesEmbedding: boolean): NewMemory {
  const content = body["content"];
  if (typeof content !== "string") refusePlainly(422, "content: expected a string");
  const confidence = optional(body, "confidence", "number");
  const embedding = takesEmbedding ? checkedEmbedding(body["embedding"]) : undefined;
  const id = takesEmbedding ? optional(body, "id", "string") : undefined;
  const timestamp = takesEmbedding ? optional(body, "timestamp", "string") : undefined;
  const tags = takesEmbedding ? checkedTags(body["tags"]) : undefined;
  if (timestamp !== undefined && !isTime(timestamp)) refusePlainly(422, "timestamp: expected RFC 3339");
  if (content.trim() === "") refuse("INVALID_MEMORY_INPUT", "Memory content cannot be empty");
  if (byteLength(content) > MAX_CONTENT_BYTES) {
    refuse("INVALID_MEMORY_INPUT", `Memory content is larger than ${MAX_CONTENT_BYTES} bytes`);
  }
  if (embedding && embedding.length !== DIMENSION) {
    refuse("INVALID_MEMORY_INPUT", `Embedding must be exactly ${DIMENSION} dimensions, got ${embedding.length}`);
  }
  if (confidence !== undefined && !(confidence >= 0 && confidence <= 1)) {
    refuse("INVALID_MEMORY_INPUT", `Confidence must be from 0 to 1, got ${confidence}`);
  }
  return { id: id ?? newId(), content, embedding, confidence, timestamp, tags };
}

/** The space a request is for: by its header, else its query, else its body. */
export function spaceOf(header: string | undefined, query: URLSearchParams, body?: Record<string, unknown>): string {
  const inBody = body?.["memory_space_id"];
  const space = header ?? query.get("space") ?? (typeof inBody === "string" ? inBody : DEFAULT_SPACE);
  if (!/^[a-z0-9_-]{3,64}$/.test(space)) {
    refuse("INVALID_MEMORY_INPUT", `Memory space "${space}": expected 3 to 64 characters of a-z, 0-9, _ and -`);
  }
  return space;
}

/** A whole number of the query. */
export function wholeNumber(query: URLSearchParams, name: string, otherwise: number): number {
  const text = query.get(name);
  if (text === null) return otherwise;
  if (!/^\d{1,15}$/.test(text)) refusePlainly(400, `${name}: expected a whole number`);
  return Number(text);
}

/** A truth value of the query: false unless given. */
export function truth(query: URLSearchParams, name: string): boolean {
  const text = query.get(name);
  if (text !== null && text !== "true" && text !== "false") refusePlainly(400, `${name}: expected true or false`);
  return text === "true";
}

function optional(body: Record<string, unknown>, name: string, type: "string"): string | undefined;
function optional(body: Record<string, unknown>, name: string, type: "number"): number | undefined;
function optional(body: Record<string, unknown>, name: string, type: string): unknown {
  const value = body[name] ?? undefined;
  if (value !== undefined && typeof value !== type) refusePlainly(422, `${name}: expected a ${type}`);
  return value;
}

function checkedEmbedding(value: unknown): ArrayLike<number> | undefined {
  if (value === undefined || value === null) return undefined;
  if (value instanceof Float32Array) return value;
  if (!Array.isArray(value) || !value.every((number) => typeof number === "number")) {
    refusePlainly(422, "embedding: expected numbers");
  }
  return value as number[];
}

function checkedTags(value: unknown): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || !value.every((tag) => typeof tag === "string")) {
    refusePlainly(422, "tags: expected strings");
  }
  return value as string[];
}

function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i.test(text) && !Number.isNaN(Date.parse(text));
}

function byteLength(text: string): number {
  return text.length * 3 <= MAX_CONTENT_BYTES ? text.length : new TextEncoder().encode(text).length;
}
