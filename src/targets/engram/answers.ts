import { InputError } from "../../data/errors.ts";
import type { HttpAnswer } from "../../runtime/http/answer.ts";
import { asFields, fieldsIn, isCount, shown, type Fields } from "../../data/fields.ts";
import { notSuch, type Service } from "../storecalls.ts";

export const tiers = ["hot", "warm", "cold", "all"] as const;
export type Tier = (typeof tiers)[number];

export interface EngramMemory {
  readonly id: string;
  readonly content: string;
  readonly embedding?: readonly number[];
  readonly confidence: number;
}

export interface TierCounts {
  readonly hot: number;
  readonly warm: number;
  readonly cold: number;
  readonly total: number;
}

export interface ListedPage {
  readonly memories: EngramMemory[];
  readonly counts: TierCounts;
  /** How many the server would have given at most; undefined where it does not say. */
  readonly limit: number | undefined;
}

export const ENGRAM: Service = { name: "Engram", healthPath: "/health", refusalOf };

/** Whoever answers there speaks another language. */
export function notAnEngram(place: string, what: string): InputError {
  return notSuch(ENGRAM, place, what);
}

/** The object of a body. Throws `InputError` where it is none. */
export function objectOf(place: string, { text }: HttpAnswer): Fields {
  const fields = fieldsIn(text);
  if (!fields) throw notAnEngram(place, `expected a JSON object, got "${shown(text, 60)}"`);
  return fields;
}

/** The server's code and words for a refusal; of one in plain text, its status and its first characters. */
export function refusalOf({ status, text }: HttpAnswer): { code: string; reason: string } {
  const error = asFields(fieldsIn(text)?.["error"]);
  const { code, message } = error ?? {};
  if (typeof code === "string" && typeof message === "string") return { code: shown(code, 60), reason: shown(message) };
  return { code: `HTTP ${status}`, reason: shown(text) || "no reason given" };
}

export function countsOf(place: string, fields: Fields): TierCounts {
  const counts = asFields(fields["tier_counts"]);
  if (!counts) throw notAnEngram(place, "a list of memories without tier_counts");
  const count = (name: string): number => {
    const value = counts[name];
    if (isCount(value)) return value;
    throw notAnEngram(place, `tier_counts.${name} is ${shown(JSON.stringify(value) ?? "missing", 60)}`);
  };
  return { hot: count("hot"), warm: count("warm"), cold: count("cold"), total: count("total") };
}

/**
 * A page of the list, checked. `dimension` is what the embeddings before it had; those of the page have one length too.
 * Throws `InputError` that names the memory.
 */
export function pageOf(
  place: string,
  answer: HttpAnswer,
  withEmbeddings: boolean,
  dimension: number | undefined,
): ListedPage {
  const fields = objectOf(place, answer);
  const listed = fields["memories"];
  if (!Array.isArray(listed)) throw notAnEngram(place, "a list of memories without memories");
  let expected = dimension;
  const memories = listed.map((entry: unknown, index) => {
    const memory = memoryOf(place, asFields(entry) ?? {}, index, withEmbeddings, expected);
    expected ??= memory.embedding?.length;
    return memory;
  });
  const limit = asFields(fields["pagination"])?.["limit"];
  return { memories, counts: countsOf(place, fields), limit: isCount(limit) && limit > 0 ? limit : undefined };
}

function memoryOf(
  place: string,
  fields: Fields,
  index: number,
  withEmbeddings: boolean,
  dimension: number | undefined,
): EngramMemory {
  const { id, content, confidence, embedding } = fields;
  if (typeof id !== "string" || id === "") throw notAnEngram(place, `memory ${index} of a page has no id`);
  const wrong = (what: string) => new InputError(`Cannot use memory "${shown(id, 60)}" of ${place}: ${what}`);
  if (typeof content !== "string") throw wrong("its content is no text");
  if (!isFiniteNumber(confidence)) throw wrong("its confidence is no number");
  if (!withEmbeddings || embedding === undefined || embedding === null) return { id, content, confidence };
  if (!Array.isArray(embedding) || embedding.length === 0) throw wrong("its embedding is no list of numbers");
  const at = embedding.findIndex((value) => !isFiniteNumber(value));
  if (at >= 0) throw wrong(`number ${at} of its embedding is ${shown(JSON.stringify(embedding[at]), 60)}`);
  if (embedding.length !== (dimension ?? embedding.length)) {
    throw wrong(`its embedding has ${embedding.length} numbers, expected ${dimension} as before it`);
  }
  return { id, content, confidence, embedding: embedding as number[] };
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
