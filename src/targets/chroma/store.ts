import { InputError } from "../../data/errors.ts";
import { CHROMA, chromaApi, type ChromaCollection } from "./api.ts";
import { createBodyWriter } from "./body.ts";
import { createRowMaker } from "./rows.ts";
import { createChromaWriter } from "./write.ts";
import { httpEndpoint } from "../httpendpoint.ts";
import type { Store, StoreOptions } from "../store.ts";
import { storeCalls } from "../storecalls.ts";

const ENDPOINT = "http://localhost:8000";
const COLLECTION = "seedbed";
const BASE_MS = 250;
const SILENCE_MS = 120_000; // it answers when all is indexed, which took 36 s beside a collection of long documents

// It takes one batch at a time, whatever is sent: measured with 1, 2 and 4, batches of 1000 made 2980, 3250 and 3290 rows a
// second, and each waited as long as all before it. A second one travels while the first is indexed.
const OF_USE_AT_A_TIME = 2;

/** A collection of a Chroma as a store of records. Throws `InputError` where there is none that fits. */
export async function openChroma(options: StoreOptions): Promise<Store> {
  const { name = COLLECTION, dim, metric, concurrent } = options;
  checkOptions(name, options);
  const calls = storeCalls({
    service: CHROMA,
    endpoint: httpEndpoint(options.endpoint, ENDPOINT),
    headers: options.token === undefined ? {} : { "x-chroma-token": options.token },
    signal: options.signal,
    onRetry: options.onRetry,
    tries: options.tries,
    baseMs: options.baseMs ?? BASE_MS,
    silenceMs: SILENCE_MS,
  });
  const api = chromaApi(calls);
  const place = `${calls.place}, collection ${name}`;
  const checked = (found: ChromaCollection): ChromaCollection => {
    const wrong = (what: string) => new InputError(`Cannot use collection "${name}" at ${calls.place}: ${what}`);
    if (found.dim !== undefined && found.dim !== dim)
      throw wrong(`its dimension is ${found.dim}, the vectors have ${dim}; name another with --collection`);
    if (found.metric !== metric)
      throw wrong(
        `its metric is ${found.metric}, not ${metric}; give --metric ${found.metric}, or another --collection`,
      );
    return found;
  };
  try {
    const version = await api.version();
    const { maxBatch, takesBase64 } = await api.limits();
    const found = await api.find(name);
    if (!found && !options.create)
      throw new InputError(
        `Collection "${name}" is not there at ${calls.place}: add --create, or name one that is with --collection`,
      );
    let collection = found && checked(found);
    const rowOf = createRowMaker(options.sample);
    const send = createChromaWriter(api, createBodyWriter(dim, takesBase64), maxBatch);
    const ready = async (): Promise<string> => (collection ??= checked(await api.make(name, metric))).id;
    return {
      place,
      description: `Chroma, API ${version}`,
      hasRowIds: true,
      maxBatch,
      batchesUnderWay: Math.min(concurrent, OF_USE_AT_A_TIME),
      isEmbedded: false,
      prepare: async () => void (await ready()),
      part: () => collection?.id,
      count: async () => (collection ? api.count(collection.id) : 0),
      async write(records, settle) {
        const id = await ready();
        const rows = [];
        for (const record of records) {
          const row = rowOf(record);
          if (typeof row === "string") settle(record, row);
          else rows.push(row);
        }
        await send(id, rows, settle);
      },
      async absent(records) {
        if (!collection) return records;
        const absent = [];
        for (let first = 0; first < records.length; first += maxBatch) {
          const some = records.slice(first, first + maxBatch);
          const held = await api.held(
            collection.id,
            some.map(({ row }) => String(row)),
          );
          absent.push(...some.filter(({ row }) => !held.has(String(row))));
        }
        return absent;
      },
      async finish() {}, // it indexes as records come
      async close() {
        calls.close();
      },
    };
  } catch (error) {
    calls.close();
    throw error;
  }
}

/** Throws `InputError` for what no Chroma takes. */
function checkOptions(name: string, { index, token }: StoreOptions): void {
  const isName = /^[a-zA-Z0-9][a-zA-Z0-9._-]{1,510}[a-zA-Z0-9]$/.test(name);
  if (!isName || name.includes("..") || /^\d+\.\d+\.\d+\.\d+$/.test(name)) {
    const expected = "3 to 512 characters of a-z, A-Z, 0-9, ., _ and -, a letter or digit first and last";
    throw new InputError(`Collection "${name}": expected ${expected}, no .. and no IP address`);
  }
  if (index !== "hnsw") throw new InputError(`Index ${index} is not allowed for Chroma: it always has hnsw`);
  if (token !== undefined && !/^[!-~]+$/.test(token))
    throw new InputError("Token: expected printable characters without spaces");
}
