import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import test from "node:test";
import { localProvider } from "../../src/embed/local.ts";
import { createArticleMemories } from "../../src/pipeline/articlememories.ts";
import { runArticles, type ArticleSummary } from "../../src/pipeline/articlerun.ts";
import { openArticleStore } from "../../src/pipeline/articlestore.ts";
import { openEngram } from "../../src/targets/engram/client.ts";
import type { EngramDouble, Faults } from "../doubles/engram.ts";
import { withEngram } from "../doubles/withengram.ts";
import { articlePages, dumpOf, skippedPages } from "../support/dumps.ts";
import { soon } from "../support/soon.ts";
import { withTempFolder } from "../support/temp.ts";

const COUNT = 60;
const pages = [...articlePages(30), ...skippedPages(1000), ...articlePages(COUNT).slice(30)];
const makeMemories = createArticleMemories(localProvider());
const idOf = (page: number) => `wikipedia-${page}`;
const allIds = Array.from({ length: COUNT }, (_, at) => idOf(at + 1)).sort();

interface Settings {
  readonly concurrent?: number;
  readonly resume?: boolean;
  readonly limit?: number;
  readonly signal?: AbortSignal;
  readonly tries?: number;
  readonly make?: typeof makeMemories;
}

/** Sends the dump of a folder to the double. */
async function run(folder: string, double: EngramDouble, settings: Settings = {}): Promise<ArticleSummary> {
  const { concurrent = 10, resume = false, limit = Infinity, signal, tries, make = makeMemories } = settings;
  const engram = openEngram({ endpoint: double.url, signal, tries, baseMs: 1 });
  const identity = { program: "seedbed test", dump: "dump.xml" };
  const store = await openArticleStore(engram, { concurrent, checkpoint: `${folder}/checkpoint`, identity, resume });
  try {
    const options = { makeMemories: make, batchSize: 7, limit, signal };
    const summary = await runArticles(`${folder}/dump.xml`, store, options);
    if (summary.failed.length === 0) store.finish();
    return summary;
  } finally {
    await engram.close();
    await soon(store.close());
  }
}

async function withStore(faults: Faults, use: (folder: string, double: EngramDouble) => Promise<void>): Promise<void> {
  await withTempFolder(async (folder) => {
    writeFileSync(`${folder}/dump.xml`, dumpOf(pages));
    await withEngram({ faults }, (double) => use(folder, double));
  });
}

const storedIds = (double: EngramDouble) => [...double.memories.keys()].sort();
const notedIds = (folder: string) =>
  [...readFileSync(`${folder}/checkpoint`, "utf8").matchAll(/^\{"page":(\d+)\}$/gm)].map(([, page]) =>
    idOf(Number(page)),
  );

const isFinished = (folder: string) => readFileSync(`${folder}/checkpoint`, "utf8").endsWith('\n{"finished":true}\n');

for (const concurrent of [1, 2, 10, 256]) {
  test(`${concurrent} at a time: every article is sent once, with its embedding, and no more requests are under way`, async () => {
    await withStore({ delayMs: 2 }, async (folder, double) => {
      const { written, failed } = await run(folder, double, { concurrent });
      assert.deepEqual([written, failed], [COUNT, []]);
      assert.deepEqual(storedIds(double), allIds);
      assert.ok([...double.memories.values()].every(({ hasEmbedding }) => hasEmbedding));
      assert.ok([...double.counters.attempts.values()].every((count) => count === 1));
      // A request takes a connection for itself until it is answered.
      const { connections } = double.counters;
      assert.ok(connections <= concurrent && connections >= Math.min(concurrent, 2), `${connections} connections`);
      assert.deepEqual(notedIds(folder).sort(), allIds);
      assert.ok(isFinished(folder));
    });
  });
}

const passing: Record<string, Faults> = {
  "a 500 after storing": { afterStoring: 0.3 },
  "a 500 before storing": { broken: 0.3 },
  "a 503 with Retry-After": { unavailable: 0.3 },
  "a 429 with Retry-After": { tooMany: 0.3 },
  "a 408": { queryTimeout: 0.2 },
  "a request that is cut": { cutRequest: 0.2 },
  "an answer that is cut": { cutAnswer: 0.2 },
  "all of it": { afterStoring: 0.1, broken: 0.1, unavailable: 0.1, tooMany: 0.1, cutRequest: 0.1, cutAnswer: 0.1 },
};
for (const [name, faults] of Object.entries(passing)) {
  test(`${name} is tried again with the same id, and stored once`, async () => {
    await withStore(faults, async (folder, double) => {
      const { written, failed } = await run(folder, double, { tries: 30 });
      assert.deepEqual([written, failed], [COUNT, []]);
      assert.deepEqual(storedIds(double), allIds);
      assert.ok(double.counters.requests > COUNT, "no fault has struck");
    });
  });
}

/** Makes memories that the store refuses of these pages. */
function withBadEmbeddings(bad: readonly number[]): typeof makeMemories {
  return async (articles, signal) =>
    (await makeMemories(articles, signal)).map((memory) =>
      bad.includes(memory.pageId)
        ? { ...memory, json: memory.json.replace(/"embedding":\[[^,]*,/, '"embedding":[') }
        : memory,
    );
}

test("a refused article fails alone, with its reason; the next run sends it again, and only it", async () => {
  await withStore({}, async (folder, double) => {
    const first = await run(folder, double, { make: withBadEmbeddings([9, 41]) });
    assert.deepEqual(first.failed.map(({ id }) => id).sort(), ["wikipedia-41", "wikipedia-9"]);
    for (const { reason } of first.failed) {
      assert.equal(reason, "INVALID_MEMORY_INPUT: Embedding must be exactly 768 dimensions, got 767");
    }
    assert.equal(first.written, COUNT - 2);
    assert.deepEqual(notedIds(folder).sort(), storedIds(double));
    assert.equal(isFinished(folder), false);
    const sentBefore = double.counters.requests;
    const second = await run(folder, double, { resume: true });
    assert.deepEqual([second.written, second.writtenBefore, second.failed], [2, COUNT - 2, []]);
    assert.equal(double.counters.requests - sentBefore, 2);
    assert.deepEqual(storedIds(double), allIds);
    assert.ok(isFinished(folder));
  });
});

test("a store that refuses for too long fails that article, and the run goes on", async () => {
  // With one request at a time, the first one meets its end at the third try.
  await withStore({ unavailable: (request) => request <= 3 }, async (folder, double) => {
    const { written, failed } = await run(folder, double, { concurrent: 1, tries: 3 });
    assert.deepEqual(
      [written, failed],
      [COUNT - 1, [{ id: "wikipedia-1", reason: "MEMORY_CLUSTER_UNAVAILABLE: No node leads" }]],
    );
    const again = await run(folder, double, { resume: true });
    assert.deepEqual([again.written, again.failed], [1, []]);
    assert.deepEqual(storedIds(double), allIds);
  });
});

for (const concurrent of [1, 10]) {
  test(`a store that goes away ends the run; the next one sends what is missing (${concurrent} at a time)`, async () => {
    await withStore({ cutAnswer: (answer) => answer > 25 }, async (folder, double) => {
      await assert.rejects(
        soon(run(folder, double, { concurrent, tries: 2 })),
        /^Error: Cannot store memory "wikipedia-\d+" at/,
      );
      const noted = notedIds(folder);
      assert.equal(noted.length, 25);
      assert.ok(noted.every((id) => double.memories.has(id)));
      await resumeExactly(folder, double, { concurrent, noted });
    });
  });

  test(`an interrupted run notes what is stored; the next one sends the rest (${concurrent} at a time)`, async () => {
    await withStore({ delayMs: 1 }, async (folder, double) => {
      const controller = new AbortController();
      double.setFault({
        alter: (answer) => (double.memories.size === 33 && controller.abort(new Error("stopped")), answer),
      });
      await assert.rejects(run(folder, double, { concurrent, signal: controller.signal }), { message: "stopped" });
      const noted = notedIds(folder);
      assert.ok(noted.length >= 33 - concurrent && double.memories.size - noted.length <= concurrent);
      await resumeExactly(folder, double, { concurrent, noted });
    });
  });
}

/** Completes a run: everything is stored, nothing is sent again that was noted. */
async function resumeExactly(
  folder: string,
  double: EngramDouble,
  of: { concurrent: number; noted: readonly string[] },
) {
  double.setFault({ cutAnswer: 0, delayMs: 0, alter: (answer) => answer });
  const before = new Map(double.counters.attempts);
  const { written, writtenBefore } = await run(folder, double, { resume: true, concurrent: of.concurrent });
  assert.deepEqual([writtenBefore, written], [of.noted.length, COUNT - of.noted.length]);
  assert.deepEqual(storedIds(double), allIds);
  for (const [id, count] of double.counters.attempts) {
    const sent = count - (before.get(id) ?? 0); // what was under way when the run ended may arrive now
    assert.ok(of.noted.includes(id) ? sent === 0 : sent >= 1, `${id}: ${sent}`);
  }
}

test("after a complete run, another one begins anew, and one that resumes sends nothing twice, nor where limits grow", async () => {
  await withStore({}, async (folder, double) => {
    for (const [resume, limit, written, writtenBefore] of [
      [false, 20, 20, 0],
      [true, 20, 0, 20],
      [true, 50, 30, 20],
      [true, Infinity, COUNT - 50, 50],
      [true, Infinity, 0, COUNT],
    ] as const) {
      const summary = await run(folder, double, { resume, limit });
      assert.deepEqual([summary.written, summary.writtenBefore], [written, writtenBefore]);
      assert.ok(isFinished(folder));
    }
    assert.ok([...double.counters.attempts.values()].every((count) => count === 1));
    const { written, writtenBefore } = await run(folder, double, { limit: 10 });
    assert.deepEqual([written, writtenBefore, notedIds(folder).length], [10, 0, 10]); // those of before are forgotten
    assert.equal(double.counters.attempts.get(idOf(10)), 2);
    assert.equal(double.counters.attempts.get(idOf(11)), 1);
  });
});

test("whatever is noted of a run, in whatever order, the next one sends the rest", async () => {
  await withStore({}, async (folder, double) => {
    for (const noted of [[], [60], [59, 3, 1], Array.from({ length: COUNT }, (_, at) => COUNT - at)]) {
      const lines = noted.map((page) => `{"page":${page}}\n`).join("");
      writeFileSync(`${folder}/checkpoint`, `{"program":"seedbed test","dump":"dump.xml"}\n${lines}{"pa`);
      double.counters.attempts.clear();
      const { written, writtenBefore } = await run(folder, double, { resume: true });
      assert.deepEqual([written, writtenBefore], [COUNT - noted.length, noted.length]);
      assert.equal(
        noted.some((page) => double.counters.attempts.has(idOf(page))),
        false,
      );
    }
  });
});

test("a limit counts the articles of earlier runs, stored in whatever order", async () => {
  await withStore({}, async (folder, double) => {
    writeFileSync(`${folder}/checkpoint`, `{"program":"seedbed test","dump":"dump.xml"}\n{"page":7}\n{"page":2}\n`);
    const { written, writtenBefore } = await run(folder, double, { resume: true, limit: 10 });
    assert.deepEqual([written, writtenBefore], [8, 2]);
    assert.deepEqual(storedIds(double), [1, 3, 4, 5, 6, 8, 9, 10].map(idOf).sort());
  });
});

test("a wait of minutes that the store asks for is not waited for when the run ends", async () => {
  const faults: Faults = { unavailable: (request) => request === 1, retryAfter: "200" };
  await withStore(faults, async (folder, double) => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("stopped")), 300);
    await assert.rejects(soon(run(folder, double, { signal: controller.signal }), 5000), { message: "stopped" });
  });
});
