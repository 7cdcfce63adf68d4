import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import type { OpenaiFaults } from "../doubles/openaifaults.ts";
import { tokensOf } from "../doubles/openairequest.ts";
import { vectorOf } from "../doubles/openaivectors.ts";
import { buildCli } from "../support/built.ts";
import * as embed from "../support/embed.ts";
import { paidTwice, resultOf, withServer } from "../support/embedserver.ts";

const cli = buildCli();
process.on("exit", cli.remove);

const languages = [
  "The quick brown fox jumps over the lazy dog.",
  "Съешь же ещё этих мягких французских булок, да выпей чаю.",
  "いろはにほへと ちりぬるを わかよたれそ つねならむ",
  "天地玄黃 宇宙洪荒 日月盈昃 辰宿列張",
  "نص حكيم له سر قاطع وذو شأن عظيم",
  "Zażółć gęślą jaźń; Příliš žluťoučký kůň; ÅÄÖ ß ﬁ",
  "🎉👩‍👩‍👧‍👦🏳️‍🌈 e\u0301 \u200d\u200b\u00a0 👍🏽",
  'for (let i = 0; i < n; ++i) {\n\t\tif (a[i] !== b[i]) return "<|endoftext|>";\n}\n\n\n   ',
  "<|endoftext|> <|fim_prefix|> 1234567890 3.14159e-10 https://example.org/?q=%F0%9F%8E%89",
  "    \u0000\u0001\ttabs and\r\nnew lines    ",
];
const mixed = Array.from({ length: 120 }, (_, i) => ({
  id: `m${i}`,
  text: `${i} ${languages[i % 10]!} ${languages[(i * 3 + 1) % 10]!.repeat(1 + (i % 5))}`,
}));

for (const cut of [[], ["--chunk-tokens", "24", "--chunk-overlap", "6"]]) {
  test(`the tokens of a dry run are those of the bill: texts in many languages ${cut.length > 0 ? "and in chunks" : "whole"}`, async () => {
    await withServer(cli, mixed, {}, async ({ double, root, index, run }) => {
      const planned = await run(...cut, "--dry-run", "--json");
      assert.equal(planned.code, 0, planned.stderr);
      assert.equal(double.counters.requests, 0);
      const { tokens, chunks, cost_usd: cost } = resultOf(planned);
      assert.ok(Math.abs(cost! - (tokens! * 0.02) / 1e6) < 1e-12);
      const made = await run(...cut, "--json");
      assert.equal(made.code, 0, made.stderr);
      const result = resultOf(made);
      assert.equal(double.bill.tokens, tokens);
      assert.deepEqual([result["tokens"], result["cost_usd"], result["rows"]], [tokens, cost, chunks]);
      const record = JSON.parse(readFileSync(`${index}/run.json`, "utf8")) as Record<string, unknown>;
      assert.deepEqual([record["tokens"], record["tokens_spent"], record["cost_usd"]], [tokens, tokens, cost]);
      const found = await embed.embeddedRows(root, embed.manifestIn(index));
      assert.equal(found.length, chunks);
      for (const { text, vector } of found) assert.deepEqual(vector, vectorOf(text, embed.SMALL, 16));
    });
  });
}

test("tokens are counted for a model whose limits nobody knows, so that a budget holds", async () => {
  await withServer(cli, many, {}, async ({ run }) => {
    const { code, stdout, stderr } = await run("--model", "other", "--dry-run", "--json");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /tokens, at an unknown price: see --price$/m);
    const { tokens, cost_usd: cost } = resultOf({ code, stdout, stderr });
    assert.deepEqual([tokens, cost], [total, null]);
  });
});

test("texts longer than the model takes are cut, and none is refused", async () => {
  const long = { id: "long", text: "word after word ".repeat(9000) };
  await withServer(cli, [long, { id: "short", text: "a few words" }], {}, async ({ double, root, index, run }) => {
    const planned = resultOf(await run("--dry-run", "--json"));
    const made = await run("--json");
    assert.equal(made.code, 0, made.stderr);
    assert.deepEqual([double.bill.tokens, double.bill.texts.size], [planned["tokens"], planned["chunks"]]);
    const found = await embed.embeddedRows(root, embed.manifestIn(index));
    const chunks = found.filter(({ id }) => id.startsWith("long#"));
    assert.ok(chunks.length > 3);
    assert.equal(chunks.map(({ text }) => text).join(""), long.text);
  });
});

const many = embed.textRows(400);
const total = many.reduce((sum, { text }) => sum + tokensOf(text), 0);
const BATCH_TOKENS = 200;
const limits: [name: string, flags: string[], most: number][] = [
  ["--max-tokens", ["--max-tokens", "2000"], 2000],
  ["--max-cost", ["--max-cost", "0.000024", "--price", "0.01"], 2400],
];

for (const [name, flags, most] of limits) {
  test(`${name} is not exceeded, retries included; what is answered is kept and paid for once`, async () => {
    const faults: OpenaiFaults = { broken: 0.1, tooMany: 0.05, retryAfter: "0", delayMs: 5 };
    await withServer(cli, many, { faults, seed: 4 }, async ({ double, root, run }) => {
      const small = ["--max-batch-tokens", String(BATCH_TOKENS), "--rows-per-shard", "50", "--quiet"];
      let before = 0;
      for (let runs = 0; runs < 2; runs++) {
        const { code, stdout, stderr } = await run(...small, ...flags, ...(runs > 0 ? ["--resume"] : []));
        assert.deepEqual([code, stdout], [1, ""]);
        assert.match(
          stderr,
          /^seedbed: The budget of [^\n]* does not allow the next request: [^\n]*; what was answered is kept; go on with --resume\n$/,
        );
        const spent = double.bill.tokens - before;
        assert.ok(spent <= most, `${spent} tokens of ${most}`);
        assert.ok(spent > most - 8 * BATCH_TOKENS, `${spent} tokens of ${most} only`);
        before = double.bill.tokens;
      }
      assert.ok(before < total);
      double.setFault({ broken: 0, tooMany: 0 });
      const last = await run(...small, "--resume", "--json");
      assert.equal(last.code, 0, last.stderr);
      assert.deepEqual(paidTwice(double), []);
      assert.equal(double.bill.tokens, total);
      assert.equal(resultOf(last)["tokens"], total - before);
      assert.deepEqual(embed.leftovers(root), []);
    });
  });
}

test("answers that are lost after they were billed count for the budget", async () => {
  await withServer(cli, many, { faults: { cutAnswer: 0.3 }, seed: 2 }, async ({ double, run }) => {
    const flags = ["--max-batch-tokens", String(BATCH_TOKENS), "--concurrency", "2", "--max-tokens", "3000", "--quiet"];
    const { code, stderr } = await run(...flags);
    assert.equal(code, 1);
    assert.match(stderr, /^seedbed: The budget of 3000 tokens does not allow the next request: /);
    assert.ok(paidTwice(double).length > 0, "no answer was lost");
    assert.ok(double.bill.tokens <= 3000, `${double.bill.tokens} tokens`);
  });
});
