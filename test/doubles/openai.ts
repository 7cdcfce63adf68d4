// A stand-in for `POST /v1/embeddings` of OpenAI, with its limits, its bill and, on demand, its faults. By hand:
// `node --import tsx test/doubles/openai.ts --help`
import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { errorAnswer, Refusal, type Answer } from "./openaianswers.ts";
import { createBucket } from "./openaibucket.ts";
import { faultState, type OpenaiFaults } from "./openaifaults.ts";
import { openaiRoutes, type OpenaiBill } from "./openairoutes.ts";

export interface OpenaiDoubleOptions {
  readonly host?: string | undefined;
  /** 0, the default: any that is free. */
  readonly port?: number | undefined;
  /** Of the faults. */
  readonly seed?: number | undefined;
  /** The one key that is let in. */
  readonly key?: string | undefined;
  /** Texts with this in them are refused. */
  readonly poison?: string | undefined;
  readonly requestsPerMinute?: number | undefined;
  readonly tokensPerMinute?: number | undefined;
  /** How much of these rates may be used at once, in milliseconds: a minute's. */
  readonly burstMs?: number | undefined;
  /** Milliseconds, for the limits. */
  readonly now?: (() => number) | undefined;
  readonly faults?: OpenaiFaults | undefined;
}

export interface OpenaiDouble {
  /** What `OPENAI_BASE_URL` is for it. */
  readonly url: string;
  readonly port: number;
  readonly key: string;
  readonly bill: OpenaiBill;
  readonly counters: { requests: number; readonly statuses: ReadonlyMap<number, number> };
  /** Changes the faults that it names; the others stay. */
  setFault(faults: OpenaiFaults): void;
  stop(): Promise<void>;
}

const KEY = "sk-double-0123456789abcdef";

export async function startOpenai(options: OpenaiDoubleOptions = {}): Promise<OpenaiDouble> {
  const { host = "127.0.0.1", key = KEY, now = () => performance.now() } = options;
  const faults = faultState(options.faults ?? {}, options.seed ?? 1);
  const bucketOf = (limit: number | undefined) =>
    limit === undefined ? undefined : createBucket(limit, now, options.burstMs);
  const { answerTo, bill } = openaiRoutes({
    ...{ faults, key, poison: options.poison },
    requests: bucketOf(options.requestsPerMinute),
    tokens: bucketOf(options.tokensPerMinute),
  });
  const statuses = new Map<number, number>();
  const counters = { requests: 0, statuses };
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
    if (faults.strikes("cutRequest")) return void request.socket.destroy();
    const answer = await readBody(request)
      .then((body) => answerTo({ method: request.method!, url: request.url!, headers: request.headers, body }))
      .catch(refused);
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    if (answer.status === 200 && faults.strikes("silent")) return;
    const isCut = answer.status === 200 && faults.strikes("cutAnswer");
    const isStalled = answer.status === 200 && faults.strikes("stalled");
    const send = () => write(response, answer, isCut ? "cut" : isStalled ? "stalled" : "whole");
    if (faults.now.delayMs) later(faults.now.delayMs, send);
    else send();
  };
  const server = createServer((request, response) => void handle(request, response));
  server.listen(options.port ?? 0, host);
  await new Promise<void>((resolve, reject) => {
    server.once("listening", resolve);
    server.once("error", reject);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}/v1`,
    ...{ port, key, bill, counters },
    setFault: faults.set,
    async stop() {
      for (const timer of timers) clearTimeout(timer);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function readBody(request: IncomingMessage): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    request.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    request.on("end", () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    request.on("error", reject);
  });
}

function refused(error: unknown): Answer {
  return error instanceof Refusal ? error.answer : errorAnswer(500, { message: String(error), type: "server_error" });
}

function write(response: ServerResponse, { status, body, headers }: Answer, how: "whole" | "cut" | "stalled"): void {
  response.writeHead(status, {
    "content-type": body.startsWith("<") ? "text/html" : "application/json",
    "content-length": Buffer.byteLength(body),
    ...headers,
  });
  if (how === "whole") return void response.end(body);
  response.write(body.slice(0, body.length >> 1), () => {
    if (how === "cut") response.socket?.destroy();
  });
}

const script = process.argv[1];
if (script !== undefined && import.meta.url === pathToFileURL(script).href) {
  const { runByHand } = await import("./openaibyhand.ts");
  await runByHand(process.argv.slice(2), startOpenai);
}
