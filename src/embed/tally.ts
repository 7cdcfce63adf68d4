import type { FailureKind } from "./failures.ts";

/** Why a text has no vector. */
export const TEXT_FAILURES = ["rejected", "too-long", "empty"] as const;
export type TextFailure = (typeof TEXT_FAILURES)[number];

/** What has come of a run so far. */
export interface EmbedTally {
  /** That have a vector. */
  texts: number;
  /** That were sent, retries included. */
  requests: number;
  retries: number;
  /** Retries by what went wrong before. */
  readonly retriesAfter: Partial<Record<FailureKind, number>>;
  /** Tokens of answers, as the server bills them. */
  tokens: number;
  /** Texts without a vector. */
  readonly failures: Partial<Record<TextFailure, number>>;
  /** Tokens that were billed, and those that may have been although no answer came. */
  spent: number;
}

export function createTally(): EmbedTally {
  return { texts: 0, requests: 0, retries: 0, retriesAfter: {}, tokens: 0, failures: {}, spent: 0 };
}

export function countUp<Name extends string>(counts: Partial<Record<Name, number>>, name: Name): number {
  const before: number = counts[name] ?? 0;
  return (counts[name] = before + 1);
}
