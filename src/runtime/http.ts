import { Buffer } from "node:buffer";
import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { onAbort } from "./abort.ts";
import { ConnectionLost, lossOfService } from "./connection.ts";

// Requests whose whole answer is text. By node:http and not by fetch: in Node 20, fetch spends five times the processor time on a small POST.

export interface HttpRequest {
  readonly method: "GET" | "POST";
  /** With its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: Uint8Array | string | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

export interface HttpClient {
  /** The whole answer, whatever its status. Throws `ConnectionLost`, or the signal's reason. */
  send(request: HttpRequest): Promise<HttpAnswer>;
  /** Ends the connections; requests under way fail. */
  close(): void;
}

export interface HttpOptions {
  /** An abort ends what is under way. */
  readonly signal?: AbortSignal | undefined;
  /** How long a server may say nothing. */
  readonly silenceMs: number;
  readonly maxAnswerBytes: number;
}

const MAX_CONNECTIONS = 256; // more than any caller has requests under way

/** A client of one server that keeps its connections for the next requests. */
export function openHttp(origin: URL, { signal, silenceMs, maxAnswerBytes }: HttpOptions): HttpClient {
  const underWay = new Set<(reason: unknown) => void>();
  const release = onAbort(signal, (reason) => {
    for (const fail of underWay) fail(reason);
  });
  let opened: Promise<Opened> | undefined;
  let isClosed = false;

  return {
    async send(request) {
      signal?.throwIfAborted();
      opened ??= open(origin.protocol);
      const { start, agent } = await opened;
      signal?.throwIfAborted();
      if (isClosed) throw new Error(`Cannot send a request to ${origin.host}: the client is closed`);
      return exchange(
        (answered) => start(requestOptions(origin, request, agent), answered),
        request.body,
        { silenceMs, maxAnswerBytes },
        underWay,
      );
    },
    close() {
      isClosed = true;
      release();
      for (const fail of underWay) fail(new Error(`The connection to ${origin.host} was closed by this program`));
      opened?.then(
        ({ agent }) => agent.destroy(),
        () => {},
      );
    },
  };
}

interface Opened {
  readonly agent: Agent;
  start(options: RequestOptions, answered: (answer: IncomingMessage) => void): ClientRequest;
}

async function open(protocol: string): Promise<Opened> {
  const { Agent: KeepingAgent, request } =
    protocol === "https:" ? await import("node:https") : await import("node:http");
  return { agent: new KeepingAgent({ keepAlive: true, maxSockets: MAX_CONNECTIONS }), start: request };
}

function requestOptions(origin: URL, { method, path, headers, body }: HttpRequest, agent: Agent): RequestOptions {
  const length = body === undefined ? undefined : typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
  return {
    agent,
    method,
    path,
    protocol: origin.protocol,
    hostname: origin.hostname.replace(/^\[(.*)\]$/, "$1"), // an IPv6 address
    port: origin.port,
    headers: { ...headers, ...(length === undefined ? {} : { "content-length": length }) },
  };
}

/** One request and its answer. Whatever happens, it settles: at the latest when nothing has come for `silenceMs`. */
function exchange(
  start: (answered: (answer: IncomingMessage) => void) => ClientRequest,
  body: HttpRequest["body"],
  limits: { silenceMs: number; maxAnswerBytes: number },
  underWay: Set<(reason: unknown) => void>,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout>;
    let request: ClientRequest | undefined;
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
      clearTimeout(timer);
      underWay.delete(fail);
    };
    const fail = (reason: unknown): void => {
      if (isSettled) return;
      settle();
      reject(reason);
      request?.destroy();
    };
    const silence = `no word from it for ${limits.silenceMs / 1000} s`;
    const expectWord = (): void => {
      clearTimeout(timer);
      if (isSettled) return;
      timer = setTimeout(() => fail(new ConnectionLost("silent", silence)), limits.silenceMs);
    };
    const lost = (error?: unknown): void => {
      if (!isSettled) fail(lossOfService(error));
    };
    underWay.add(fail);
    expectWord();
    try {
      request = start((answer) => {
        const chunks: Uint8Array[] = [];
        let size = 0;
        answer.on("data", (chunk: Uint8Array) => {
          expectWord();
          chunks.push(chunk);
          size += chunk.length;
          if (size > limits.maxAnswerBytes)
            fail(new Error(`Cannot read an answer of more than ${limits.maxAnswerBytes} bytes: ask for smaller pages`));
        });
        answer.on("end", () => {
          if (!answer.complete) return lost();
          settle();
          const retryAfter = answer.headers["retry-after"];
          resolve({ status: answer.statusCode!, retryAfter, text: Buffer.concat(chunks, size).toString() });
        });
        answer.on("error", lost);
        answer.on("close", () => lost()); // which comes after the end too
      });
      request.on("error", lost);
      request.end(body);
    } catch (error) {
      lost(error);
    }
  });
}
