import { createDecimalWriter } from "../../core/decimals.ts";
import { createCore } from "../../core/instance.ts";
import { InputError } from "../../data/errors.ts";
import type { StoreRecord } from "../../data/records.ts";
import { sha256 } from "../../runtime/files.ts";
import { openEngram } from "./client.ts";
import type { Store, StoreOptions } from "../store.ts";

const DIM = 768;
const MAX_CONTENT_BYTES = 100_000;
const MAX_BODY_BYTES = 2 * 1024 * 1024;
const MIN_GIVEN_UP = 3; // memories in a row that end a run: one may be to blame itself

/** An Engram as a store of records. Throws `InputError` where there is none, or the embeddings are of another length. */
export async function openEngramStore(options: StoreOptions): Promise<Store> {
  const { endpoint, name: space, dim, sample, concurrent } = options;
  if (dim !== DIM) throw new InputError(`Vectors of ${dim} values are not allowed: Engram takes ${DIM}`);
  const engram = openEngram({ ...options, endpoint, space });
  const place = `${endpoint.replace(/\/+$/, "")}${space === undefined ? "" : `, space ${space}`}`;
  const needsContent = sample.some(({ fields }) => fields["content"] !== undefined);
  const bodyOf = createBodyWriter();
  let givenUp = 0; // in a row

  const send = async (record: StoreRecord): Promise<string | undefined> => {
    const fault = faultOf(record, needsContent);
    if (fault !== undefined) return fault;
    let id: string;
    let body: Uint8Array | string;
    try {
      id = idOf(record);
      body = bodyOf(record, id);
    } catch (error) {
      if (error instanceof RangeError) return "it is nested too deeply";
      throw error;
    }
    if ((typeof body === "string" ? byteLength(body) : body.byteLength) > MAX_BODY_BYTES)
      return `it takes more than ${MAX_BODY_BYTES} bytes as JSON`;
    const outcome = await engram.rememberBody(id, body);
    if (outcome.stored) {
      givenUp = 0;
      return undefined;
    }
    const refusal = `${outcome.code}: ${outcome.reason}`;
    givenUp = outcome.mayPass ? givenUp + 1 : 0;
    if (givenUp >= Math.max(concurrent, MIN_GIVEN_UP))
      throw new Error(`Cannot store memories at ${place}: ${refusal} (${givenUp} in a row)`);
    return refusal;
  };

  try {
    const { status, version } = await engram.health();
    return {
      place,
      description: `Engram ${version}, ${status}${status === "healthy" ? "" : ": it may refuse or lose memories"}`,
      hasRowIds: false,
      maxBatch: 1, // there is no bulk route
      batchesUnderWay: concurrent,
      isEmbedded: false,
      async prepare() {}, // a space comes to be with its first memory
      part: () => undefined,
      count: async () => (await engram.counts()).total,
      async write(records, settle) {
        for (const record of records) settle(record, await send(record));
      },
      async absent(records) {
        const absent: StoreRecord[] = [];
        const left = records.values();
        const look = async (): Promise<void> => {
          for (const record of left) if (!(await engram.has(idOf(record)))) absent.push(record);
        };
        await Promise.all(Array.from({ length: concurrent }, look));
        return absent;
      },
      async finish() {},
      close: engram.close,
    };
  } catch (error) {
    await engram.close();
    throw error;
  }
}

/** The record's id, or one that stands for all that is stored of it. */
function idOf(record: StoreRecord): string {
  if (record.id !== undefined) return record.id; // before the embedding is read, which takes as long as all else
  const { row, fields } = record;
  const { buffer, byteOffset, byteLength: length } = record.embedding;
  const sum = sha256(JSON.stringify(fields) + sha256(new Uint8Array(buffer, byteOffset, length)));
  return `${sum.slice(0, 12)}-${String(row).padStart(7, "0")}`;
}

/** Why Engram would not take it, or undefined. */
function faultOf({ id, fields }: Pick<StoreRecord, "id" | "fields">, needsContent: boolean): string | undefined {
  const { content, confidence } = fields;
  if (id?.isWellFormed() === false) return "its id has half of a character in it (a lone surrogate)";
  const isGiven = confidence !== undefined && confidence !== null;
  if (content === undefined && needsContent) return "it has no content";
  if (content !== undefined && typeof content !== "string") return "its content is no text";
  if (content?.trim() === "") return "its content is empty";
  const bytes = byteLength(content ?? "");
  if (bytes > MAX_CONTENT_BYTES) return `its content has ${bytes} bytes: Engram takes ${MAX_CONTENT_BYTES}`;
  const isConfidence = typeof confidence === "number" && confidence >= 0 && confidence <= 1;
  if (isGiven && !isConfidence) return `its confidence is ${JSON.stringify(confidence)}: expected a number from 0 to 1`;
  return undefined;
}

/** The JSON of a memory; where the input gives no text, the row and its fields are the content. */
function createBodyWriter(): (record: StoreRecord, id: string) => Uint8Array | string {
  const write = createDecimalWriter(createCore(), DIM);
  const decoder = new TextDecoder();
  return (record, id) => {
    const { row, fields, json } = record;
    if (json !== undefined && fields["content"] !== undefined) return json;
    const content = fields["content"] ?? `Row ${row}: ${JSON.stringify(fields)}`;
    const others = JSON.stringify({ ...fields, content }).slice(1);
    return `{"id":${JSON.stringify(id)},"embedding":[${decoder.decode(write(record.embedding))}],${others}`;
  };
}

function byteLength(text: string): number {
  return text.length * 3 <= MAX_CONTENT_BYTES ? text.length : new TextEncoder().encode(text).length;
}
