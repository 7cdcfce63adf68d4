import type { RateTold } from "./rateheaders.ts";

/** What to do about it: try again, end the run, or find the text that is to blame. */
export type FailureClass = "retryable" | "fatal" | "rejected";

/** What went wrong with a request; summaries count by it. */
export type FailureKind =
  | "rate-limit"
  | "timeout"
  | "connection"
  | "conflict"
  | "server"
  | "answer"
  | "quota"
  | "key"
  | "forbidden"
  | "not-found"
  | "refused"
  | "rejected";

export interface FailureOptions {
  readonly class: FailureClass;
  readonly kind: FailureKind;
  /** Whether the server may have done the work, and bill it. */
  readonly mayBeBilled?: boolean | undefined;
  /** How long to wait at least, where the server said so. */
  readonly afterMs?: number | undefined;
  readonly rate?: RateTold | undefined;
}

/** A request for vectors that failed. The message is one line without the key; there is no cause, which might have it. */
export class EmbedFailure extends Error {
  override readonly name = "EmbedFailure";
  readonly class: FailureClass;
  readonly kind: FailureKind;
  readonly mayBeBilled: boolean;
  readonly afterMs: number | undefined;
  readonly rate: RateTold;
  constructor(message: string, { mayBeBilled = false, rate = {}, ...options }: FailureOptions) {
    super(message);
    this.class = options.class;
    this.kind = options.kind;
    this.mayBeBilled = mayBeBilled;
    this.afterMs = options.afterMs;
    this.rate = rate;
  }
}

/** The body of an error, as OpenAI writes it. */
export interface ErrorBody {
  readonly code?: string | null | undefined;
  readonly type?: string | null | undefined;
  readonly param?: string | null | undefined;
}

const NO_MONEY = ["insufficient_quota", "billing_hard_limit_reached", "billing_not_active"];
const OF_ALL_REQUESTS = ["model", "dimensions", "encoding_format"]; // no text is to blame for these

/** What a status says, with the codes that came with it. */
export function classify(status: number, { code, type, param }: ErrorBody = {}): Omit<FailureOptions, "rate"> {
  const isMoney = [code, type].some((word) => NO_MONEY.includes(word ?? ""));
  if (status === 402 || (status === 429 && isMoney)) return { class: "fatal", kind: "quota" };
  if (status === 429) return { class: "retryable", kind: "rate-limit" };
  if (status === 408) return { class: "retryable", kind: "timeout", mayBeBilled: true };
  if (status === 409) return { class: "retryable", kind: "conflict" };
  if (status === 502 || status === 504) return { class: "retryable", kind: "server", mayBeBilled: true }; // of a gateway
  if (status >= 500) return { class: "retryable", kind: "server" };
  if (status === 401) return { class: "fatal", kind: "key" };
  if (status === 403) return { class: "fatal", kind: "forbidden" };
  if (status === 404) return { class: "fatal", kind: "not-found" };
  const isOfText = [400, 413, 422].includes(status) && !OF_ALL_REQUESTS.includes(param ?? "");
  return isOfText ? { class: "rejected", kind: "rejected" } : { class: "fatal", kind: "refused" };
}
