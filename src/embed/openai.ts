import { InputError } from "../data/errors.ts";
import { PACKAGE_NAME, VERSION } from "../data/version.ts";
import { missingWords } from "../runtime/environment.ts";
import { openHttp, type HttpClient } from "../runtime/http/client.ts";
import { within } from "../runtime/timeout.ts";
import { readOpenaiAnswer } from "./openaianswer.ts";
import { failureOf, failureOfAnswer, redactor } from "./openaifailures.ts";
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
const MAX_ANSWER_BYTES = 2 ** 28; // of a server that writes 2048 vectors of 3072 numbers in decimals
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
  const asked = { place: url.host, model, redacted: redactor(apiKey) };
  const path = `${url.pathname.replace(/\/+$/, "")}/embeddings`;
  const headers = {
    ...{ authorization: `Bearer ${apiKey}`, "content-type": "application/json", accept: "application/json" },
    "user-agent": `${PACKAGE_NAME}/${VERSION}`,
  };
  const rooms: Uint8Array<ArrayBuffer>[] = []; // for bodies of answers, which are long: new ones would be collected too late
  let http: HttpClient | undefined;

  const embed: EmbeddingProvider["embed"] = async (texts, signal, onAnswer) => {
    signal?.throwIfAborted();
    if (texts.length > MAX_TEXTS)
      throw new Error(`Cannot embed ${texts.length} texts at once: expected at most ${MAX_TEXTS}`);
    if (texts.length === 0) return new Float32Array(0);
    const body = JSON.stringify({
      ...{ model, input: texts, encoding_format: "base64" },
      ...(dim === known || known === undefined ? {} : { dimensions: dim }), // other servers may not know the word
    });
    const { send } = (http ??= openHttp(url, { silenceMs: 2 * timeoutMs, maxAnswerBytes: MAX_ANSWER_BYTES }));
    let used: Uint8Array<ArrayBuffer> | undefined;
    const room = (byteLength: number) => (used = takeRoom(rooms, byteLength));
    try {
      const answer = await within(timeoutMs, signal, (inner) =>
        send({ method: "POST", path, headers, body, room, signal: inner }),
      );
      if (answer.status !== 200) throw failureOfAnswer(answer, asked);
      const { tokens, vectors } = readOpenaiAnswer(answer.body);
      onAnswer?.({ tokens, rate: rateTold(answer.header) });
      return vectors(texts.length, dim);
    } catch (error) {
      signal?.throwIfAborted();
      throw failureOf(error, asked);
    } finally {
      if (used) rooms.push(used);
    }
  };
  return {
    ...{ name: model, dim, host: url.host, maxBatch: MAX_TEXTS, maxBatchTokens: MAX_REQUEST_TOKENS },
    maxTextTokens: known === undefined ? undefined : MAX_TEXT_TOKENS,
    embed,
    close: () => http?.close(),
  };
}

/** The one that was used last, if it is long enough. */
function takeRoom(rooms: Uint8Array<ArrayBuffer>[], byteLength: number): Uint8Array<ArrayBuffer> {
  const last = rooms.pop();
  return last && last.length >= byteLength ? last : new Uint8Array(byteLength);
}

function checkedKey(key: string | undefined): string {
  if (key === undefined || key.trim() === "")
    throw new InputError(`OPENAI_API_KEY ${missingWords("OPENAI_API_KEY")}: the provider openai needs it`);
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
