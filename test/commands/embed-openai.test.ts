import assert from "node:assert/strict";
import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import type { OpenaiDoubleOptions } from "../doubles/openai.ts";
import type { OpenaiFaults } from "../doubles/openaifaults.ts";
import { tokensOf } from "../doubles/openairequest.ts";
import { buildCli } from "../support/built.ts";
import { filesIn } from "../support/downloads.ts";
import * as embed from "../support/embed.ts";
import { paidTwice, resultOf, withServer } from "../support/embedserver.ts";

const cli = buildCli();
process.on("exit", cli.remove);

const many = embed.textRows(400);
const total = many.reduce((sum, { text }) => sum + tokensOf(text), 0);

test("one poison row among 3000 is found, named with its reason and left out, and a resume does not lose it", async () => {
  const rows = embed
    .textRows(3000)
    .map((row) => (row.id === "row-1234" ? { ...row, text: "this is p0ison here" } : row));
  await withServer(cli, rows, { poison: "p0ison" }, async ({ double, root, index, run }) => {
    const result = await run("--rows-per-shard", "1000", "--json", "--quiet");
    assert.equal(result.code, 1);
    const words = `seedbed: 1 text has no vector: see ${index}/failures.jsonl\n`;
    assert.equal(result.stderr, words);
    const { ok, rows: stored, failed } = resultOf(result);
    assert.deepEqual([ok, stored, failed], [false, 2999, 1]);
    const failures = embed.failuresIn(index);
    const reason = "'$.input' cannot be processed: a text is not acceptable.";
    assert.deepEqual(failures, [{ split: "default", shard: 1, id: "row-1234", kind: "rejected", reason }]);
    const manifest = embed.manifestIn(index);
    const [split] = manifest.splits;
    assert.deepEqual([manifest.rows_total, split!.chunks, split!.complete], [2999, 3000, true]);
    assert.deepEqual(split!.rows_skipped, { rejected: 1 });
    const ids = (await embed.embeddedRows(root, manifest)).map(({ id }) => id);
    assert.deepEqual(
      ids,
      rows.map(({ id }) => id).filter((id) => id !== "row-1234"),
    );
    assert.deepEqual(paidTwice(double), []);
    const record = JSON.parse(readFileSync(`${index}/run.json`, "utf8")) as {
      failures: unknown;
      counts: { failed: number };
    };
    assert.deepEqual([record.failures, record.counts.failed], [{ rejected: 1 }, 1]);

    const before = embed.lastingFiles(root);
    const { requests } = double.counters;
    appendFileSync(`${index}/failures.jsonl`, '{"split":"def'); // as a crash leaves it
    const again = await run("--rows-per-shard", "1000", "--resume", "--quiet");
    assert.deepEqual([again.code, again.stderr], [1, words]);
    assert.equal(double.counters.requests, requests);
    assert.deepEqual(embed.lastingFiles(root), before);
    assert.equal((await embed.runWith(cli, {}, "verify", "--dataset", "texts", "--root", root)).code, 0);
  });
});

test("a server that refuses every text ends the run, and no shard is made of nothing", async () => {
  await withServer(cli, embed.textRows(600), { poison: "Text" }, async ({ double, root, index, run }) => {
    const below = index.slice(root.length + 1);
    const { code, stderr } = await run("--quiet");
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^seedbed: The server refuses every text: '\$\.input' cannot be processed: [^\n]*; nothing was embedded\n$/,
    );
    assert.equal(double.bill.tokens, 0);
    assert.deepEqual(
      Object.keys(filesIn(root)),
      [`failures.jsonl`, `run.json`].map((name) => `${below}/${name}`),
    );
  });
});

type Order = (good: embed.TextRow[], bad: embed.TextRow[]) => embed.TextRow[];
const KEPT = "what was answered is kept; go on with --resume";
const orders: [what: string, order: Order, share: number][] = [
  ["after the good ones, which were all answered", (good, bad) => [...good, ...bad], 1],
  ["before them", (good, bad) => [...bad, ...good], 0.7],
];

for (const [what, order, share] of orders) {
  test(`30 texts that are refused one after the other end neither a run nor its resume: ${what}`, async () => {
    const [good, bad] = [many.slice(0, 40), many.slice(40, 70)];
    const ordered = order(
      good,
      bad.map((row) => ({ ...row, text: `${row.text} poison` })),
    );
    await withServer(cli, ordered, { poison: "poison" }, async ({ double, index, run }) => {
      const flags = ["--batch-size", "10", "--concurrency", "1", "--quiet"];
      const budget = Math.floor(share * good.reduce((sum, { text }) => sum + tokensOf(text), 0));
      assert.match((await run(...flags, "--max-tokens", String(budget))).stderr, /The budget of \d+ tokens does not/);
      const { code, stderr } = await run(...flags, "--resume");
      assert.deepEqual([code, stderr], [1, `seedbed: 30 texts have no vector: see ${index}/failures.jsonl\n`]);
      const { rows_total, splits } = embed.manifestIn(index);
      assert.deepEqual([rows_total, splits[0]!.complete, splits[0]!.rows_skipped], [40, true, { rejected: 30 }]);
      assert.deepEqual(paidTwice(double), []);
    });
  });
}

const ends: [what: string, options: OpenaiDoubleOptions, says: RegExp, isAnswered?: boolean][] = [
  [
    "whose account has no money left",
    { faults: { quota: (request) => request > 3 } },
    /127\.0\.0\.1:\d+: the account's quota is used up, see its plan and billing \(429: You exceeded [^\n]*\)/,
    true,
  ],
  [
    "that does not allow the model",
    { faults: { forbidden: 1 } },
    /127\.0\.0\.1:\d+ does not allow this key, or this place/,
  ],
  [
    "that asks for a wait of an hour",
    { faults: { tooMany: 1, retryAfter: "3600" } },
    /127\.0\.0\.1:\d+: too many requests or tokens [^\n]*: come back in 60 minutes/,
  ],
];

for (const [what, options, says, isAnswered = false] of ends) {
  test(`a server ${what} ends the run at once with one line, and what was answered is kept`, async () => {
    await withServer(cli, many, options, async ({ double, run }) => {
      const flags = ["--batch-size", "20", "--concurrency", "2", "--quiet"];
      const { code, stdout, stderr } = await run(...flags);
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(
        stderr,
        new RegExp(`^seedbed: ${says.source}[^\\n]*; ${isAnswered ? KEPT : "nothing was embedded"}\\n$`),
      );
      assert.ok(double.counters.requests <= 5, `${double.counters.requests} requests`);
      double.setFault({ quota: undefined, forbidden: undefined, tooMany: undefined });
      assert.equal((await run(...flags, "--resume")).code, 0);
      assert.deepEqual(paidTwice(double), []);
      assert.equal(double.bill.tokens, total);
    });
  });
}

const faults: [what: string, faults: OpenaiFaults][] = [
  [
    "refusals that pass, and connections that are cut",
    {
      ...{ tooMany: 0.05, retryAfter: "0", broken: 0.04, overloaded: 0.04, timeout: 0.04, conflict: 0.04 },
      ...{ cutRequest: 0.05, cutAnswer: 0.05 },
    },
  ],
  ["answers that stop or never come", { silent: (request) => request === 5, stalled: (request) => request === 9 }],
  ["answers in another order, and of another server", { shuffled: 0.5, foreign: 0.05 }],
];

test("whatever goes wrong with requests, the shards are the same to the last byte", async () => {
  await withServer(cli, many, {}, async ({ double, root, run }) => {
    const made = async (name: string) => {
      const flags = ["--batch-size", "10", "--rows-per-shard", "100", "--json", "--quiet"];
      const result = await run(...flags, "--root", `${root}/${name}`);
      assert.equal(result.code, 0, result.stderr);
      return { files: embed.lastingFiles(`${root}/${name}`), retries: resultOf(result)["retries"]! };
    };
    const { files: whole } = await made("whole");
    for (const [number, [what, some]] of faults.entries()) {
      double.setFault(some);
      const { files, retries } = await made(`faulty-${number}`);
      assert.deepEqual(files, whole, what);
      assert.ok(retries > 0, `${what}: nothing went wrong`);
      double.setFault(Object.fromEntries(Object.keys(some).map((name) => [name, undefined])));
    }
  });
});

test("the key is in no file and nothing that is said, even where the server says it", async () => {
  const key = "sk-Secret0123456789";
  await withServer(
    cli,
    many,
    { key, faults: { echoKey: (request) => request < 4 }, poison: "Text 7:" },
    async (served) => {
      const { variables, args, root, run, said } = served;
      for (const flags of [[], ["--resume", "--json"], ["--dry-run", "--json"]])
        await run("--batch-size", "50", "--debug", ...flags);
      assert.match(said.join(""), /Trying again in [^\n]*No luck with Bearer \[key\]/);
      const wrong = { ...variables, OPENAI_API_KEY: "sk-Other-Secret0123456789" };
      const failed = await embed.runWith(cli, wrong, "embed", ...args, "--root", `${root}/other`, "--debug");
      assert.equal(failed.code, 1);
      const words = /^seedbed: 127\.0\.0\.1:\d+ does not accept the OPENAI_API_KEY \(401\); nothing was embedded$/m;
      assert.match(failed.stderr, words);
      said.push(failed.stdout, failed.stderr);
      const texts = readdirSync(root, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(`${entry.parentPath}/${entry.name}`, "latin1"));
      assert.ok(texts.length > 4);
      for (const text of [...texts, ...said]) assert.ok(!text.includes("Secret0123"), text.slice(0, 300));
    },
  );
});
