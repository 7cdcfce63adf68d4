import { InputError } from "../../data/errors.ts";
import type { HttpAnswer } from "../../runtime/http/answer.ts";
import { fieldsIn } from "../../data/fields.ts";
import { countsOf, ENGRAM, notAnEngram, objectOf, refusalOf, tiers, type TierCounts, type Tier } from "./answers.ts";
import { httpEndpoint } from "../httpendpoint.ts";
import { storeCalls, Unavailable } from "../storecalls.ts";
import { readPages, type EngramPage, type PagesOptions, type PagesSummary } from "./pages.ts";

export { tiers } from "./answers.ts";
export type { EngramMemory, Tier } from "./answers.ts";
export type { EngramPage, PagesOptions, PagesSummary } from "./pages.ts";

export interface EngramOptions {
  /** Such as `http://localhost:7432`. */
  readonly endpoint: string;
  /** The memory space, 3 to 64 characters of a-z, 0-9, _ and -; the server's default without it. */
  readonly space?: string | undefined;
  readonly token?: string | undefined;
  /** An abort ends requests and waits at once, with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called before each wait, with what is tried again and why. */
  readonly onRetry?: ((what: string, waitMs: number) => void) | undefined;
  /** How often a request is tried (6), the first wait (250 ms), and how long the server may say nothing (60 s). */
  readonly tries?: number | undefined;
  readonly baseMs?: number | undefined;
  readonly silenceMs?: number | undefined;
}

interface NewMemory {
  /** The same for every try: a memory may be stored although the answer is an error. */
  readonly id: string;
  readonly content: string;
  readonly embedding?: Float32Array | undefined;
  readonly confidence: number;
  readonly tags?: readonly string[] | undefined;
}

/** What the server said; `stored` is its word for near copies too, which it drops: count to know. */
type Remembered =
  | { readonly stored: true }
  | {
      readonly stored: false;
      readonly code: string;
      readonly reason: string;
      /** Whether it was tried often enough, and may be stored another time. */
      readonly mayPass: boolean;
    };

/** A connection to an Engram server. Its methods throw `InputError` where the endpoint, space or token is to blame. */
export interface Engram {
  health(): Promise<{ status: string; version: string }>;
  /** What the tiers hold; throws where `tier` is not there. */
  counts(tier?: Tier): Promise<TierCounts>;
  /** The memories of a tier, each once; returns how many there were. */
  pages(options: PagesOptions): AsyncGenerator<EngramPage, PagesSummary>;
  /** Sends one memory. Refusals of this memory are returned; throws where no other one would fare better. */
  remember(memory: NewMemory): Promise<Remembered>;
  /** The same with the JSON as it is to be sent, which must have that id. */
  rememberBody(id: string, body: Uint8Array | string): Promise<Remembered>;
  /** Whether it holds a memory of that id. */
  has(id: string): Promise<boolean>;
  close(): Promise<void>;
}

const MEMORIES = "/api/v1/memories";
const JSON_TYPE = { "content-type": "application/json" };

/** Connects to nothing yet. Throws `InputError` for an endpoint, space or token that cannot be one. */
export function openEngram(options: EngramOptions): Engram {
  const { signal, onRetry, tries = 6, baseMs = 250, silenceMs = 60_000 } = options;
  const endpoint = httpEndpoint(options.endpoint, "http://localhost:7432");
  const calls = storeCalls({
    service: ENGRAM,
    endpoint,
    headers: headersOf(options),
    signal,
    onRetry,
    tries,
    baseMs,
    silenceMs,
  });
  const { place } = calls;

  const get = async (what: string, path: string, isAnswer?: (answer: HttpAnswer) => boolean): Promise<HttpAnswer> => {
    try {
      return await calls.ask(what, { method: "GET", path }, isAnswer);
    } catch (error) {
      throw calls.gaveUp(what, error);
    }
  };
  const list = async (query: string): Promise<HttpAnswer> => {
    const answer = await get("read memories", `${MEMORIES}?${query}`);
    if (answer.status === 200) return answer;
    const { code, reason } = refusalOf(answer);
    const tier = /tier=(\w+)/.exec(query)?.[1];
    if (answer.status === 501) throw new InputError(`The ${tier} tier is not there at ${place}: ${code}: ${reason}`);
    throw new InputError(`Cannot read memories at ${place}: ${code}: ${reason}`);
  };
  const rememberBody = async (id: string, body: Uint8Array | string): Promise<Remembered> => {
    const what = `store memory "${id}"`;
    let answer: HttpAnswer;
    try {
      answer = await calls.ask(what, { method: "POST", path: `${MEMORIES}/remember`, headers: JSON_TYPE, body });
    } catch (error) {
      if (error instanceof Unavailable)
        return { stored: false, code: error.code, reason: error.message, mayPass: true };
      throw calls.gaveUp(what, error);
    }
    if (answer.status !== 200 && answer.status !== 201) return { stored: false, ...refusalOf(answer), mayPass: false };
    const storedId = objectOf(place, answer)["memory_id"];
    if (typeof storedId !== "string") throw notAnEngram(place, "a stored memory without memory_id");
    if (storedId !== id) throw new Error(`Cannot ${what} at ${place}: it was stored as "${storedId}"`);
    return { stored: true };
  };

  return {
    async health() {
      const isHealth = ({ text }: HttpAnswer) => typeof fieldsIn(text)?.["status"] === "string";
      const { status, version } = objectOf(place, await get("ask for the health", "/health", isHealth));
      if (typeof status !== "string" || typeof version !== "string") {
        throw notAnEngram(place, "/health without status and version");
      }
      return { status, version };
    },
    async counts(tier = "all") {
      if (!tiers.includes(tier)) throw new InputError(`Tier "${tier}": expected ${tiers.join(", ")}`);
      return countsOf(place, objectOf(place, await list(`tier=${tier}&offset=0&limit=1`)));
    },
    pages: (pages) => readPages(place, list, pages),
    remember({ id, content, embedding, confidence, tags }) {
      const numbers = embedding && Array.from(embedding);
      return rememberBody(id, JSON.stringify({ id, content, embedding: numbers, confidence, tags }));
    },
    rememberBody,
    async has(id) {
      const what = `look for memory "${id}"`;
      const answer = await get(what, `${MEMORIES}/${encodeURIComponent(id)}`, ({ status }) => status === 404);
      if (answer.status !== 200 && answer.status !== 404)
        throw new Error(`Cannot ${what} at ${place}: ${refusalOf(answer).reason}`);
      return answer.status === 200;
    },
    async close() {
      calls.close();
    },
  };
}

function headersOf({ space, token }: EngramOptions): Record<string, string> {
  if (space !== undefined && !/^[a-z0-9_-]{3,64}$/.test(space)) {
    throw new InputError(`Memory space "${space}": expected 3 to 64 characters of a-z, 0-9, _ and -`);
  }
  if (token !== undefined && !/^[!-~]+$/.test(token)) {
    throw new InputError("Token: expected printable characters without spaces");
  }
  return {
    ...(space === undefined ? {} : { "x-memory-space": space }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
}
