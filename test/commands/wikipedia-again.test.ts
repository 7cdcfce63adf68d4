import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import type { EngramDouble, EngramDoubleOptions } from "../doubles/engram.ts";
import { withEngram } from "../doubles/withengram.ts";
import { buildCli } from "../support/built.ts";
import type { CliResult } from "../support/cli.ts";
import { articlePages, dumpOf } from "../support/dumps.ts";
import { withTempFolder } from "../support/temp.ts";

const cli = buildCli();
process.on("exit", cli.remove);

const COUNT = 40;
const dump = dumpOf(articlePages(COUNT));

interface Store {
  readonly checkpoint: string;
  readonly double: EngramDouble;
  run(...flags: string[]): Promise<CliResult>;
}

/** A dump, a store, and the command that brings the one into the other. */
async function withStore(options: EngramDoubleOptions, use: (store: Store) => Promise<void>): Promise<void> {
  await withTempFolder(async (folder) => {
    writeFileSync(`${folder}/dump.xml`, dump);
    const checkpoint = `${folder}/checkpoint.jsonl`;
    const flags = ["wikipedia", "--dump", `${folder}/dump.xml`, "--checkpoint", checkpoint];
    await withEngram(options, (double) =>
      use({ checkpoint, double, run: (...more) => cli.run(...flags, "--endpoint", double.url, ...more) }),
    );
  });
}

/** The ids that were noted since the last word that a run was finished; undefined where that is not the last line. */
function notedIn(checkpoint: string): string[] | undefined {
  const lines = readFileSync(checkpoint, "utf8").trimEnd().split("\n");
  if (lines.at(-1) !== '{"finished":true}') return undefined;
  const entries = lines.map((line) => JSON.parse(line) as { page?: number });
  return entries.flatMap(({ page }) => (page === undefined ? [] : `wikipedia-${page}`));
}

const sentOf = (double: EngramDouble) => [...double.counters.attempts.values()].reduce((sum, count) => sum + count, 0);

test("complete runs leave what they stored: --resume sends nothing twice, a plain run begins anew", async () => {
  await withStore({}, async ({ checkpoint, double, run }) => {
    const steps: [flags: string[], words: RegExp, noted: number, sent: number][] = [
      [["--limit", "15"], /\nIngested: {6}15\n/, 15, 15],
      [["--limit", "15", "--resume"], /\nIngested: {6}0, and 15 by an earlier run\n/, 15, 15],
      [["--limit", "25", "--resume"], /\nIngested: {6}10, and 15 by an earlier run\n/, 25, 25],
      [["--resume"], /\nIngested: {6}15, and 25 by an earlier run\n/, COUNT, COUNT],
      [["--resume"], /\nIngested: {6}0, and 40 by an earlier run\n/, COUNT, COUNT],
      [["--limit", "5"], /\nIngested: {6}5\n/, 5, COUNT + 5],
    ];
    for (const [flags, words, noted, sent] of steps) {
      const { code, stdout, stderr } = await run(...flags);
      assert.deepEqual([code, stderr], [0, ""], flags.join(" "));
      assert.match(stdout, words);
      assert.deepEqual([notedIn(checkpoint)?.length, sentOf(double)], [noted, sent], flags.join(" "));
    }
    assert.equal(double.memories.size, COUNT);
  });
});

test("a store that was emptied is not gone on with: what the checkpoint notes is not there", async () => {
  await withStore({}, async ({ checkpoint, run }) => {
    assert.equal((await run("--limit", "7")).code, 0);
    const noted = readFileSync(checkpoint, "utf8");
    await withEngram({}, async (empty) => {
      const moved = noted.replace(/"endpoint":"[^"]*"/, `"endpoint":"${empty.url}"`);
      for (const content of [moved, moved.replace('{"finished":true}\n', "")]) {
        writeFileSync(checkpoint, content);
        const { code, stderr } = await run("--resume", "--endpoint", empty.url);
        const words = `${empty.url} is empty, but ${checkpoint} notes 7 articles there: delete it to begin anew`;
        assert.deepEqual([code, stderr], [2, `seedbed: ${words}\n`]);
        assert.deepEqual([readFileSync(checkpoint, "utf8"), sentOf(empty)], [content, 0]);
      }
      writeFileSync(checkpoint, moved);
      assert.equal((await run("--endpoint", empty.url)).code, 0);
      assert.equal(empty.memories.size, COUNT);
    });
  });
});

test("a token is sent; without it, or with another, nothing is", async () => {
  await withStore({ token: "open-sesame" }, async ({ double, run }) => {
    for (const flags of [[], ["--token", "another"]]) {
      const { code, stderr } = await run(...flags);
      assert.equal(code, 2);
      assert.match(
        stderr,
        /^seedbed: Engram at \S+ does not let this program in: UNAUTHORIZED: .*; check the token\n$/,
      );
    }
    assert.equal(double.memories.size, 0);
    const { code, stdout, stderr } = await run("--token", "open-sesame");
    assert.deepEqual([code, stderr, double.memories.size], [0, "", COUNT]);
    assert.doesNotMatch(stdout, /sesame/);
  });
});

for (const json of [false, true]) {
  test(`what is tried again is said${json ? ", with --json beside the result" : ""}, but not each time`, async () => {
    const broken = (request: number) => request >= 2 && request <= 11; // all that are sent at first; number 1 asks for the counts
    await withStore({ faults: { broken } }, async ({ double, run }) => {
      const { code, stdout, stderr } = await run(...(json ? ["--json"] : []));
      assert.deepEqual([code, double.memories.size], [0, COUNT], stderr);
      const [said, other] = json ? [stderr, stdout] : [stdout, stderr];
      assert.match(said, /\nTrying again in 0\.[1-3] s: store memory "wikipedia-\d+": [^\n]+\n/);
      const times = said.split("Trying again in").length - 1;
      assert.ok(times >= 1 && times <= 5, `${times} times`); // of ten, one in five seconds
      assert.doesNotMatch(other, /Trying/);
    });
  });
}

test("--quiet says nothing of what is tried again", async () => {
  await withStore({ faults: { broken: (request) => request <= 2 } }, async ({ double, run }) => {
    assert.deepEqual(await run("--quiet"), { code: 0, stdout: "", stderr: "" });
    assert.equal(double.memories.size, COUNT);
  });
});
