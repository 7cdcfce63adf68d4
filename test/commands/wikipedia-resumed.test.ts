import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import type { EngramDouble } from "../doubles/engram.ts";
import { withEngram } from "../doubles/withengram.ts";
import { buildCli } from "../support/built.ts";
import type { CliResult } from "../support/cli.ts";
import { articlePages, dumpOf } from "../support/dumps.ts";
import { withTempFolder } from "../support/temp.ts";

const cli = buildCli();
process.on("exit", cli.remove);

const COUNT = 40;
const whole = dumpOf(articlePages(COUNT));

interface Store {
  readonly folder: string;
  readonly double: EngramDouble;
  run(...flags: string[]): Promise<CliResult>;
}

async function withStore(use: (store: Store) => Promise<void>): Promise<void> {
  await withTempFolder(async (folder) => {
    writeFileSync(`${folder}/dump.xml`, whole);
    await withEngram({ dedup: false }, async (double) => {
      const to = ["--endpoint", double.url, "--checkpoint", `${folder}/checkpoint`];
      const run = (...flags: string[]) => cli.run("wikipedia", "--dump", `${folder}/dump.xml`, ...to, ...flags);
      await use({ folder, double, run });
    });
  });
}

test("a store that holds less than earlier runs noted is told, and counted in --json", async () => {
  await withStore(async ({ folder, double, run }) => {
    assert.equal((await run("--limit", "30")).code, 0);
    const kept = await run("--limit", "35", "--resume", "--json");
    assert.doesNotMatch(kept.stderr, /Warning/);
    assert.equal((JSON.parse(kept.stdout) as { store_missing: number }).store_missing, 0);
    for (let id = 1; id <= 11; id++) (double.memories as Map<string, unknown>).delete(`wikipedia-${id}`);
    const { code, stdout, stderr } = await run("--resume", "--json");
    assert.equal(code, 0);
    const words = `Warning: ${double.url} holds 24 memories, fewer than the 35 that ${folder}/checkpoint notes there: it lost some, `;
    assert.ok(stderr.includes(`\n${words}`), stderr);
    const { ingested, ingested_before: before, store_missing: missing } = JSON.parse(stdout) as Record<string, number>;
    assert.deepEqual([ingested, before, missing], [5, 35, 11]);
  });
});

test("a --limit below what is there is refused in one line, for files and stores", async () => {
  await withStore(async ({ folder, double, run }) => {
    assert.equal((await run("--limit", "30")).code, 0);
    const refusal = await run("--limit", "29", "--resume");
    assert.deepEqual(
      [refusal.code, refusal.stderr],
      [2, `seedbed: ${folder}/checkpoint holds 30 articles already: give a larger --limit\n`],
    );
    assert.equal(double.memories.size, 30);
    writeFileSync(`${folder}/dump.xml`, whole.slice(0, whole.length >> 1));
    const out = `${folder}/memories.jsonl`;
    const toFile = (...flags: string[]) =>
      cli.run("wikipedia", "--dump", `${folder}/dump.xml`, "--out", out, "--provider", "none", ...flags);
    assert.equal((await toFile()).code, 1);
    const [bytes, names] = [readFileSync(out, "utf8"), readdirSync(folder)];
    const count = bytes.split("\n").length - 1;
    const { code, stderr } = await toFile("--resume", "--limit", "3");
    assert.deepEqual([code, stderr], [2, `seedbed: ${out} holds ${count} articles already: give a larger --limit\n`]);
    assert.deepEqual([readFileSync(out, "utf8"), readdirSync(folder)], [bytes, names]);
    writeFileSync(`${folder}/dump.xml`, dumpOf(articlePages(COUNT).slice(4)));
    const last = await toFile("--resume", "--json");
    assert.equal(last.code, 0);
    assert.match(last.stderr, /\nWarning: 4 articles of the earlier run are not in this dump\n/);
    assert.equal((JSON.parse(last.stdout) as { not_in_dump: number }).not_in_dump, 4);
  });
});

test("of two runs at once on one checkpoint the second is refused, and the first is not disturbed", async () => {
  await withStore(async ({ folder, double, run }) => {
    double.setFault({ delayMs: 30 });
    const first = run("--concurrent", "1");
    while (double.memories.size === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const flags of [[], ["--resume"]]) {
      const { code, stderr } = await run(...flags);
      assert.equal(code, 2);
      assert.match(
        stderr,
        /^seedbed: \S+\/checkpoint is in use by process \d+: wait for it, or end it and delete \S+\n$/,
      );
    }
    const { code, stderr } = await first;
    assert.deepEqual([code, stderr, double.memories.size], [0, "", COUNT]);
    assert.deepEqual(readdirSync(folder).sort(), ["checkpoint", "dump.xml"]);
  });
});
