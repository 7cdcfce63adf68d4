import { InputError } from "../data/errors.ts";

/** As the pages of OpenAI's models gave them on `PRICES_DATE`; the user can give another. */
const USD_PER_MILLION_TOKENS: Readonly<Record<string, number>> = {
  "text-embedding-3-small": 0.02,
  "text-embedding-3-large": 0.13,
  "text-embedding-ada-002": 0.1,
  "seedbed-local-v1": 0,
};

/** When the prices were looked up. */
export const PRICES_DATE = "2026-11-27";

/** USD for a million tokens; undefined where it is not known. */
export function priceOf(model: string): number | undefined {
  return Object.hasOwn(USD_PER_MILLION_TOKENS, model) ? USD_PER_MILLION_TOKENS[model] : undefined;
}

/** USD. */
export function costOf(tokens: number, price: number): number {
  return (tokens * price) / 1e6;
}

/** How many tokens that many USD buy. Throws `InputError` where no price is known. */
export function tokensFor(cost: number, price: number | undefined): number {
  if (price === undefined) throw new InputError("A maximum cost needs a price: give one, in USD for a million tokens");
  if (price === 0) return Infinity;
  return Math.floor(((cost * 1e6) / price) * (1 + Number.EPSILON)); // 0.02 USD buy a million tokens at 0.02, not one less
}
