import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { onAbort } from "../abort.ts";
import { lossOfService } from "../connection.ts";
import type { HttpAnswer, Room } from "./answer.ts";
import { createConnection, type Connection } from "./connection.ts";

// Requests whose whole answer fits into memory. Over sockets, because node:http and fetch spend more processor time on a small
// request than all else that a record needs (`bench/rawsender.ts` measures both).

export interface HttpRequest {
  readonly method: "GET" | "POST";
  /** With its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: Uint8Array | string | undefined;
  /** Where the body of the answer may go, for callers that use the room again. */
  readonly room?: Room | undefined;
  /** An abort ends this request, and its connection. */
  readonly signal?: AbortSignal | undefined;
}

export interface HttpClient {
  /**
   * The whole answer, whatever its status; redirects are not followed. Throws `ConnectionLost`, or a signal's reason. A
   * body must not change until then.
   */
  send(request: HttpRequest): Promise<HttpAnswer>;
  /** Ends the connections, which otherwise hold the process; requests under way fail. */
  close(): void;
}

export interface HttpOptions {
  /** An abort ends what is under way. */
  readonly signal?: AbortSignal | undefined;
  /** How long a server may say nothing. */
  readonly silenceMs: number;
  readonly maxAnswerBytes: number;
}

const PATH = /^\/[!-~]*$/;
const HEADER = /^[!-9;-~]+: [\t -~\x80-\xff]*$/;

type Connect = (closed: () => void) => Socket;

/** A client of one server that keeps its connections for the next requests: as many as it had under way at once. */
export function openHttp(origin: URL, { signal, ...limits }: HttpOptions): HttpClient {
  const all = new Set<Connection>();
  const idle: Connection[] = []; // the one that was used last is used first
  let opening: Promise<Connect> | undefined;
  let isClosed = false;
  const endAll = (reason: unknown): void => {
    for (const connection of all) connection.end(reason);
    all.clear();
  };
  const release = onAbort(signal, endAll);

  const open = (connect: Connect): Connection => {
    const connection: Connection = createConnection(
      connect(() => all.delete(connection)),
      limits,
    );
    all.add(connection);
    return connection;
  };
  const ready = (connect: Connect): Connection => {
    for (let connection = idle.pop(); connection; connection = idle.pop()) {
      if (connection.isReady()) return connection;
      connection.end(undefined);
    }
    return open(connect);
  };

  return {
    async send(request) {
      const connect = await (opening ??= connecting(origin));
      signal?.throwIfAborted();
      request.signal?.throwIfAborted();
      if (isClosed) throw new Error(`Cannot send a request to ${origin.host}: the client is closed`);
      const head = headOf(origin, request);
      const connection = ready(connect);
      const forget = onAbort(request.signal, connection.end);
      const answer = await connection.send(head, request.body, request.room).finally(forget);
      if (connection.isReady()) idle.push(connection);
      return answer;
    },
    close() {
      isClosed = true;
      release();
      endAll(new Error(`The connection to ${origin.host} was closed by this program`));
    },
  };
}

/** How to open a connection; the modules for it are loaded when one is. */
async function connecting(origin: URL): Promise<Connect> {
  const host = origin.hostname.replace(/^\[(.*)\]$/, "$1"); // an IPv6 address
  const isSecure = origin.protocol === "https:";
  const port = origin.port === "" ? (isSecure ? 443 : 80) : Number(origin.port);
  const net = await import("node:net");
  const options = { host, port, noDelay: true };
  let start = (): Socket => net.connect(options);
  if (isSecure) {
    const tls = await import("node:tls");
    const servername = net.isIP(host) ? "" : host;
    start = () => tls.connect({ ...options, servername, ALPNProtocols: ["http/1.1"] });
  }
  return (closed) => {
    try {
      return start().once("close", closed);
    } catch (error) {
      throw lossOfService(error);
    }
  };
}

/** The lines before a request's body. Throws an `Error` for what would break out of them. */
function headOf(origin: URL, { method, path, headers, body }: HttpRequest): string {
  const lines = [`${method} ${path} HTTP/1.1`, `host: ${origin.host}`];
  for (const name in headers) lines.push(`${name}: ${headers[name]}`);
  if (body !== undefined) {
    lines.push(`content-length: ${typeof body === "string" ? Buffer.byteLength(body) : body.byteLength}`);
  }
  if (!PATH.test(path) || !lines.every((line, at) => at === 0 || HEADER.test(line))) {
    throw new Error(`Cannot send a request to ${origin.host}: a character in its path or headers is not allowed`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}
