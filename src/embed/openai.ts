import type OpenAI from "openai";
import { InputError } from "../data/errors.ts";
import { base64Length } from "../formats/base64.ts";
import { decodeBase64Into } from "../runtime/base64.ts";
import { within } from "../runtime/timeout.ts";
import { EmbedFailure } from "./failures.ts";
import { failureOf, redactor } from "./openaifailures.ts";
import type { EmbeddingProvider } from "./provider.ts";
import { rateTold } from "./rateheaders.ts";

export interface OpenaiOptions {
  /** Needed, unless nothing is asked; nothing that is said or thrown has it in it. */
  readonly apiKey?: string | undefined;
  /** `embed` is never called: for plans. */
  readonly asksNothing?: boolean | undefined;
  readonly baseUrl?: string | undefined;
  readonly model?: string | undefined;
  /** How long an answer may take, from the first byte sent to the last one read. */
  readonly timeoutMs?: number | undefined;
  /** Numbers of a vector; fewer than the model's own where it can, and needed for a model that is not known here. */
  readonly dimensions?: number | undefined;
}

export const OPENAI_URL = "https://api.openai.com/v1";
export const OPENAI_MODEL = "text-embedding-3-small";
const TIMEOUT_MS = 60_000;

const MAX_TEXTS = 2048;
const MAX_REQUEST_TOKENS = 300_000;
const MAX_TEXT_TOKENS = 8192;
const DIMENSIONS: Readonly<Record<string, number>> = {
  "text-embedding-3-small": 1536,
  "text-embedding-3-large": 3072,
  "text-embedding-ada-002": 1536,
};

/**
 * Embeddings of OpenAI, or of any server that speaks its language. Vectors are what the server gives, to the last bit.
 * Throws `InputError` for what cannot work.
 */
export function openaiProvider(options: OpenaiOptions): EmbeddingProvider {
  const { model = OPENAI_MODEL, timeoutMs = TIMEOUT_MS } = options;
  const apiKey = options.asksNothing ? "" : checkedKey(options.apiKey);
  const url = checkedUrl(options.baseUrl ?? OPENAI_URL);
  const known = Object.hasOwn(DIMENSIONS, model) ? DIMENSIONS[model] : undefined;
  const dim = checkedDimensions(options.dimensions, model, known);
  const redacted = redactor(apiKey);
  let client: Promise<OpenAI> | undefined;

  const embed: EmbeddingProvider["embed"] = async (texts, signal, onAnswer) => {
    signal?.throwIfAborted();
    if (texts.length > MAX_TEXTS)
      throw new Error(`Cannot embed ${texts.length} texts at once: expected at most ${MAX_TEXTS}`);
    if (texts.length === 0) return new Float32Array(0);
    const { embeddings } = await (client ??= open(apiKey, url, 2 * timeoutMs));
    const body = {
      ...{ model, input: texts as string[], encoding_format: "base64" as const },
      ...(dim === known || known === undefined ? {} : { dimensions: dim }), // other servers may not know the word
    };
    try {
      const { data, response } = await within(timeoutMs, signal, (inner) =>
        embeddings.create(body, { signal: inner }).withResponse(),
      );
      const tokens = data?.usage?.total_tokens;
      const rate = rateTold((name) => response.headers.get(name));
      onAnswer?.({ tokens: Number.isSafeInteger(tokens) ? tokens : undefined, rate });
      return vectorsOf(data, texts.length, dim);
    } catch (error) {
      signal?.throwIfAborted();
      throw failureOf(error, { place: url.host, model, redacted });
    }
  };
  return {
    ...{ name: model, dim, host: url.host, maxBatch: MAX_TEXTS, maxBatchTokens: MAX_REQUEST_TOKENS },
    maxTextTokens: known === undefined ? undefined : MAX_TEXT_TOKENS,
    embed,
  };
}

/** The package looks into the environment for all that it is not told; its own timeout ends with the first byte of an answer. */
async function open(apiKey: string, url: URL, timeout: number): Promise<OpenAI> {
  const { default: Client } = await import("openai");
  const unused = { adminAPIKey: null, organization: null, project: null, webhookSecret: null };
  const baseURL = url.href.replace(/\/+$/, "");
  return new Client({ ...unused, apiKey, baseURL, timeout, maxRetries: 0, logLevel: "off" });
}

interface Item {
  readonly index?: unknown;
  readonly embedding?: unknown;
}

/** Shape (count, dim). Throws `EmbedFailure` unless there is one whole vector of that length for each text. */
function vectorsOf(answer: { readonly data?: unknown } | undefined, count: number, dim: number): Float32Array {
  const items = answer?.data;
  if (!Array.isArray(items)) throw unusable("it has no vectors");
  if (items.length !== count) throw unusable(`${items.length} vectors for ${count} texts`);
  const out = new Float32Array(count * dim);
  const isDone = new Uint8Array(count);
  for (const { index, embedding } of items as Item[]) {
    if (!Number.isInteger(index) || isDone[index as number] !== 0)
      throw unusable(`a vector of number ${String(index)}`);
    isDone[index as number] = 1;
    decodeInto(out.subarray((index as number) * dim, (index as number) * dim + dim), embedding);
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
  const message = `The model gives vectors of ${Math.floor(got)} numbers, not ${expected}: give --dimensions ${Math.floor(got)}`;
  return new EmbedFailure(message, { class: "fatal", kind: "answer", mayBeBilled: true });
}

function checkedKey(key: string | undefined): string {
  if (key === undefined || key.trim() === "")
    throw new InputError("OPENAI_API_KEY is not set: the provider openai needs it");
  if (!/^[!-~]+$/.test(key.trim()))
    throw new InputError("OPENAI_API_KEY has a character that no key has: expected letters, digits, - and _");
  return key.trim();
}

function checkedUrl(text: string): URL {
  const wrong = (what: string) => new InputError(`OPENAI_BASE_URL: ${what}; expected a URL such as ${OPENAI_URL}`);
  if (!URL.canParse(text)) throw wrong("not a URL");
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") throw wrong(`${url.protocol} is not http: or https:`);
  if (url.username || url.password) throw wrong("a name or password does not belong there");
  if (url.search || url.hash) throw wrong("neither ? nor # belongs there");
  return url;
}

function checkedDimensions(dimensions: number | undefined, model: string, known: number | undefined): number {
  if (dimensions === undefined) {
    if (known === undefined) throw new InputError(`The dimension of ${model} is not known: give --dimensions`);
    return known;
  }
  const isFixed = known !== undefined && !model.startsWith("text-embedding-3-");
  if (isFixed && dimensions !== known) throw new InputError(`Dimensions ${dimensions}: ${model} has ${known} only`);
  if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > (known ?? 65_536))
    throw new InputError(`Dimensions ${dimensions}: expected 1 to ${known ?? 65_536} for ${model}`);
  return dimensions;
}
