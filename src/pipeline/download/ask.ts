import { InputError } from "../../data/errors.ts";
import { ConnectionLost } from "../../runtime/connection.ts";
import { get, type Answer } from "../../runtime/get.ts";
import { retryAfterMs, retrying, TryAgain } from "../../runtime/retry.ts";
import { shown } from "../../data/fields.ts";
import { shownUrl } from "./shownurl.ts";
import type { Explain, Net } from "./remote.ts";

export interface Question {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly explain: Explain;
  readonly signal: AbortSignal | undefined;
  /** Whether a host that cannot be found or reached was there before. */
  readonly wasThere?: boolean;
}

const FINAL_LOSSES = ["refused", "unknown-host", "denied", "no-tls"];
const USABLE = [200, 206, 416];
const MAX_JSON_BYTES = 1 << 26;

/**
 * Asks once; the answer has status 200, 206 or 416, and its body is to be read or destroyed. Throws `TryAgain` for what may
 * pass, `InputError` for what will not.
 */
export async function askOnce({ url, headers, explain, signal, wasThere = false }: Question): Promise<Answer> {
  let answer: Answer;
  try {
    answer = await get(url, headers, signal);
  } catch (error) {
    // Where it was led to may be an address that whoever knows it may read.
    if (error instanceof InputError) throw new InputError(error.message.replace(/\?\S*(?=: )/, ""), { cause: error });
    if (!(error instanceof ConnectionLost)) throw error;
    if (wasThere || !FINAL_LOSSES.includes(error.kind)) throw new TryAgain(error.message, { cause: error });
    throw new InputError(`Cannot read ${shownUrl(url)}: ${error.message}`, { cause: error });
  }
  const { statusCode: status, statusMessage: phrase } = answer;
  if (USABLE.includes(status)) return answer;
  answer.destroy();
  const words = `the server answered ${status}${phrase ? ` ${phrase}` : ""}`;
  const advice = explain({ status, code: headerOf(answer, "x-error-code") });
  if (status === 408 || status === 425 || status === 429 || status >= 500)
    throw new TryAgain(advice === undefined ? words : `${words}: ${advice}`, { afterMs: waitOf(answer) });
  throw new InputError(`Cannot read ${shownUrl(url)}: ${advice ?? words}`);
}

/** How long a server asks to wait: by `Retry-After`, or the Hub's `RateLimit: "api";r=0;t=55`. */
function waitOf(answer: Answer): number | undefined {
  const after = headerOf(answer, "retry-after");
  const seconds = /;\s*t=(\d+)/.exec(headerOf(answer, "ratelimit") ?? "")?.[1];
  return after === undefined && answer.statusCode === 429 ? retryAfterMs(seconds) : retryAfterMs(after);
}

export function headerOf({ headers }: Answer, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}

/** A JSON answer, and the address of the next page where there is one (`Link: <...>; rel="next"`). */
export async function askJson(
  question: Omit<Question, "signal">,
  net: Net,
): Promise<{ readonly json: unknown; readonly next: URL | undefined }> {
  const { url } = question;
  try {
    return await retrying(net.retry, async () => {
      const answer = await askOnce({ ...question, signal: net.retry.signal });
      const link = /<([^>]*)>\s*;\s*rel="?next"?/.exec(headerOf(answer, "link") ?? "")?.[1];
      const text = await textOf(answer, url);
      try {
        return {
          json: JSON.parse(text) as unknown,
          next: link !== undefined && URL.canParse(link, url) ? new URL(link, url) : undefined,
        };
      } catch (cause) {
        throw new InputError(`Cannot read ${shownUrl(url)}: expected JSON, not "${shown(text, 60)}"`, { cause });
      }
    });
  } catch (error) {
    if (!(error instanceof TryAgain)) throw error;
    throw new Error(`Cannot read ${shownUrl(url)}: ${error.message}`, { cause: error });
  }
}

async function textOf(answer: Answer, url: URL): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  try {
    for await (const piece of answer as AsyncIterable<Uint8Array>) {
      bytes += piece.length;
      if (bytes > MAX_JSON_BYTES) break;
      text += decoder.decode(piece, { stream: true });
    }
  } catch (cause) {
    throw new TryAgain("the connection was lost", { cause });
  }
  if (bytes > MAX_JSON_BYTES)
    throw new InputError(`Cannot read ${shownUrl(url)}: more than ${MAX_JSON_BYTES} bytes of JSON`);
  if (!answer.complete) throw new TryAgain("the connection was lost");
  return text + decoder.decode();
}
