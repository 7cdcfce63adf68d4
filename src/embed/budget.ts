import { tokensFor } from "./prices.ts";

/** What may be spent is spent. The message is one line. */
export class BudgetExceeded extends Error {
  override readonly name = "BudgetExceeded";
}

/** A hard stop: nothing is sent that could cost more than is left. */
export interface Budget {
  /** Tokens that were billed, and those that may have been although no answer came. */
  readonly spent: number;
  /** Before each request, be it the first or one more. Throws `BudgetExceeded`. Each reservation must be settled. */
  reserve(tokens: number): Reservation;
}

export interface Reservation {
  /** What was billed, or may have been. */
  spend(tokens: number): void;
  /** It cost nothing. */
  release(): void;
}

export interface BudgetOptions {
  readonly maxTokens?: number | undefined;
  /** USD; needs the price. */
  readonly maxCost?: number | undefined;
  /** USD for a million tokens. */
  readonly price?: number | undefined;
}

/** The tighter one of the limits that are given, if any. Throws `InputError` for a cost without a price. */
export function createBudget({ maxTokens = Infinity, maxCost, price }: BudgetOptions): Budget {
  const affordable = maxCost === undefined ? Infinity : tokensFor(maxCost, price);
  const most = Math.min(maxTokens, affordable);
  const name = affordable < maxTokens ? `${maxCost} USD, which buy ${most} tokens,` : `${most} tokens`;
  let spent = 0;
  let reserved = 0;
  return {
    get spent() {
      return spent;
    },
    reserve(tokens) {
      if (spent + reserved + tokens > most) {
        throw new BudgetExceeded(
          `The budget of ${name} does not allow the next request: ` +
            `${spent} spent, ${reserved} under way, ${tokens} more needed`,
        );
      }
      reserved += tokens;
      const settle = (cost: number): void => {
        reserved -= tokens;
        spent += cost;
      };
      return { spend: settle, release: () => settle(0) };
    },
  };
}
