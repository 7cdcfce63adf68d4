import { Buffer } from "node:buffer";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

/** A request that has come in as a whole. */
export interface DoubleRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Its first bytes where there are more than are let in. */
  readonly body: Uint8Array;
  /** Of the whole body. */
  readonly byteLength: number;
}

/** An answer as it is written. */
export interface DoubleAnswer {
  readonly status: number;
  /** HTML is known by its first letter. */
  readonly body: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** How much of an answer is sent: of one that is cut or stalls half, and then the connection is closed or stays open. */
type Portion = "whole" | "cut" | "stalled" | "nothing";

/** Ends the handling of a request with this answer. */
export class Refusal<Answer> extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super("refused");
    this.answer = answer;
  }
}

export interface DoubleCounters {
  requests: number;
  connections: number;
  readonly statuses: Map<number, number>;
}

/** What makes a server one of a kind. */
export interface HttpDoubleOptions {
  readonly host?: string | undefined;
  /** 0, the default: any that is free. */
  readonly port?: number | undefined;
  readonly counters: DoubleCounters;
  /** Of a body; what comes after them is read and forgotten. */
  readonly maxBodyBytes?: number;
  /** Whether the request is left without an answer before its body is read, on a connection that is cut or stays open. */
  left(url: string): "cut" | "silent" | undefined;
  answerTo(request: DoubleRequest): DoubleAnswer;
  /** The answer where that threw, or the request broke off. */
  refused(error: unknown): DoubleAnswer;
  /** How much of an answer is sent. */
  portion(answer: DoubleAnswer, url: string): Portion;
  /** Milliseconds before an answer. */
  delayMs(): number | undefined;
}

export interface HttpDouble {
  readonly origin: string;
  readonly port: number;
  /** Ends it as a crash would: connections are cut, and nothing listens there. */
  stop(): Promise<void>;
  /** Listens again, on the same port. */
  restart(): Promise<void>;
}

export async function startHttpDouble(options: HttpDoubleOptions): Promise<HttpDouble> {
  const { host = "127.0.0.1", counters, maxBodyBytes = Infinity } = options;
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
    const url = request.url!;
    const left = options.left(url);
    if (left === "cut") return void request.socket.destroy();
    if (left === "silent") return void request.resume();
    const { method, headers } = request;
    const answer = await readBody(request, maxBodyBytes)
      .then((body) => options.answerTo({ method: method!, url, headers, ...body }))
      .catch(options.refused);
    counters.statuses.set(answer.status, (counters.statuses.get(answer.status) ?? 0) + 1);
    const portion = options.portion(answer, url);
    if (portion === "nothing") return;
    const delayMs = options.delayMs();
    if (delayMs) later(delayMs, () => write(response, answer, portion));
    else write(response, answer, portion);
  };
  let server: Server;
  const listen = async (port: number): Promise<number> => {
    server = createServer((request, response) => void handle(request, response));
    server.on("connection", () => counters.connections++);
    server.listen(port, host);
    await new Promise<void>((resolve, reject) => {
      server.once("listening", resolve);
      server.once("error", reject);
    });
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(options.port ?? 0);
  return {
    origin: `http://${host}:${port}`,
    port,
    async stop() {
      for (const timer of timers) clearTimeout(timer);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
    restart: async () => void (await listen(port)),
  };
}

function readBody(request: IncomingMessage, maxBytes: number): Promise<{ body: Uint8Array; byteLength: number }> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let byteLength = 0;
    request.on("data", (chunk: Uint8Array) => {
      byteLength += chunk.length;
      if (byteLength <= maxBytes) chunks.push(chunk);
    });
    request.on("end", () => resolve({ body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks), byteLength }));
    request.on("error", reject);
  });
}

function write(response: ServerResponse, { status, body, type, headers }: DoubleAnswer, portion: Portion): void {
  response.writeHead(status, {
    "content-type": body.startsWith("<") ? "text/html" : (type ?? "application/json"),
    "content-length": Buffer.byteLength(body),
    ...headers,
  });
  if (portion === "whole") return void response.end(body);
  response.write(body.slice(0, body.length >> 1), () => {
    if (portion === "cut") response.socket?.destroy();
  });
}

/** What runs something with a double of its own, which is stopped afterwards. */
export function using<Options, Double extends { stop(): Promise<void> }>(start: (options: Options) => Promise<Double>) {
  return async (options: Options, use: (double: Double) => Promise<void>): Promise<void> => {
    const double = await start(options);
    try {
      await use(double);
    } finally {
      await double.stop();
    }
  };
}
