/** A rate as a server states it. */
export interface RateState {
  /** Units in a window of time, a minute unless `reset` shows another. */
  readonly limit: number;
  readonly remaining: number | undefined;
  /** Milliseconds until all of it is there again. */
  readonly resetMs: number | undefined;
}

/** What the headers of an answer say of rates. */
export interface RateTold {
  readonly requests?: RateState | undefined;
  readonly tokens?: RateState | undefined;
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads `x-ratelimit-{limit,remaining,reset}-{requests,tokens}`. What makes no sense counts as not there. */
export function rateTold(header: (name: string) => string | undefined): RateTold {
  const stateOf = (unit: string): RateState | undefined => {
    const limit = count(header(`x-ratelimit-limit-${unit}`));
    if (!limit) return undefined;
    return {
      limit,
      remaining: count(header(`x-ratelimit-remaining-${unit}`)),
      resetMs: durationMs(header(`x-ratelimit-reset-${unit}`)),
    };
  };
  return { requests: stateOf("requests"), tokens: stateOf("tokens") };
}

/** Milliseconds of `120ms`, `8.64s`, `6m0s` or `1h2m3s`; a plain number is in seconds. */
export function durationMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+(?:\.\d+)?$/.test(text)) return 1000 * Number(text);
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, value, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)) sum += Number(value) * UNITS_MS[unit!]!;
  return sum;
}

function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
