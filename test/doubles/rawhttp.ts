import { Buffer } from "node:buffer";
import { request, type IncomingHttpHeaders } from "node:http";

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface RawRequest {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array | undefined;
}

/** One request on a connection of its own, without the code that is tested; throws when the connection is cut. */
export function rawRequest(url: string, { method = "GET", headers = {}, body }: RawRequest = {}): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (answer) => {
      const chunks: Uint8Array[] = [];
      answer.on("data", (chunk: Uint8Array) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("close", () => reject(new Error("cut")));
      answer.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        if (answer.complete) resolve({ status: answer.statusCode!, headers: answer.headers, text });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** A POST of JSON; a string goes as it is. */
export function postJson(url: string, body: unknown, headers: Record<string, string> = {}): Promise<RawAnswer> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return rawRequest(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: text });
}
