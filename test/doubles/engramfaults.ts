import type { When } from "./faultstate.ts";

/** What may go wrong; none of it by default. Faults strike everything but `/health`. */
export interface Faults {
  /** Stored, and then answered with 500. */
  readonly afterStoring?: When | undefined;
  /** Answered with 201, and dropped, as the real one does with what it takes for a copy. */
  readonly dropped?: When | undefined;
  /** 500, and nothing was stored. */
  readonly broken?: When | undefined;
  /** 503 with `Retry-After`. */
  readonly unavailable?: When | undefined;
  /** 429 with `Retry-After`. */
  readonly tooMany?: When | undefined;
  /** 408. */
  readonly queryTimeout?: When | undefined;
  /** The value of `Retry-After`, in seconds or a date; "" for none. */
  readonly retryAfter?: string | undefined;
  /** The connection is cut while the request's body arrives: nothing was stored. */
  readonly cutRequest?: When | undefined;
  /** The connection is cut in the middle of the answer: it was stored. */
  readonly cutAnswer?: When | undefined;
  /** No answer at all, on an open connection. */
  readonly silent?: When | undefined;
  /** A page of HTML with status 200, as from another server on that port. */
  readonly foreign?: When | undefined;
  /** Milliseconds before each answer. */
  readonly delayMs?: number | undefined;
  readonly health?: "healthy" | "degraded" | "unhealthy" | undefined;
  /** Changes an answer's JSON before it is sent. */
  readonly alter?: ((answer: Record<string, unknown>, path: string) => unknown) | undefined;
  /** Called before each page is read, with the number of pages so far: the store may grow here. */
  readonly beforePage?: ((pages: number) => void) | undefined;
}
