import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { buildCli } from "../support/built.ts";
import { runToEnd } from "../support/cli.ts";
import { filesIn } from "../support/downloads.ts";
import * as embed from "../support/embed.ts";
import { resultOf, withServer, type Served } from "../support/embedserver.ts";
import { assertRefused } from "../support/refused.ts";
import { withTempFolder } from "../support/temp.ts";
import { until } from "../support/until.ts";

const cli = buildCli();
process.on("exit", cli.remove);

const rows = embed.textRows(400);
const SMALL = ["--batch-size", "10", "--concurrency", "2", "--rows-per-shard", "50"];

interface RunRecord {
  readonly state: string;
  readonly reason: string | null;
  readonly message: string | null;
  readonly counts: Readonly<Record<string, number>>;
  readonly requests: number;
  readonly tokens: number;
  readonly tokens_spent: number;
  readonly cost_usd: number;
  readonly duration_s: number;
}

function recordIn({ index, double }: Served): RunRecord {
  const text = readFileSync(`${index}/run.json`, "utf8");
  assert.ok(!text.includes(double.key), "the key is in run.json");
  return JSON.parse(text) as RunRecord;
}

/** Asserts that the record tells what the server has seen, and what lies there. */
function assertCounted(served: Served, { counts, requests, tokens, ...record }: RunRecord): void {
  const { double, index } = served;
  assert.equal(requests, double.counters.requests);
  assert.equal(counts["embedded"], double.bill.texts.size);
  assert.deepEqual([tokens, record.tokens_spent], [double.bill.tokens, double.bill.tokens]);
  assert.ok(tokens > 0 && Math.abs(record.cost_usd - (tokens * 0.02) / 1e6) < 1e-12);
  const manifest = embed.manifestIn(index);
  assert.deepEqual([counts["rows_total"], counts["shards"]], [manifest.rows_total, manifest.shards.length]);
  assert.ok(record.duration_s > 0);
}

test("run.json tells of a run that its budget stopped, of one that the server stopped, and of the one that ended", async () => {
  await withServer(cli, rows, {}, async (served) => {
    const { double, run, index } = served;
    assert.equal((await run(...SMALL, "--max-tokens", "2000", "--quiet")).code, 1);
    const budget = recordIn(served);
    assert.deepEqual([budget.state, budget.reason], ["stopped", "budget"]);
    assert.match(budget.message!, /^The budget of 2000 tokens does not allow the next request: /);
    assertCounted(served, budget);
    assert.deepEqual([budget.counts["kept"], budget.counts["repaired"], budget.counts["failed"]], [0, 0, 0]);
    assert.ok(budget.counts["shards"]! > 0 && budget.counts["shards"]! < 8);

    writeFileSync(`${embed.placesOf(served.root, embed.SMALL, "texts").shards}/shard-00000.parquet`, "");
    double.setFault({ quota: (request) => request > 12 });
    const { stderr } = await run(...SMALL, "--resume", "--quiet");
    const quota = recordIn(served);
    assert.deepEqual([quota.state, quota.reason], ["stopped", "quota"]);
    assert.match(quota.message!, /^127\.0\.0\.1:\d+: the account's quota is used up/);
    assert.equal(stderr, `seedbed: ${quota.message}; what was answered is kept; go on with --resume\n`);
    assert.deepEqual(
      [quota.counts["kept"], quota.counts["repaired"]],
      [budget.counts["shards"]! - 1, embed.manifestIn(index).shards[0]!.shard_index === 0 ? 1 : 0],
    );
    assert.ok(quota.counts["embedded"]! > 0);

    double.setFault({ quota: undefined, echoKey: 1 }); // in the words that say why the run ended
    assert.equal((await run(...SMALL, "--resume", "--quiet")).code, 1);
    const broken = recordIn(served);
    assert.deepEqual([broken.state, broken.reason], ["stopped", "server"]);
    assert.match(broken.message!, /^Gave up after \d+ tries: 127\.0\.0\.1:\d+ answered 500: .*\[key\]/);

    double.setFault({ echoKey: undefined });
    const last = await run(...SMALL, "--resume", "--json");
    assert.equal(last.code, 0, last.stderr);
    const { state, reason, message, counts } = recordIn(served);
    assert.deepEqual([state, reason, message], ["complete", null, null]);
    assert.deepEqual([counts["rows_total"], counts["embedded"]], [400, resultOf(last)["embedded"]]);
  });
});

test(
  "run.json tells of a run that Ctrl-C stopped, which is as quick as ever",
  { skip: process.platform === "win32" && "needs signals" },
  async () => {
    await withServer(cli, rows, {}, async (served) => {
      const { double, variables, args, root, index } = served;
      double.setFault({ silent: (request) => request > 12 });
      const child = embed.startWith(cli, variables, ["embed", ...args, "--root", root, ...SMALL, "--quiet"]);
      const ended = runToEnd(child);
      await until(() => double.counters.requests > 12);
      assert.ok(!existsSync(`${index}/run.json`));
      child.kill("SIGINT");
      const began = performance.now();
      const { stderr } = await ended;
      assert.ok(performance.now() - began < 2000);
      assert.equal(stderr, "seedbed: Interrupted: what was answered is kept; go on with --resume\n");
      const { state, reason, message, counts, requests } = recordIn(served);
      assert.deepEqual([state, reason, message], ["stopped", "interrupted", null]);
      assert.ok(requests >= 12 && counts["embedded"]! >= 100, `${requests} requests`);
      assert.equal(counts["rows_total"], embed.manifestIn(index).rows_total);
    });
  },
);

test("a run that nothing came of pins nothing: the next one may ask for something else", async () => {
  await withServer(cli, rows, {}, async (served) => {
    const { double, variables, args, root, index } = served;
    const flags = [...args, "--root", root, ...SMALL, "--quiet"];
    const wrong = { ...variables, OPENAI_API_KEY: "sk-wrong-0123456789abcdef" };
    const first = await embed.runWith(cli, wrong, "embed", ...flags);
    assert.equal(first.code, 1);
    assert.match(first.stderr, /^seedbed: [^\n]* does not accept the OPENAI_API_KEY \(401\); nothing was embedded\n$/);
    assert.equal(recordIn(served).state, "stopped");
    assert.ok(
      !existsSync(`${index}/manifest.json`) && !existsSync(`${root}/cache`) && !existsSync(`${root}/embeddings`),
    );
    const other = await embed.runWith(cli, variables, "embed", ...flags, "--n", "20", "--seed", "7");
    assert.deepEqual([other.code, other.stderr], [0, ""]);

    // Of a second split there is nothing either, and the first one is as it was.
    const before = embed.lastingFiles(root);
    const second = await embed.runWith(cli, wrong, "embed", ...flags, "--split", "second");
    assert.match(second.stderr, /\(401\); nothing was embedded\n$/);
    assert.deepEqual(embed.lastingFiles(root), before);
    assert.deepEqual(embed.leftovers(root), []);

    // What a server answered before it gave up is kept, in a shard or not, and so is who answered.
    let { requests } = double.counters;
    double.setFault({ quota: () => double.counters.requests > requests + 7 });
    const third = await embed.runWith(cli, variables, "embed", ...flags, "--split", "second", "--concurrency", "1");
    assert.match(third.stderr, /; what was answered is kept; go on with --resume\n$/);
    assertRefused(
      await embed.runWith(cli, variables, "embed", ...flags, "--split", "second", "--n", "9", "--resume"),
      /made with n 1000000, not 9/,
    );
    double.setFault({ quota: undefined });
    ({ requests } = double.counters);
    const fourth = await embed.runWith(cli, variables, "embed", ...flags, "--split", "second", "--resume");
    assert.deepEqual([fourth.code, double.counters.requests - requests], [0, 33]);
  });
});

test("a dataset that is there, or in use, is refused before the input is read; its run.json stays", async () => {
  await withTempFolder(async (folder) => {
    const root = `${folder}/root`;
    const input = `${folder}/texts.jsonl`;
    embed.writeRows(input, rows.slice(0, 40));
    const run = (...more: string[]) => {
      const args = ["--dataset", input, "--root", root, "--dimensions", "128", "--quiet"];
      return embed.runWith(cli, embed.FIXED, "embed", ...args, ...more);
    };
    assert.equal((await run()).code, 0);
    const { manifest } = embed.placesOf(root, embed.LOCAL, "texts");
    writeFileSync(input, '{"words":1}\n'.repeat(2000)); // whoever reads it says so
    const before = filesIn(root);
    assertRefused(await run(), /texts holds split default: add --resume to check, complete and repair it, or/);
    assertRefused(await run("--seed", "7", "--resume"), /texts was made with seed 42, not 7: ask for the same/);
    assertRefused(await run("--resume"), /None of \d+ rows has the field "text"/);
    assertRefused(await run("--dry-run"), /None of \d+ rows has the field "text"/);
    assert.deepEqual(filesIn(root), before);
    writeFileSync(`${manifest}.lock`, String(process.pid));
    for (const more of [[], ["--resume"]])
      assertRefused(await run(...more), /manifest\.json is in use by process \d+: wait for it/);
    writeFileSync(`${manifest}.lock`, "2147480000"); // nobody's
    assertRefused(await run(), /texts holds split default: add --resume/);
  });
});

test("a dry run of the provider openai needs no key, and a real one does", async () => {
  await withServer(cli, rows, {}, async ({ double, variables, args, root }) => {
    const { OPENAI_API_KEY: _, ...keyless } = variables;
    const flags = ["embed", ...args, "--root", root];
    const planned = await embed.runWith(cli, keyless, ...flags, "--dry-run", "--json");
    assert.equal(planned.code, 0, planned.stderr);
    const keyed = await embed.runWith(cli, variables, ...flags, "--dry-run", "--json");
    assert.deepEqual(resultOf(planned), resultOf(keyed));
    assert.ok(resultOf(planned)["tokens"]! > 1000);
    assertRefused(await embed.runWith(cli, keyless, ...flags, "--quiet"), /OPENAI_API_KEY is not set/);
    assert.equal(double.counters.requests, 0);
    assert.ok(!existsSync(root));
  });
});
