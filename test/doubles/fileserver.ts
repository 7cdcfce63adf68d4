import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface ServedFile {
  readonly bytes: Uint8Array;
  /** With its quotation marks. */
  readonly etag?: string;
  readonly modified?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How files are sent; may be changed while the server runs. */
export interface Manner {
  /** How many bytes of an answer's body are sent before the connection is cut, by the number of the answer; none cuts nothing. */
  cutAfter?: ((path: string, number: number) => number | undefined) | undefined;
  bytesPerSecond?: number | undefined;
  ignoresRanges?: boolean | undefined;
  /** Without Content-Length. */
  isChunked?: boolean | undefined;
  /** Nor does it tell how long the whole is of which it sends a part. */
  hidesLength?: boolean | undefined;
}

interface SeenRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Server {
  readonly url: string;
  readonly requests: SeenRequest[];
  close(): Promise<void>;
}

const PIECE_BYTES = 16_384;

/** A server whose requests are noted. `host` is 127.0.0.1 or localhost, which are two hosts to a client. */
export async function startServer(
  answer: (request: IncomingMessage, response: ServerResponse, path: string) => void,
  host = "127.0.0.1",
): Promise<Server> {
  const requests: SeenRequest[] = [];
  const server = createServer((request, response) => {
    response.on("error", () => {});
    const path = request.url ?? "/";
    requests.push({ path, headers: request.headers });
    answer(request, response, path);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A storage behind a content network: ranges, conditions, and a refusal of whoever sends a login of another host (as S3 does). */
export async function startStorage(
  files: Map<string, ServedFile>,
  manner: Manner = {},
  host = "localhost",
): Promise<Server> {
  const counts = new Map<string, number>();
  return startServer((request, response, url) => {
    const path = decodeURIComponent(new URL(url, "http://x").pathname);
    const number = counts.get(path) ?? 0;
    counts.set(path, number + 1);
    const file = files.get(path);
    if (request.headers.authorization !== undefined) return void response.writeHead(400).end("only one login");
    if (!file) return void response.writeHead(404).end("not there");
    void sendFile(file, request, response, manner, manner.cutAfter?.(path, number));
  }, host);
}

/** Sends a file, or the part of it that is asked for. */
export async function sendFile(
  { bytes, etag, modified, headers = {} }: ServedFile,
  request: IncomingMessage,
  response: ServerResponse,
  manner: Manner,
  cut: number | undefined,
): Promise<void> {
  const about = {
    ...headers,
    ...(etag === undefined ? {} : { etag }),
    ...(modified === undefined ? {} : { "last-modified": modified }),
  };
  const condition = request.headers["if-range"];
  const holds = condition === undefined || condition === etag || condition === modified;
  const [, first, last] =
    (!manner.ignoresRanges && holds && /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "")) || [];
  const from = first === undefined ? 0 : Number(first);
  const end = last ? Math.min(Number(last) + 1, bytes.length) : bytes.length;
  if (first !== undefined && from >= bytes.length)
    return void response.writeHead(416, { ...about, "content-range": `bytes */${bytes.length}` }).end();
  const part = bytes.subarray(from, end);
  const range =
    first === undefined
      ? {}
      : { "content-range": `bytes ${from}-${end - 1}/${manner.hidesLength ? "*" : bytes.length}` };
  const length = manner.isChunked ? {} : { "content-length": String(part.length) };
  response.writeHead(first === undefined ? 200 : 206, { ...about, ...range, ...length });
  const sent = cut === undefined ? part.length : Math.min(cut, part.length);
  for (let at = 0; at < sent && !response.destroyed; at += PIECE_BYTES) {
    const piece = part.subarray(at, Math.min(at + PIECE_BYTES, sent));
    if (!response.write(piece))
      await Promise.race([
        new Promise((resolve) => response.once("drain", resolve)),
        sleep(5000, undefined, { ref: false }),
      ]);
    if (manner.bytesPerSecond) await sleep((1000 * piece.length) / manner.bytesPerSecond);
  }
  if (cut === undefined || cut >= part.length) return void response.end();
  await sleep(200); // what was written arrives, and is taken on a loaded machine too
  response.destroy();
}
