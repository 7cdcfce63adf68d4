import { ConnectionLost, LOST, lossOfService } from "../runtime/connection.ts";
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

/** What the package threw, by what it says; nothing of it is kept but words without the key. */
export function failureOf(error: unknown, asked: Asked): EmbedFailure {
  if (error instanceof EmbedFailure) return error;
  if (error instanceof TimedOut) {
    const message = `${asked.place}: ${error.message}`;
    return new EmbedFailure(message, { class: "retryable", kind: "timeout", mayBeBilled: true });
  }
  const { status, headers } = error as { status?: unknown; headers?: Headers };
  if (typeof status === "number" && headers) return failureOfStatus(status, headers, error as ErrorBody & Error, asked);
  return failureOfConnection(error, asked);
}

function failureOfStatus(status: number, headers: Headers, error: ErrorBody & Error, asked: Asked): EmbedFailure {
  const found = classify(status, error);
  const reason = asked.redacted(error.message.replace(new RegExp(`^${status} `), ""));
  return new EmbedFailure(wordsFor(found.kind, status, reason, asked), {
    ...found,
    afterMs: afterMsOf((name) => headers.get(name)),
    rate: rateTold((name) => headers.get(name)),
  });
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
function afterMsOf(header: (name: string) => string | null): number | undefined {
  const ms = header("retry-after-ms");
  return ms !== null && /^\d+(?:\.\d+)?$/.test(ms) ? Number(ms) : retryAfterMs(header("retry-after") ?? undefined);
}

function failureOfConnection(error: unknown, { place, redacted }: Asked): EmbedFailure {
  if (error instanceof SyntaxError) {
    const message = redacted(`${place}: its answer cannot be read: ${error.message}`);
    return new EmbedFailure(message, { class: "retryable", kind: "answer", mayBeBilled: true });
  }
  const loss = lossOf(error);
  const isHopeless = loss.kind === "denied" || loss.kind === "no-tls";
  return new EmbedFailure(redacted(`${place}: ${loss.message}`), {
    class: isHopeless ? "fatal" : "retryable",
    kind: "connection",
    mayBeBilled: loss.kind === "lost",
  });
}

/** The first in the chain of causes that says more than that the connection was lost; else that, in the words of the last. */
function lossOf(error: unknown): ConnectionLost {
  let last = error;
  for (let depth = 0; last instanceof Error && depth < 8; depth++) {
    const loss = lossOfService(last);
    if (loss.kind !== "lost") return loss;
    if (last.cause === undefined) break;
    last = last.cause;
  }
  return new ConnectionLost("lost", `${LOST} (${last instanceof Error ? last.message : String(last)})`);
}

/** Takes a key out of a text, and whatever looks like one, and makes it one line of bounded length. */
export function redactor(key: string): (text: string) => string {
  return (text) => {
    const hidden = text.replaceAll(key, "[key]").replace(/\bsk-[\w*-]{4,}/g, "[key]");
    const line = hidden.replace(/\s+/g, " ").trim();
    return line.length > MAX_REASON ? `${line.slice(0, MAX_REASON)}...` : line;
  };
}
