import assert from "node:assert/strict";
import test from "node:test";
import { InputError } from "../../src/data/errors.ts";
import { BudgetExceeded, createBudget, type BudgetOptions } from "../../src/embed/budget.ts";
import { costOf, priceOf, PRICES_DATE, tokensFor } from "../../src/embed/prices.ts";

test("what is reserved, spent and given back never goes beyond the budget", () => {
  const budget = createBudget({ maxTokens: 100 });
  const [first, second] = [budget.reserve(60), budget.reserve(40)];
  assert.throws(() => budget.reserve(1), BudgetExceeded);
  first.release();
  assert.throws(() => budget.reserve(61), /The budget of 100 tokens .*: 0 spent, 40 under way, 61 more needed/);
  second.spend(30);
  assert.equal(budget.spent, 30);
  budget.reserve(70).spend(70);
  assert.equal(budget.spent, 100);
  assert.throws(() => budget.reserve(1), BudgetExceeded);
  budget.reserve(0).release();
  createBudget({}).reserve(1e15).spend(1e15);
});

test("of tokens and cost the tighter one counts, and the message says which", () => {
  const refusal = (options: BudgetOptions, tokens: number) => {
    createBudget(options).reserve(tokens);
    try {
      createBudget(options).reserve(tokens + 1);
      return "none";
    } catch (error) {
      return (error as Error).message.split(" does")[0];
    }
  };
  assert.equal(refusal({ maxTokens: 50, maxCost: 1, price: 0.02 }, 50), "The budget of 50 tokens");
  assert.equal(
    refusal({ maxTokens: 5e7, maxCost: 0.01, price: 0.02 }, 500_000),
    "The budget of 0.01 USD, which buy 500000 tokens,",
  );
  assert.equal(refusal({ maxCost: 0, price: 0 }, 1e12), "none");
  assert.throws(() => createBudget({ maxCost: 1 }), InputError);
});

test("prices: a million tokens for their price, not one less", () => {
  const bought: [cost: number, model: string, tokens: number][] = [
    [0.02, "text-embedding-3-small", 1_000_000],
    [0.13, "text-embedding-3-large", 1_000_000],
    [0.1, "text-embedding-ada-002", 1_000_000],
    [1, "text-embedding-3-small", 50_000_000],
    [0.000_000_01, "text-embedding-3-small", 0],
    [5, "seedbed-local-v1", Infinity],
  ];
  for (const [cost, model, tokens] of bought) assert.equal(tokensFor(cost, priceOf(model)), tokens, model);
  assert.equal(costOf(1_500_000, 0.02), 0.03);
  assert.equal(priceOf("toString"), undefined);
  assert.throws(() => tokensFor(1, priceOf("nomic")), InputError);
  assert.match(PRICES_DATE, /^\d{4}-\d\d-\d\d$/);
});

test("no budget buys more than it is worth", () => {
  for (let cents = 1; cents <= 500; cents++) {
    for (const price of [0.02, 0.13, 0.1]) {
      const tokens = tokensFor(cents / 100, price);
      assert.ok(tokens * price <= cents * 1e4 + 1e-6 && (tokens + 1) * price > cents * 1e4 - 1e-6, `${cents} ${price}`);
    }
  }
});
