import { InputError } from "../../data/errors.ts";
import type { Metric } from "../../data/records.ts";
import type { HttpAnswer } from "../../runtime/http/answer.ts";
import type { HttpRequest } from "../../runtime/http/client.ts";
import { asFields, fieldsIn, isCount, shown } from "../../data/fields.ts";
import { notSuch, type Calls, type Service } from "../storecalls.ts";

/** What a server takes. */
interface ChromaLimits {
  readonly maxBatch: number;
  readonly takesBase64: boolean;
}

export interface ChromaCollection {
  readonly id: string;
  readonly metric: string;
  /** Undefined until the first record has come. */
  readonly dim: number | undefined;
}

/** Why records were not stored. */
interface ChromaRefusal {
  readonly reason: string;
  readonly isTooLarge: boolean;
}

/** The routes of a Chroma that a load needs. They throw where nothing would fare better, with one line for the user. */
export interface ChromaApi {
  version(): Promise<string>;
  limits(): Promise<ChromaLimits>;
  find(name: string): Promise<ChromaCollection | undefined>;
  /** Makes it, or finds what somebody else has made. */
  make(name: string, metric: Metric): Promise<ChromaCollection>;
  count(id: string): Promise<number>;
  /** Which of the ids it has. */
  held(id: string, ids: readonly string[]): Promise<ReadonlySet<unknown>>;
  /** Returns why these records were refused, where the records are to blame. */
  upsert(id: string, what: string, body: Uint8Array): Promise<ChromaRefusal | undefined>;
}

export const CHROMA: Service = { name: "Chroma", healthPath: "/api/v2/heartbeat", refusalOf };

const COLLECTIONS = "/api/v2/tenants/default_tenant/databases/default_database/collections";
const JSON_TYPE = { "content-type": "application/json" };
const OF_RECORDS = [400, 413, 422];

export function chromaApi(calls: Calls): ChromaApi {
  const { place } = calls;
  const not = (what: string): InputError => notSuch(CHROMA, place, what);
  const ask = async (what: string, request: HttpRequest): Promise<HttpAnswer> => {
    try {
      return await calls.ask(what, request, isRefusal);
    } catch (error) {
      throw calls.gaveUp(what, error);
    }
  };
  const get = (what: string, path: string): Promise<HttpAnswer> => ask(what, { method: "GET", path });
  const post = (what: string, path: string, body: Uint8Array | string): Promise<HttpAnswer> =>
    ask(what, { method: "POST", path, headers: JSON_TYPE, body });
  const taken = (what: string, answer: HttpAnswer): unknown => {
    if (answer.status !== 200 && answer.status !== 201) throw new Error(`Cannot ${what} at ${place}: ${words(answer)}`);
    try {
      return JSON.parse(answer.text);
    } catch {
      throw not(`expected JSON, got "${shown(answer.text, 60)}"`);
    }
  };
  const collectionOf = (what: string, answer: HttpAnswer): ChromaCollection => {
    const fields = asFields(taken(what, answer)) ?? {};
    const { id, dimension, configuration_json: configuration } = fields;
    const index = asFields(asFields(configuration)?.["hnsw"]) ?? asFields(asFields(configuration)?.["spann"]);
    const metric = index?.["space"];
    if (typeof id !== "string" || !/^[\w-]+$/.test(id)) throw not("a collection without id");
    if (typeof metric !== "string") throw not("a collection whose configuration_json names no space");
    return { id, metric, dim: isCount(dimension) ? dimension : undefined };
  };

  return {
    async version() {
      const what = "ask for the version";
      const path = "/api/v2/version";
      const answer = await calls.ask(what, { method: "GET", path }, isAbsent).catch((error: unknown) => {
        throw calls.gaveUp(what, error);
      });
      if (isAbsent(answer)) {
        const older = await calls.ask(what, { method: "GET", path: "/api/v1/heartbeat" }, () => true);
        if (fieldsIn(older.text)?.["nanosecond heartbeat"] === undefined)
          throw not(`status ${answer.status} for ${path}`);
        throw new InputError(
          `Cannot load into Chroma at ${place}: it has only the v1 API; Chroma 1.0 or later is needed`,
        );
      }
      const version = taken(what, answer);
      if (typeof version !== "string") throw not(`${path} is no text`);
      if (version.startsWith("0."))
        throw new InputError(`Cannot load into Chroma ${shown(version, 20)} at ${place}: 1.0 or later is needed`);
      return shown(version, 20);
    },
    async limits() {
      const what = "ask for the limits";
      const fields = asFields(taken(what, await get(what, "/api/v2/pre-flight-checks")));
      const maxBatch = fields?.["max_batch_size"];
      if (!isCount(maxBatch) || maxBatch === 0) throw not("/api/v2/pre-flight-checks without max_batch_size");
      return { maxBatch, takesBase64: fields?.["supports_base64_encoding"] === true };
    },
    async find(name) {
      const what = `find collection "${name}"`;
      const answer = await get(what, `${COLLECTIONS}/${name}`);
      return answer.status === 404 ? undefined : collectionOf(what, answer);
    },
    async make(name, metric) {
      const what = `make collection "${name}"`;
      const body = { name, configuration: { hnsw: { space: metric } }, get_or_create: true };
      return collectionOf(what, await post(what, COLLECTIONS, JSON.stringify(body)));
    },
    async count(id) {
      const what = "count the records";
      const count = taken(what, await get(what, `${COLLECTIONS}/${id}/count`));
      if (!isCount(count)) throw not("the count of a collection is no number");
      return count;
    },
    async held(id, ids) {
      const what = "look for records";
      const answer = await post(what, `${COLLECTIONS}/${id}/get`, JSON.stringify({ ids, include: [] }));
      const found = asFields(taken(what, answer))?.["ids"];
      if (!Array.isArray(found)) throw not("records without ids");
      return new Set<unknown>(found);
    },
    async upsert(id, what, body) {
      const answer = await post(what, `${COLLECTIONS}/${id}/upsert`, body);
      if (OF_RECORDS.includes(answer.status)) return { reason: words(answer), isTooLarge: answer.status === 413 };
      taken(what, answer);
      return undefined;
    },
  };
}

/** What is missing, in Chroma's words: another server says it otherwise. */
function isRefusal(answer: HttpAnswer): boolean {
  return answer.status === 404 && typeof fieldsIn(answer.text)?.["message"] === "string";
}

function isAbsent({ status }: HttpAnswer): boolean {
  return status === 404 || status === 405 || status === 410;
}

function words(answer: HttpAnswer): string {
  const { code, reason } = refusalOf(answer);
  return `${code}: ${reason}`;
}

function refusalOf({ status, text }: HttpAnswer): { code: string; reason: string } {
  const { error, message } = fieldsIn(text) ?? {};
  if (typeof error === "string" && typeof message === "string")
    return { code: shown(error, 60), reason: shown(message) };
  return { code: `HTTP ${status}`, reason: shown(text) || "no reason given" };
}
