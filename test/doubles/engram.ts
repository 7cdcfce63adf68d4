// A stand-in for an Engram server, with its traps and, on demand, its faults. By hand:
// `node --import tsx test/doubles/engram.ts --help`
import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { errorAnswer, Refusal, refusePlainly, type Answer } from "./engramanswers.ts";
import { faultState, type Faults } from "./engramfaults.ts";
import { engramRoutes, type EngramCounters } from "./engramroutes.ts";
import { engramSpace, type EngramSpace, type StoredMemory, type Tier } from "./engramspace.ts";

export type { Faults } from "./engramfaults.ts";
export type { Tier } from "./engramspace.ts";

export interface EngramDoubleOptions {
  readonly host?: string | undefined;
  /** 0, the default: any that is free. */
  readonly port?: number | undefined;
  /** Of the order of pages, and of the faults. */
  readonly seed?: number | undefined;
  /** Memories that a space holds; the real one 100,000. */
  readonly capacity?: number | undefined;
  /** Whether near copies are dropped, which costs a search for each memory. */
  readonly dedup?: boolean | undefined;
  /** Whether a memory without an embedding gets the same one as all others, which makes them copies of each other. */
  readonly placeholder?: boolean | undefined;
  /** Pages in the order of a hash of the ids, new ones anywhere; or in another order after every change. */
  readonly order?: "hashed" | "shifting" | undefined;
  /** Tiers that are there: the hot one. The others answer 501. */
  readonly tiers?: readonly Tier[] | undefined;
  /** Where a memory lies: in the hot tier. */
  readonly tierOf?: ((id: string) => Tier) | undefined;
  /** What `Authorization: Bearer` must say; nothing by default. */
  readonly token?: string | undefined;
  readonly faults?: Faults | undefined;
}

export interface EngramDouble {
  readonly url: string;
  readonly port: number;
  readonly counters: EngramCounters;
  /** What the default space holds. */
  readonly memories: ReadonlyMap<string, StoredMemory>;
  space(name?: string): EngramSpace;
  /** Changes the faults that it names; the others stay. */
  setFault(faults: Faults): void;
  /** Ends it as a crash would: connections are cut, and nothing listens there. What was stored is on its disk. */
  kill(): Promise<void>;
  /** Listens again, on the same port, with what was stored. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const MAX_BODY_BYTES = 2 * 1024 * 1024;

export async function startEngram(options: EngramDoubleOptions = {}): Promise<EngramDouble> {
  const seed = options.seed ?? 1;
  const faults = faultState(options.faults ?? {}, seed);
  const spaces = new Map<string, EngramSpace>();
  const spaceNamed = (name: string): EngramSpace => {
    const space = spaces.get(name) ?? engramSpace(spaceOptions(options, seed));
    spaces.set(name, space);
    return space;
  };
  const { answerTo, counters } = engramRoutes({
    spaceNamed,
    faults,
    token: options.token,
    tiers: options.tiers ?? ["hot"],
  });
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const later = (ms: number, run: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      run();
    }, ms);
    timers.add(timer);
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    counters.requests++;
    const isStruck = !request.url!.startsWith("/health");
    if (isStruck && faults.strikes("cutRequest")) return cut(request.socket);
    if (isStruck && faults.strikes("silent")) return void request.resume();
    const answer = await readBody(request)
      .then((body) => answerTo({ method: request.method!, url: request.url!, headers: request.headers, body }))
      .catch(refused);
    counters.statuses.set(answer.status, (counters.statuses.get(answer.status) ?? 0) + 1);
    const send = () => write(response, answer, isStruck && faults.strikes("cutAnswer"));
    if (faults.now.delayMs) later(faults.now.delayMs, send);
    else send();
  };
  let server: Server;
  const listen = async (atPort: number): Promise<number> => {
    server = createServer((request, response) => void handle(request, response));
    server.on("connection", () => counters.connections++);
    server.listen(atPort, options.host ?? "127.0.0.1");
    await new Promise<void>((resolve, reject) => {
      server.once("listening", resolve);
      server.once("error", reject);
    });
    return (server.address() as AddressInfo).port;
  };
  const stop = async (): Promise<void> => {
    for (const timer of timers) clearTimeout(timer);
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };
  const port = await listen(options.port ?? 0);
  return {
    url: `http://${options.host ?? "127.0.0.1"}:${port}`,
    port,
    counters,
    memories: spaceNamed("default").memories,
    space: (name = "default") => spaceNamed(name),
    setFault: faults.set,
    kill: stop,
    restart: async () => void (await listen(port)),
    stop,
  };
}

function spaceOptions(options: EngramDoubleOptions, seed: number): Parameters<typeof engramSpace>[0] {
  return {
    seed,
    capacity: options.capacity ?? 100_000,
    dedup: options.dedup ?? true,
    placeholder: options.placeholder ?? true,
    order: options.order ?? "hashed",
    tierOf: options.tierOf ?? (() => "hot"),
  };
}

/** The bytes of a request for JSON; the framework looks at the type first, then at the size. */
function readBody(request: IncomingMessage): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    request.on("data", (chunk: Uint8Array) => {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
    });
    request.on("end", () => {
      try {
        const type = request.headers["content-type"] ?? "";
        if (request.method === "POST" && !/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type)) {
          refusePlainly(415, "Expected a request with Content-Type: application/json");
        }
        if (size > MAX_BODY_BYTES) refusePlainly(413, "The body is too large");
        resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
      } catch (error) {
        reject(error);
      }
    });
    request.on("error", reject);
  });
}

function refused(error: unknown): Answer {
  return error instanceof Refusal ? error.answer : errorAnswer("MEMORY_SYSTEM_ERROR", String(error));
}

function write(response: ServerResponse, { status, json, text = "", retryAfter }: Answer, isCut: boolean): void {
  const type = json === undefined ? "text/plain; charset=utf-8" : "application/json";
  const body = json === undefined ? text : typeof json === "string" ? json : JSON.stringify(json);
  response.writeHead(status, {
    "content-type": text.startsWith("<") ? "text/html" : type,
    "content-length": Buffer.byteLength(body),
    ...(retryAfter === undefined ? {} : { "retry-after": retryAfter }),
  });
  if (!isCut) return void response.end(body);
  response.write(body.slice(0, body.length >> 1), () => cut(response.socket));
}

function cut(socket: Socket | null): void {
  socket?.destroy();
}

const script = process.argv[1];
if (script !== undefined && import.meta.url === pathToFileURL(script).href) {
  const { runByHand } = await import("./engrambyhand.ts");
  await runByHand(process.argv.slice(2), startEngram);
}
