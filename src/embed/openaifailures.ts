import { ConnectionLost } from "../runtime/connection.ts";
import type { HttpAnswer } from "../runtime/http/answer.ts";
import { retryAfterMs } from "../runtime/retry.ts";
import { TimedOut } from "../runtime/timeout.ts";
import { classify, EmbedFailure, type ErrorBody, type FailureKind } from "./failures.ts";
import { rateTold } from "./rateheaders.ts";

export interface Asked {
  /** The server's name and port. */
  readonly place: string;
  readonly model: string;
  /** Takes the key out of a text. */
  readonly redacted: (text: string) => string;
}

const MAX_REASON = 300;

/** An answer that has no vectors, by its status and its words without the key. */
export function failureOfAnswer({ status, text, header }: HttpAnswer, asked: Asked): EmbedFailure {
  const told = errorIn(text);
  const found = classify(status, told);
  const place = header("location");
  const words = place === undefined ? (told.message ?? text) : `it refers to ${place}`;
  const reason = asked.redacted(words) || "without a word";
  return new EmbedFailure(wordsFor(found.kind, status, reason, asked), {
    ...{ ...found, rate: rateTold(header) },
    afterMs: afterMsOf(header),
  });
}

/** What was thrown instead of an answer; nothing of it is kept but words without the key. */
export function failureOf(error: unknown, { place, redacted }: Asked): EmbedFailure {
  if (error instanceof EmbedFailure) return error;
  if (error instanceof TimedOut) {
    const message = `${place}: ${error.message}`;
    return new EmbedFailure(message, { class: "retryable", kind: "timeout", mayBeBilled: true });
  }
  if (error instanceof SyntaxError) {
    const message = redacted(`${place}: its answer cannot be read: ${error.message}`);
    return new EmbedFailure(message, { class: "retryable", kind: "answer", mayBeBilled: true });
  }
  const loss = error instanceof ConnectionLost ? error : new ConnectionLost("lost", String((error as Error).message));
  const isHopeless = loss.kind === "denied" || loss.kind === "no-tls";
  return new EmbedFailure(redacted(`${place}: ${loss.message}`), {
    class: isHopeless ? "fatal" : "retryable",
    kind: "connection",
    mayBeBilled: loss.kind === "lost" || loss.kind === "silent",
  });
}

/** The error in a body, as far as it is one. */
function errorIn(text: string): ErrorBody & { readonly message?: string | undefined } {
  let error: unknown;
  try {
    error = (JSON.parse(text) as { readonly error?: unknown } | null)?.error;
  } catch {
    return {}; // of a gateway, as HTML
  }
  const fields = (typeof error === "object" && error !== null ? error : { message: error }) as Record<string, unknown>;
  const wordOf = (name: string) => (typeof fields[name] === "string" ? fields[name] : undefined);
  return { code: wordOf("code"), type: wordOf("type"), param: wordOf("param"), message: wordOf("message") };
}

function wordsFor(kind: FailureKind, status: number, reason: string, { place, model }: Asked): string {
  const told = `(${status}: ${reason})`;
  switch (kind) {
    case "rejected":
      return reason;
    case "key":
      return `${place} does not accept the OPENAI_API_KEY (${status})`; // its words may show a part of the key
    case "quota":
      return `${place}: the account's quota is used up, see its plan and billing ${told}`;
    case "forbidden":
      return `${place} does not allow this key, or this place, to use ${model} ${told}`;
    case "not-found":
      return `${place} has no model ${model}, or OPENAI_BASE_URL is not that of its API ${told}`;
    case "rate-limit":
      return `${place}: too many requests or tokens ${told}`;
    default:
      return `${place} answered ${status}: ${reason}`;
  }
}

/** Whoever asks for a wait says so in milliseconds, in seconds or by a date. */
function afterMsOf(header: HttpAnswer["header"]): number | undefined {
  const ms = header("retry-after-ms");
  return ms !== undefined && /^\d+(?:\.\d+)?$/.test(ms) ? Number(ms) : retryAfterMs(header("retry-after"));
}

/** Takes a key out of a text, and whatever looks like one, and makes it one line of bounded length. */
export function redactor(key: string): (text: string) => string {
  return (text) => {
    const hidden = text.replaceAll(key, "[key]").replace(/\bsk-[\w*-]{4,}/g, "[key]");
    const line = hidden.replace(/\s+/g, " ").trim();
    return line.length > MAX_REASON ? `${line.slice(0, MAX_REASON)}...` : line;
  };
}
