import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { EngramDouble } from "../doubles/engram.ts";
import { seededUniform } from "../doubles/seeded.ts";
import { withEngram } from "../doubles/withengram.ts";
import { buildCli } from "../support/built.ts";
import { runToEnd, spawnQuietly } from "../support/cli.ts";
import { assertHolds, ledgerOf, memoryLines, storedIn, writeLines } from "../support/ingest.ts";
import { withTempFolder } from "../support/temp.ts";

const skip = process.platform === "win32" && "needs signals";
const isDeno = "deno" in process.versions;
const cli = buildCli();
process.on("exit", cli.remove);

const COUNT = 4000;
const KILLS = 10;
const lines = memoryLines(0, COUNT);
const all = Array.from({ length: COUNT }, (_, row) => row);

const start = (args: readonly string[]) =>
  spawnQuietly(process.execPath, [...(isDeno ? ["run", "-A", "--no-prompt"] : []), cli.entry, "ingest", ...args]);

async function withStore(use: (double: EngramDouble, input: string, args: string[]) => Promise<void>): Promise<void> {
  await withTempFolder((folder) =>
    withEngram({ dedup: false, faults: { delayMs: 2 } }, async (double) => {
      const input = `${folder}/memories.jsonl`;
      writeLines(input, lines);
      await use(double, input, ["--input", input, "--endpoint", double.url]);
    }),
  );
}

test("killed ten times at random moments and gone on with, every memory is stored once", { skip }, async () => {
  const uniform = seededUniform(5);
  await withStore(async (double, input, args) => {
    let kills = 0;
    for (let run = 0; kills < KILLS; run++) {
      assert.ok(run < 3 * KILLS, "runs end before they are killed");
      const before = double.memories.size;
      const target = before + Math.floor((uniform() * (COUNT - before)) / 4);
      const known = storedIn(input);
      double.counters.attempts.clear();
      const child = start(run === 0 ? args : [...args, "--resume"]);
      const ended = runToEnd(child);
      while (double.memories.size <= target && child.exitCode === null) await sleep(1);
      await sleep(Math.floor(20 * uniform()));
      child.kill("SIGKILL");
      const { code, stderr } = await ended;
      if (code !== 0) kills++;
      else assert.fail(`run ${run} ended: ${stderr}`);
      for (const id of double.counters.attempts.keys())
        assert.ok(!known.has(Number(id.slice("memory-".length))), `${id} was known to be stored, and sent again`);
      await sleep(20); // what was under way arrives
      for (const row of storedIn(input)) assert.ok(double.memories.has(`memory-${row}`), `row ${row} is not there`);
    }
    const { code, stdout, stderr } = await cli.run("ingest", ...args, "--resume", "--json");
    assert.equal(code, 0, stderr);
    assert.equal((JSON.parse(stdout) as { ingested: number }).ingested, COUNT);
    assertHolds(double, all);
    assert.equal(storedIn(input).size, COUNT);
    assert.deepEqual(readdirSync(ledgerOf(input)), ["ledger.jsonl"]);
  });
});

test("Ctrl-C ends at once, says what is stored and how to go on, and loses no outcome", { skip }, async () => {
  await withStore(async (double, input, args) => {
    const child = start(args);
    const ended = runToEnd(child);
    while (double.memories.size < 1500) await sleep(1);
    child.kill("SIGINT");
    const began = performance.now();
    const { code, stderr } = await ended;
    assert.ok(performance.now() - began < 5000);
    // Deno calls exit code 130 a signal.
    assert.ok(code === 130 || (isDeno && code === null), `${code}`);
    const [, stored] =
      /^seedbed: Interrupted: ([\d,]+) rows are known to be stored; go on with --resume\n$/.exec(stderr) ??
      assert.fail(stderr);
    assert.equal(storedIn(input).size, Number(stored!.replaceAll(",", "")));
    await sleep(20);
    assert.ok(double.memories.size - storedIn(input).size <= 20, "more than was under way is not noted");
    const refused = await cli.run("ingest", ...args);
    assert.equal(refused.code, 2);
    assert.match(
      refused.stderr,
      /^seedbed: \S+ledger\.jsonl is of an unfinished run: go on with --resume, or delete it to begin anew\n$/,
    );
    assert.equal((await cli.run("ingest", ...args, "--resume")).code, 0);
    assertHolds(double, all);
  });
});

test("two runs of one load at a time are refused", { skip }, async () => {
  await withStore(async (double, input, args) => {
    const child = start(args);
    const ended = runToEnd(child);
    while (double.memories.size < 100) await sleep(1);
    const { code, stderr } = await cli.run("ingest", ...args, "--resume");
    assert.equal(code, 2);
    assert.match(stderr, /^seedbed: \S+ledger\.jsonl is in use by process \d+: wait for it/);
    assert.equal((await ended).code, 0);
    assertHolds(double, all);
    assert.ok(statSync(`${ledgerOf(input)}/ledger.jsonl`).size < 20_000);
    assert.match(readFileSync(`${ledgerOf(input)}/ledger.jsonl`, "utf8"), /\n\{"finished":true\}\n$/);
  });
});
