import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { OpenaiDouble } from "../doubles/openai.ts";
import { seededUniform } from "../doubles/seeded.ts";
import { withOpenai } from "../doubles/withopenai.ts";
import { buildCli } from "../support/built.ts";
import { runToEnd } from "../support/cli.ts";
import * as embed from "../support/embed.ts";
import { withTempFolder } from "../support/temp.ts";
import { until } from "../support/until.ts";

const skip = process.platform === "win32" && "needs signals";
const isDeno = "deno" in process.versions;
const cli = buildCli();
process.on("exit", cli.remove);

const COUNT = 600;
const KILLS = 5;
const DELAY_MS = 20;
const BATCH = 10;
const CONCURRENCY = 4;
const rows = embed.textRows(COUNT);
const flags = [
  ...["--provider", "openai", "--dimensions", "16", "--n", String(COUNT), "--rows-per-shard", "32", "--quiet"],
  ...["--batch-size", String(BATCH), "--concurrency", String(CONCURRENCY)],
];

interface Served {
  readonly double: OpenaiDouble;
  readonly variables: Record<string, string>;
  readonly root: string;
  readonly args: readonly string[];
  /** What an undisturbed run leaves under its root. */
  readonly whole: Record<string, string>;
}

/** Runs `use` with a double whose bill is empty, and what a run that nobody disturbed left elsewhere. */
async function withServer(delayMs: number, use: (served: Served) => Promise<void>): Promise<void> {
  await withTempFolder((folder) =>
    withOpenai({}, async (double) => {
      const input = `${folder}/texts.jsonl`;
      embed.writeRows(input, rows);
      const variables = { ...embed.FIXED, ...embed.openaiVariables(double) };
      const args = (root: string) => ["embed", "--dataset", input, "--root", root, ...flags];
      assert.equal((await embed.runWith(cli, variables, ...args(`${folder}/whole`))).code, 0);
      const whole = embed.lastingFiles(`${folder}/whole`);
      assert.equal(Object.keys(whole).length, Math.ceil(COUNT / 32) + 2);
      double.bill.texts.clear();
      double.setFault({ delayMs });
      const root = `${folder}/root`;
      await use({ double, variables, root, args: args(root), whole });
    }),
  );
}

/** Texts that were paid for more than once, each as often as it was too often. */
function paidTwice({ bill }: OpenaiDouble): number {
  return [...bill.texts.values()].reduce((sum, count) => sum + count - 1, 0);
}

for (const seed of [11, 12]) {
  test(
    `killed five times at random moments (${seed}) and gone on with, the shards are those of an undisturbed run`,
    { skip },
    async () => {
      const uniform = seededUniform(seed);
      await withServer(DELAY_MS, async ({ double, variables, root, args, whole }) => {
        const seen = { shards: new Set<number>(), spools: 0 };
        for (let kills = 0; kills < KILLS; kills++) {
          const before = double.bill.texts.size;
          const twiceBefore = paidTwice(double);
          const target = before + Math.floor((uniform() * COUNT) / (2 * KILLS));
          const child = embed.startWith(cli, variables, kills === 0 ? args : [...args, "--resume"]);
          const ended = runToEnd(child);
          await until(() => double.bill.texts.size > target || child.exitCode !== null);
          await sleep(Math.floor(DELAY_MS * uniform()));
          child.kill("SIGKILL");
          const { code, stderr } = await ended;
          assert.notEqual(code, 0, "the run ended before it was killed");
          assert.equal(stderr, "");
          // What was in flight at the kill before is paid for a second time now, and nothing else.
          assert.ok(
            paidTwice(double) - twiceBefore <= CONCURRENCY * BATCH,
            `${paidTwice(double) - twiceBefore} texts twice`,
          );
          const { shards, index } = embed.placesOf(root, embed.SMALL, "texts");
          seen.shards.add(readdirSync(shards).length);
          seen.spools += readdirSync(`${root}/cache/${embed.SMALL}/texts`).length;
          assert.equal(embed.manifestIn(index).splits[0]!.complete, false);
        }
        assert.ok(seen.shards.size > 2 && seen.spools > 2, "kills did not fall within and between shards");
        const { code, stderr } = await embed.runWith(cli, variables, ...args, "--resume");
        assert.deepEqual([code, stderr], [0, ""]);
        assert.deepEqual(embed.lastingFiles(root), whole);
        assert.deepEqual(embed.leftovers(root), []);
        assert.equal(double.bill.texts.size, COUNT);
        assert.ok(paidTwice(double) <= KILLS * CONCURRENCY * BATCH);
      });
    },
  );
}

test("Ctrl-C ends at once and says how to go on, which loses and asks for nothing twice", { skip }, async () => {
  await withServer(100, async ({ double, variables, root, args, whole }) => {
    const child = embed.startWith(cli, variables, args);
    const ended = runToEnd(child);
    await until(() => double.bill.texts.size > COUNT / 3);
    child.kill("SIGINT");
    const began = performance.now();
    const { code, stdout, stderr } = await ended;
    assert.ok(performance.now() - began < 5000);
    // Deno calls exit code 130 a signal.
    assert.ok(code === 130 || (isDeno && code === null), `${code}`);
    assert.deepEqual([stdout, stderr], ["", "seedbed: Interrupted: what was answered is kept; go on with --resume\n"]);
    assert.deepEqual(
      embed.leftovers(root).filter((path) => !path.endsWith(".answers")),
      [],
    );
    const listed = await embed.runWith(cli, {}, "list", "--root", root);
    assert.match(listed.stdout, / unfinished\n$/);
    const unfinished = await embed.runWith(cli, {}, "verify", "--dataset", "texts", "--root", root);
    assert.equal(unfinished.code, 1);
    assert.match(unfinished.stderr, /^ {2}split default: unfinished; embed it again with --resume$/m);
    const refused = await embed.runWith(cli, variables, ...args);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /^seedbed: \S+texts holds split default, unfinished: add --resume to check, /);
    double.setFault({ delayMs: 0 });
    assert.equal((await embed.runWith(cli, variables, ...args, "--resume")).code, 0);
    assert.deepEqual(embed.lastingFiles(root), whole);
    assert.deepEqual(embed.leftovers(root), []);
    assert.ok(paidTwice(double) <= CONCURRENCY * BATCH, `${paidTwice(double)} texts twice`);
    assert.equal((await embed.runWith(cli, {}, "verify", "--dataset", "texts", "--root", root)).code, 0);
    const { requests } = double.counters;
    assert.equal((await embed.runWith(cli, variables, ...args, "--resume")).code, 0);
    assert.equal(double.counters.requests, requests, "a complete dataset was asked for again");
    assert.deepEqual(embed.lastingFiles(root), whole);
  });
});
