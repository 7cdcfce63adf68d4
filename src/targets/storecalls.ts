import { InputError } from "../data/errors.ts";
import { ConnectionLost, type LossKind } from "../runtime/connection.ts";
import type { HttpAnswer } from "../runtime/http/answer.ts";
import { openHttp, type HttpRequest } from "../runtime/http/client.ts";
import { retryAfterMs, retrying, TryAgain } from "../runtime/retry.ts";

/** What a server is, for messages. */
export interface Service {
  /** Such as `Engram`. */
  readonly name: string;
  /** What answers while it is well. */
  readonly healthPath: string;
  /** The server's code and words for a refusal. */
  refusalOf(answer: HttpAnswer): { readonly code: string; readonly reason: string };
}

export interface CallOptions {
  readonly service: Service;
  readonly endpoint: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  readonly onRetry?: ((what: string, waitMs: number) => void) | undefined;
  readonly tries: number;
  readonly baseMs: number;
  readonly silenceMs: number;
}

/** A refusal that may pass, with the server's words. */
export class Unavailable extends TryAgain {
  readonly code: string;
  constructor(code: string, reason: string, afterMs: number | undefined) {
    super(reason, { afterMs });
    this.code = code;
  }
}

export interface Calls {
  /** Where the server is, for messages. */
  readonly place: string;
  /**
   * The server's answer, once it is one that another try would not change; `isAnswer` names others that are to be taken as
   * they are. Throws `InputError` where the endpoint or the token is to blame, and the last `TryAgain` after the last try.
   */
  ask(what: string, request: HttpRequest, isAnswer?: (answer: HttpAnswer) => boolean): Promise<HttpAnswer>;
  /** The error for the user, of an `ask` that was tried often enough. */
  gaveUp(what: string, error: unknown): unknown;
  close(): void;
}

const MAX_WAIT_MS = 10_000;
const PATIENCE_MS = 300_000;
const MAX_ANSWER_BYTES = 2 ** 28; // 1000 memories of 100,000 bytes, and their embeddings

/** Requests to a server that are tried again while that may help. */
export function storeCalls(options: CallOptions): Calls {
  const { service, endpoint, signal, tries } = options;
  const { refusalOf } = service;
  const place = endpoint.href.replace(/\/$/, "");
  const basePath = endpoint.pathname.replace(/\/$/, "");
  const http = openHttp(endpoint, { signal, silenceMs: options.silenceMs, maxAnswerBytes: MAX_ANSWER_BYTES });
  let hasAnswered = false;

  const tryOnce = async (request: HttpRequest, isAnswer: (answer: HttpAnswer) => boolean): Promise<HttpAnswer> => {
    const answer = await http.send(request).catch((error: unknown) => {
      if (!(error instanceof ConnectionLost)) throw error;
      if (!hasAnswered && error.kind !== "lost" && error.kind !== "silent") throw unreachable(service, place, error);
      throw new TryAgain(error.message, { cause: error });
    });
    hasAnswered = true;
    const { status } = answer;
    if (isAnswer(answer)) return answer;
    if (status === 408 || status === 429 || (status >= 500 && status !== 501)) {
      const { code, reason } = refusalOf(answer);
      throw new Unavailable(code, reason, retryAfterMs(answer.header("retry-after")));
    }
    if (status === 401 || status === 403) {
      const { code, reason } = refusalOf(answer);
      throw new InputError(
        `${service.name} at ${place} does not let this program in: ${code}: ${reason}; check the token`,
      );
    }
    if ((status >= 300 && status < 400) || status === 404 || status === 405) {
      throw notSuch(service, place, `status ${status} for ${request.path.replace(/\?.*/, "")}`);
    }
    return answer;
  };

  return {
    place,
    ask(what, request, isAnswer = () => false) {
      const whole = { ...request, path: basePath + request.path, headers: { ...options.headers, ...request.headers } };
      const onRetry = (waitMs: number, error: TryAgain) => options.onRetry?.(`${what}: ${error.message}`, waitMs);
      const limits = { tries, baseMs: options.baseMs, maxMs: MAX_WAIT_MS, patienceMs: PATIENCE_MS, signal, onRetry };
      return retrying(limits, () => tryOnce(whole, isAnswer));
    },
    gaveUp(what, error) {
      if (!(error instanceof TryAgain)) return error;
      const reason = error instanceof Unavailable ? `${error.code}: ${error.message}` : error.message;
      const times =
        (error.afterMs ?? 0) > PATIENCE_MS ? `it asks to wait ${error.afterMs! / 1000} s` : `tries: ${tries}`;
      return new Error(`Cannot ${what} at ${place}: ${reason} (${times})`, { cause: error });
    },
    close: () => http.close(),
  };
}

/** Whoever answers there speaks another language. */
export function notSuch({ name, healthPath }: Service, place: string, what: string): InputError {
  const article = /^[AEIOU]/.test(name) ? "an" : "a";
  return new InputError(
    `${place} does not answer as ${article} ${name} does: ${what}; is it one? Check with: curl ${place}${healthPath}`,
  );
}

function unreachable(
  { name, healthPath }: Service,
  place: string,
  { kind, message, cause }: ConnectionLost,
): InputError {
  const advices: Partial<Record<LossKind, string>> = {
    refused: `; is ${name} running? Check with: curl ${place}${healthPath}`,
    "no-tls": "; does it speak https at all, and with a certificate that is trusted here?",
    "no-http": "; is another server there, or https?",
  };
  return new InputError(`Cannot reach ${name} at ${place}: ${message}${advices[kind] ?? ""}`, { cause });
}
