import { base64Length } from "../formats/base64.ts";
import { parseSparse, type SparseJson } from "../formats/sparsejson.ts";
import { decodeBase64Into, latin1Of } from "../runtime/base64.ts";
import { EmbedFailure } from "./failures.ts";

/** An answer with vectors, as OpenAI writes it; any of it may be missing. */
export interface OpenaiAnswer {
  /** That are billed. */
  readonly tokens: number | undefined;
  /**
   * Shape (count, dim). Throws `EmbedFailure` unless there is one whole vector of that length for each of `count` texts, of finite
   * numbers.
   */
  vectors(count: number, dim: number): Float32Array;
}

interface Item {
  readonly index?: unknown;
  readonly embedding?: unknown;
}

const LONG_FROM = 64; // longer than whatever else an answer says

/** Reads the body of an answer. Throws `SyntaxError` where it is no JSON. */
export function readOpenaiAnswer(body: Uint8Array): OpenaiAnswer {
  const { value, strings } = parseSparse(body, LONG_FROM);
  const { data, usage } = (value ?? {}) as { readonly data?: unknown; readonly usage?: { total_tokens?: unknown } };
  const tokens = usage?.total_tokens;
  return {
    tokens: Number.isSafeInteger(tokens) ? (tokens as number) : undefined,
    vectors: (count, dim) => vectorsOf(data, strings, count, dim),
  };
}

function vectorsOf(items: unknown, strings: SparseJson["strings"], count: number, dim: number): Float32Array {
  if (!Array.isArray(items)) throw unusable("it has no vectors");
  if (items.length !== count) throw unusable(`${items.length} vectors for ${count} texts`);
  const out = new Float32Array(count * dim);
  const isDone = new Uint8Array(count);
  for (const item of items as (Item | null)[]) {
    const { index, embedding } = item ?? {};
    if (!Number.isInteger(index) || isDone[index as number] !== 0)
      throw unusable(`a vector of number ${String(index)}`);
    isDone[index as number] = 1;
    const values = out.subarray((index as number) * dim, (index as number) * dim + dim);
    const apart = typeof embedding === "number" ? strings[embedding] : undefined;
    decodeInto(values, apart ? latin1Of(apart) : embedding);
  }
  for (const value of out) if (!Number.isFinite(value)) throw unusable("a number that is not finite");
  return out;
}

/** Servers that do not know base64 give numbers. */
function decodeInto(out: Float32Array, embedding: unknown): void {
  if (typeof embedding === "string") {
    const bytes = new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
    const whole = embedding.length * 0.75 - (/={0,2}$/.exec(embedding)?.[0].length ?? 0);
    if (embedding.length !== base64Length(out.byteLength)) throw otherLength(whole / 4, out.length);
    if (decodeBase64Into(bytes, embedding) !== out.byteLength) throw unusable("a vector that is no base64");
  } else if (Array.isArray(embedding)) {
    if (embedding.length !== out.length) throw otherLength(embedding.length, out.length);
    if (!embedding.every((value) => typeof value === "number")) throw unusable("a vector with something else in it");
    out.set(embedding as number[]);
  } else throw unusable("a vector without numbers");
}

function unusable(what: string): EmbedFailure {
  const message = `The server's answer cannot be used: ${what}`;
  return new EmbedFailure(message, { class: "retryable", kind: "answer", mayBeBilled: true });
}

function otherLength(got: number, expected: number): EmbedFailure {
  if (got < 1) return unusable("a vector without numbers");
  const message = `The model gives vectors of ${Math.floor(got)} numbers, not ${expected}: give --dimensions ${Math.floor(got)}`;
  return new EmbedFailure(message, { class: "fatal", kind: "answer", mayBeBilled: true });
}
