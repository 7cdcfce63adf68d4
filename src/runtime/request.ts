import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { InputError } from "../data/errors.ts";

const MAX_REDIRECTS = 10;
const SILENT_MS = 60_000;
const REDIRECTS = [301, 302, 303, 307, 308];

/** The connection was lost, or never came about; trying again may help. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";
}

/** An answer whose body was not read yet; read it, or `destroy` it. */
export type Answer = IncomingMessage & { readonly statusCode: number };

/**
 * Asks for a URL from byte `from` on, through redirects. Throws `ConnectionLost`, or `InputError` for what cannot be
 * followed. Of node:http, because the fetch of Node 20 may end the process when its body is given up.
 */
export async function get(url: URL, headers: Record<string, string>, signal?: AbortSignal): Promise<Answer> {
  for (let hops = 0; ; hops++) {
    const answer = await getOnce(url, headers, signal);
    const location = answer.headers.location;
    if (!REDIRECTS.includes(answer.statusCode) || location === undefined) return answer;
    answer.destroy();
    if (hops === MAX_REDIRECTS)
      throw new InputError(`Cannot read ${nameOf(url)}: more than ${MAX_REDIRECTS} redirects`);
    const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
    if (next?.protocol !== "http:" && next?.protocol !== "https:") {
      throw new InputError(`Cannot read ${nameOf(url)}: it redirects to something else than http and https`);
    }
    url = next;
  }
}

function getOnce(url: URL, headers: Record<string, string>, signal?: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const open = url.protocol === "https:" ? httpsRequest : httpRequest;
    const request = open(url, { headers: { ...headers, "accept-encoding": "identity" }, agent: false });
    const abort = () => request.destroy();
    const settle = () => signal?.removeEventListener("abort", abort);
    signal?.addEventListener("abort", abort, { once: true });
    request.setTimeout(SILENT_MS, () => request.destroy(new Error("the server is silent")));
    request.on("response", (answer) => {
      settle();
      answer.on("error", () => {}); // told to whoever reads it; nobody may, yet
      resolve(answer as Answer);
    });
    // Stays on: what happens to a request whose answer is being read is told here too.
    request.on("error", (cause) => {
      settle();
      reject(signal?.aborted ? signal.reason : new ConnectionLost(wordsOf(cause), { cause }));
    });
    request.end();
  });
}

/** A URL as messages name it: without the user's password. */
export function nameOf(url: URL): string {
  const shown = new URL(url);
  [shown.username, shown.password] = ["", ""];
  return shown.href;
}

/** The place that a user gave, without the password that a URL may have. */
export function withoutPassword(place: string): string {
  return URL.canParse(place) ? place.replace(/\/\/[^/@]*@/, "//") : place;
}

const WORDS: Record<string, string> = {
  ENOTFOUND: "no such host",
  EAI_AGAIN: "the host's name could not be looked up",
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was lost",
  EPIPE: "the connection was lost",
  ETIMEDOUT: "the connection timed out",
};

/** What went wrong with a connection, on one line. */
export function wordsOf(cause: unknown): string {
  const { code, message } = cause as { code?: string; message?: string };
  return WORDS[code ?? ""] ?? (message || code || "the connection failed").split("\n")[0]!;
}
