import { request as httpRequest, type ClientRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { isIP } from "node:net";
import { connect as connectTls } from "node:tls";
import { InputError } from "../data/errors.ts";
import { onAbort } from "./abort.ts";
import { ConnectionLost, lossOfUrl } from "./connection.ts";
import { isDenied } from "./failure.ts";
import { nameOf } from "./url.ts";

const MAX_REDIRECTS = 10;
const SILENT_MS = 60_000;
const REDIRECTS = [301, 302, 303, 307, 308];

/** An answer whose body was not read yet; read it, or `destroy` it. */
export type Answer = IncomingMessage & { readonly statusCode: number };

/**
 * Asks for a URL, through redirects, of which those to other hosts are not told who asks; the answer's body is a stream. Throws `ConnectionLost`, after which another try may
 * help, or `InputError` for what cannot be followed. Of node:http, because the fetch of Node 20 may end the process when its
 * body is given up.
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
    if (next.origin !== url.origin) headers = withoutSecrets(headers);
    url = next;
  }
}

/** What may be told to another host than the one that was asked. */
function withoutSecrets(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !/^(?:authorization|cookie)$/i.test(name)));
}

const PLAIN: RequestOptions = { agent: false };

// Connected here because the agent of Deno's node:https wants rights to the system and the environment (`--allow-sys`,
// `--allow-env`) beside that to the network, and knows fewer authorities.
function secure({ hostname, port }: URL): RequestOptions {
  const host = hostname.replace(/^\[(.*)\]$/, "$1"); // an IPv6 address
  const options = { host, port: port === "" ? 443 : Number(port), servername: isIP(host) ? "" : host };
  return { createConnection: () => connectTls({ ...options, ALPNProtocols: ["http/1.1"] }) };
}

function getOnce(url: URL, headers: Record<string, string>, signal?: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const isSecure = url.protocol === "https:";
    const open = isSecure ? httpsRequest : httpRequest;
    const options = { headers: { ...headers, "accept-encoding": "identity" }, ...(isSecure ? secure(url) : PLAIN) };
    // Deno may refuse at once, or later.
    const failure = (cause: unknown): Error => {
      const loss = lossOfUrl(cause as Error);
      return loss.kind === "denied" ? new InputError(`Cannot read ${nameOf(url)}: ${loss.message}`, { cause }) : loss;
    };
    let request: ClientRequest;
    try {
      request = open(url, options);
    } catch (cause) {
      return reject(isDenied(cause) ? failure(cause) : cause);
    }
    const release = onAbort(signal, () => request.destroy());
    request.setTimeout(SILENT_MS, () => request.destroy(new ConnectionLost("silent", "the server is silent")));
    request.on("response", (answer) => {
      release();
      answer.on("error", () => {}); // told to whoever reads it; nobody may, yet
      resolve(answer as Answer);
    });
    // Stays on: what happens to a request whose answer is being read is told here too.
    request.on("error", (cause) => {
      release();
      if (signal?.aborted) reject(signal.reason);
      else reject(failure(cause));
    });
    request.end();
  });
}
