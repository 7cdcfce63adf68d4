import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { InputError } from "../../src/data/errors.ts";
import { openArticleFile } from "../../src/pipeline/articlefile.ts";
import { createArticleMemories } from "../../src/pipeline/articlememories.ts";
import { runArticles, type ArticleSummary } from "../../src/pipeline/articlerun.ts";
import { openArticleStore } from "../../src/pipeline/articlestore.ts";
import { createPageSet } from "../../src/pipeline/pageset.ts";
import type { Engram } from "../../src/targets/engram/client.ts";
import { seededUniform } from "../doubles/seeded.ts";
import { articlePage, articlePages, dumpOf, type DumpPage } from "../support/dumps.ts";
import { withTempFolder } from "../support/temp.ts";

const identity = { program: "seedbed test", dump: "dump.xml" };
const makeMemories = createArticleMemories(undefined);

interface Settings {
  readonly limit?: number;
  readonly resume?: boolean;
  /** Ends, as a run that is interrupted does, after so many articles. */
  readonly stopAt?: number;
}

async function toFile(folder: string, { limit, resume = false, stopAt }: Settings = {}): Promise<ArticleSummary> {
  const file = await openArticleFile(`${folder}/memories.jsonl`, identity, resume, limit);
  try {
    const options = { makeMemories, batchSize: 1, limit: stopAt ?? limit ?? Infinity };
    const summary = await runArticles(`${folder}/dump.xml`, file, options);
    if (stopAt === undefined) file.publish(true);
    return summary;
  } finally {
    await file.close();
  }
}

async function toStore(folder: string, stored: string[], limit?: number): Promise<ArticleSummary> {
  const engram = { rememberBody: async (id: string) => (stored.push(id), { stored: true }) } as unknown as Engram;
  const options = { concurrent: 1, checkpoint: `${folder}/checkpoint`, identity, resume: true, limit };
  const store = await openArticleStore(engram, options);
  try {
    return await runArticles(`${folder}/dump.xml`, store, { makeMemories, batchSize: 1, limit: limit ?? Infinity });
  } finally {
    await store.close();
  }
}

async function withDump(pages: readonly DumpPage[], use: (folder: string) => Promise<void>): Promise<void> {
  await withTempFolder(async (folder) => {
    writeFileSync(`${folder}/dump.xml`, dumpOf(pages));
    await use(folder);
  });
}

const idsIn = (path: string) =>
  [...readFileSync(path, "utf8").matchAll(/"id":"wikipedia-(\d+)"\}\n/g)].map(([, id]) => Number(id));

test("a page that a dump has twice is written once, whether the run was disturbed or not", async () => {
  const again = { ...articlePage(2), text: articlePage(99).text };
  const pages = [...articlePages(3), again, ...articlePages([4, 5]), articlePage(1), articlePage(6)];
  let whole = "";
  await withDump(pages, async (folder) => {
    const { pages: read, written } = await toFile(folder);
    assert.deepEqual([read, written], [8, 6]);
    assert.deepEqual(idsIn(`${folder}/memories.jsonl`), [1, 2, 3, 4, 5, 6]);
    whole = readFileSync(`${folder}/memories.jsonl`, "utf8");
  });
  for (const stopAt of [1, 2, 3, 4, 5]) {
    await withDump(pages, async (folder) => {
      await toFile(folder, { stopAt });
      const { written, writtenBefore, absent } = await toFile(folder, { resume: true });
      assert.deepEqual([written, writtenBefore, absent], [6 - stopAt, stopAt, 0]);
      assert.equal(readFileSync(`${folder}/memories.jsonl`, "utf8"), whole);
    });
  }
});

test("a limit below what a file holds already is refused; the file stays as it is, under either name", async () => {
  await withDump(articlePages(9), async (folder) => {
    await toFile(folder, { stopAt: 5 });
    const path = `${folder}/memories.jsonl`;
    for (const name of [`${path}.part`, path]) {
      if (name === path) renameSync(`${path}.part`, path);
      const names = readdirSync(folder);
      const message = `${name} holds 5 articles already: give a larger --limit`;
      await assert.rejects(toFile(folder, { resume: true, limit: 4 }), new InputError(message));
      assert.deepEqual(readdirSync(folder), names);
    }
    const { written, writtenBefore } = await toFile(folder, { resume: true, limit: 5 });
    assert.deepEqual([written, writtenBefore, idsIn(path)], [0, 5, [1, 2, 3, 4, 5]]);
  });
});

test("a limit counts all that a store holds, what is further on in the dump too, and is refused below it", async () => {
  await withDump(articlePages(9), async (folder) => {
    const path = `${folder}/checkpoint`;
    writeFileSync(path, `${JSON.stringify(identity)}\n{"page":7}\n{"page":2}\n{"page":9}\n`);
    const stored: string[] = [];
    const message = `${path} holds 3 articles already: give a larger --limit`;
    await assert.rejects(toStore(folder, stored, 2), new InputError(message));
    const same = await toStore(folder, stored, 3);
    assert.deepEqual([same.written, same.writtenBefore, stored], [0, 3, []]);
    const { written, writtenBefore } = await toStore(folder, stored, 5);
    assert.deepEqual([written, writtenBefore, stored], [2, 3, ["wikipedia-1", "wikipedia-3"]]);
  });
});

test("articles of an earlier run that the dump has no more are counted, once it was read to its end", async () => {
  await withDump(articlePages(9), async (folder) => {
    await toFile(folder, { stopAt: 5 });
    writeFileSync(`${folder}/dump.xml`, dumpOf(articlePages([2, 20, 4, 21, 22])));
    const summary = await toFile(folder, { resume: true });
    assert.deepEqual([summary.written, summary.writtenBefore, summary.absent], [3, 5, 3]);
    assert.deepEqual(idsIn(`${folder}/memories.jsonl`), [1, 2, 3, 4, 5, 20, 21, 22]);
  });
  await withDump(articlePages(9), async (folder) => {
    await toFile(folder, { stopAt: 5 });
    writeFileSync(`${folder}/dump.xml`, dumpOf(articlePages([2, 20, 4, 21, 22])));
    assert.equal((await toFile(folder, { resume: true, limit: 7 })).absent, 0); // who knows
  });
});

test("while another process is at it, a file or checkpoint is refused; what a dead one left is taken", async () => {
  await withDump(articlePages(3), async (folder) => {
    const path = `${folder}/memories.jsonl.checkpoint.jsonl`;
    writeFileSync(`${path}.lock`, String(process.ppid));
    const busy = (of: string) =>
      new InputError(`${of} is in use by process ${process.ppid}: wait for it, or end it and delete ${of}.lock`);
    for (const resume of [false, true]) await assert.rejects(toFile(folder, { resume }), busy(path));
    writeFileSync(`${folder}/checkpoint.lock`, String(process.ppid));
    await assert.rejects(toStore(folder, []), busy(`${folder}/checkpoint`));
    const { pid } = spawnSync(process.execPath, ["--version"]);
    for (const left of [String(pid), String(process.pid)]) {
      writeFileSync(`${path}.lock`, left);
      await toFile(folder, { stopAt: 1 });
      assert.equal(existsSync(`${path}.lock`), false);
      await toFile(folder, { resume: true });
      assert.deepEqual(readdirSync(folder).sort(), ["checkpoint.lock", "dump.xml", "memories.jsonl"]);
      rmSync(`${folder}/memories.jsonl`);
    }
    for (const left of ["", "0", "somebody's"]) {
      writeFileSync(`${path}.lock`, left);
      await assert.rejects(toFile(folder), /in use by process unknown: .*delete .*\.lock$/);
      assert.equal(readFileSync(`${path}.lock`, "utf8"), left);
    }
  });
});

test("a set of page ids does as a set of numbers", () => {
  const uniform = seededUniform(5);
  const [ours, theirs] = [createPageSet(), new Set<number>()];
  for (let i = 0; i < 20_000; i++) {
    const id = Math.floor(uniform() * (i % 3 === 0 ? 2 ** 53 : 9000));
    assert.equal(ours.has(id), theirs.has(id));
    assert.equal(ours.add(id), !theirs.has(id));
    theirs.add(id);
    assert.ok(ours.has(id) && ours.size === theirs.size);
  }
  for (const id of [0, 31, 32, 1023, 1024, Number.MAX_SAFE_INTEGER]) {
    assert.equal(ours.add(id), !theirs.has(id));
    assert.ok(ours.has(id));
  }
});
