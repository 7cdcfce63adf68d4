import { Buffer } from "node:buffer";
import { Agent, createServer, request, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

/** A request that came by. */
export interface ProxiedRequest {
  /** From 0. */
  readonly number: number;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface ProxyAnswer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly text: string;
}

/** What becomes of a request that is not merely passed on. */
export type ProxyFault =
  /** Answers itself; the server never sees it. */
  | { readonly answer: ProxyAnswer }
  /** Cuts the connection; the server never sees it. */
  | "cut"
  /** Never answers; the server never sees it. */
  | "silence"
  /** The server does as it was asked, and then the connection is cut, or its answer is another. */
  | "cut after"
  | { readonly after: (answer: ProxyAnswer) => ProxyAnswer };

export interface FaultyProxy {
  readonly url: string;
  readonly requests: readonly ProxiedRequest[];
  close(): Promise<void>;
}

/** Stands before a server and does what a real one cannot be made to do. */
export async function startProxy(
  target: string,
  faultOf: (request: ProxiedRequest) => ProxyFault | undefined = () => undefined,
): Promise<FaultyProxy> {
  const requests: ProxiedRequest[] = [];
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, outgoing) => {
    const chunks: Uint8Array[] = [];
    incoming.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    incoming.on("error", () => {});
    incoming.on("end", () => {
      const body = Buffer.concat(chunks);
      const { method = "GET", url = "/", headers } = incoming;
      const seen = { number: requests.length, method, path: url, headers, body: body.toString() };
      requests.push(seen);
      const fault = faultOf(seen);
      const send = ({ status, headers: more, text }: ProxyAnswer): void => {
        outgoing.writeHead(status, { "content-type": "application/json", ...more });
        outgoing.end(text);
      };
      const cut = (): void => void incoming.socket.destroy();
      if (fault === "silence") return;
      if (fault === "cut") return cut();
      if (typeof fault === "object" && "answer" in fault) return send(fault.answer);
      const forwarded = request(target + url, { method, agent, headers: { ...headers, host: new URL(target).host } });
      forwarded.on("error", cut);
      forwarded.on("response", (answer) => {
        const parts: Uint8Array[] = [];
        answer.on("error", cut);
        answer.on("data", (part: Uint8Array) => parts.push(part));
        answer.on("end", () => {
          const given = { status: answer.statusCode!, text: Buffer.concat(parts).toString() };
          if (fault === "cut after") cut();
          else send(fault ? fault.after(given) : given);
        });
      });
      forwarded.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
