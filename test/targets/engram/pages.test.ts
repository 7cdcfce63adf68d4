import assert from "node:assert/strict";
import { test } from "node:test";
import { InputError } from "../../../src/data/errors.ts";
import {
  openEngram,
  type EngramMemory,
  type EngramPage,
  type PagesOptions,
  type PagesSummary,
} from "../../../src/targets/engram/client.ts";
import type { EngramDouble, Tier } from "../../doubles/engram.ts";
import { memoryOf } from "../../doubles/memories.ts";
import { withEngram } from "../../doubles/withengram.ts";
import { soon } from "../../support/soon.ts";

interface Read {
  readonly pages: EngramPage[];
  readonly memories: EngramMemory[];
  readonly summary: PagesSummary;
}

async function read(double: EngramDouble, options: Partial<PagesOptions> = {}): Promise<Read> {
  const engram = openEngram({ endpoint: double.url, baseMs: 1 });
  try {
    return await soon(readAll(engram.pages({ tier: "hot", withEmbeddings: false, ...options })));
  } finally {
    await engram.close();
  }
}

async function readAll(reading: AsyncGenerator<EngramPage, PagesSummary>): Promise<Read> {
  const pages: EngramPage[] = [];
  for (;;) {
    const { value, done } = await reading.next();
    if (done) return { pages, memories: pages.flatMap(({ memories }) => memories), summary: value };
    pages.push(value);
  }
}

function fill(double: EngramDouble, from: number, to: number): void {
  for (let i = from; i < to; i++) double.space().store({ ...memoryOf(i % 7), id: `memory-${i}` });
}

function namesOf({ memories }: Read): string[] {
  return memories.map(({ id }) => id).sort();
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `memory-${i}`).sort();
}

test("pages bring every memory once, with embeddings where they are asked for", () =>
  withEngram({ dedup: false }, async (double) => {
    fill(double, 0, 2345);
    const without = await read(double);
    assert.deepEqual(namesOf(without), names(2345));
    assert.deepEqual(without.summary, { distinct: 2345, total: 2345, passes: 1 });
    assert.deepEqual(without.pages.map((page) => [page.offset, page.total, page.memories.length]), [
      [0, 2345, 1000],
      [1000, 2345, 1000],
      [2000, 2345, 345],
    ]); // prettier-ignore
    assert.ok(without.memories.every((memory) => !("embedding" in memory)));
    const withThem = await read(double, { withEmbeddings: true, pageSize: 500 });
    assert.deepEqual(namesOf(withThem), names(2345));
    const memory = withThem.memories.find(({ id }) => id === "memory-9")!;
    assert.deepEqual(memory.embedding!.map(Math.fround), memoryOf(2).embedding);
    assert.deepEqual([memory.content, memory.confidence], [memoryOf(2).content, 0.7]);
  }));

test("an empty store, one that ends with a full page, and pages of one", () =>
  withEngram({ dedup: false }, async (double) => {
    assert.deepEqual((await read(double)).summary, { distinct: 0, total: 0, passes: 1 });
    fill(double, 0, 20);
    assert.deepEqual((await read(double, { pageSize: 10 })).summary, { distinct: 20, total: 20, passes: 1 });
    assert.equal((await read(double, { pageSize: 1 })).memories.length, 20);
  }));

test("each tier is read and counted by itself", () => {
  const tierOf = (id: string): Tier => (id.endsWith("3") ? "warm" : "hot");
  return withEngram({ dedup: false, tiers: ["hot", "warm"], tierOf }, async (double) => {
    fill(double, 0, 20);
    assert.deepEqual(namesOf(await read(double, { tier: "warm" })), ["memory-13", "memory-3"]);
    assert.deepEqual((await read(double, { tier: "hot" })).summary, { distinct: 18, total: 18, passes: 1 });
    assert.deepEqual((await read(double, { tier: "all", pageSize: 7 })).summary, {
      distinct: 20,
      total: 20,
      passes: 1,
    });
  });
});

test("a store that grows while it is read is read to its end, nothing twice", () =>
  withEngram({ dedup: false }, async (double) => {
    fill(double, 0, 300);
    let stored = 300;
    const beforePage = (pages: number) => pages < 6 && fill(double, stored, (stored += 20));
    double.setFault({ beforePage: (pages) => void beforePage(pages) });
    const all = await read(double, { pageSize: 50 });
    assert.equal(stored, 420);
    assert.equal(new Set(namesOf(all)).size, all.memories.length);
    assert.deepEqual(namesOf(all), names(420));
    assert.equal(all.summary.total, 420);
  }));

test("what an order that shifts leaves out is found by reading again", () =>
  withEngram({ dedup: false, order: "shifting" }, async (double) => {
    fill(double, 0, 300);
    double.setFault({ beforePage: (pages) => void (pages === 3 && fill(double, 300, 301)) });
    const all = await read(double, { pageSize: 50 });
    assert.deepEqual(namesOf(all), names(301));
    assert.deepEqual(all.summary, { distinct: 301, total: 301, passes: 2 });
  }));

test("an order that never rests ends after three passes, and the summary shows what is missing", () =>
  withEngram({ dedup: false, order: "shifting" }, async (double) => {
    fill(double, 0, 300);
    let stored = 300;
    double.setFault({ beforePage: () => fill(double, stored, ++stored) });
    const all = await read(double, { pageSize: 50 });
    assert.equal(all.summary.passes, 3);
    assert.equal(new Set(namesOf(all)).size, all.summary.distinct);
    assert.ok(all.summary.distinct > 250 && all.summary.distinct < all.summary.total, JSON.stringify(all.summary));
    assert.equal(all.summary.total, double.memories.size);
  }));

test("a store that grows as fast as it is read is not read for ever", () =>
  withEngram({}, async (double) => {
    let ids = 0;
    const withNewOne = (answer: Record<string, unknown>) => {
      return { ...answer, memories: [{ id: `new-${++ids}`, content: "x", confidence: 1 }] };
    };
    double.setFault({ alter: withNewOne });
    const { summary } = await read(double, { pageSize: 50 });
    assert.equal(summary.distinct, double.counters.pages);
    assert.ok(double.counters.pages < 20, `${double.counters.pages} pages`);
  }));

test("a server that gives the same page for every offset is not read for ever", () =>
  withEngram({ dedup: false }, async (double) => {
    fill(double, 0, 10);
    double.setFault({ alter: (answer) => ({ ...answer, memories: [{ id: "x", content: "x", confidence: 1 }] }) });
    const { summary } = await read(double, { pageSize: 1 });
    assert.deepEqual(summary, { distinct: 1, total: 10, passes: 3 });
    assert.equal(double.counters.pages, 6); // one and its repetition, three times
  }));

test("requests for pages are tried again", () =>
  withEngram({ dedup: false, faults: { cutAnswer: (request) => request % 2 === 1 } }, async (double) => {
    fill(double, 0, 1500);
    const all = await read(double, { withEmbeddings: true, pageSize: 1000 });
    assert.deepEqual(namesOf(all), names(1500));
    assert.equal(double.counters.requests, 6); // two pages and the empty one behind them, twice each
  }));

const broken: [what: string, memory: unknown, pattern: RegExp][] = [
  ["no object", 5, /memory 1 of a page has no id/],
  ["no id", { content: "x", confidence: 1 }, /memory 1 of a page has no id/],
  ["no content", { id: "bad", confidence: 1 }, /memory "bad" of .*: its content is no text/],
  ["no confidence", { id: "bad", content: "x" }, /memory "bad" .* confidence is no number/],
  [
    "a text for an embedding",
    { id: "bad", content: "x", confidence: 1, embedding: "1,2" },
    /"bad".*no list of numbers/,
  ],
  ["no numbers", { id: "bad", content: "x", confidence: 1, embedding: [] }, /"bad".*no list of numbers/],
  [
    "null",
    { id: "bad", content: "x", confidence: 1, embedding: [1, null] },
    /"bad".*number 1 of its embedding is null/,
  ],
  [
    "another length",
    { id: "bad", content: "x", confidence: 1, embedding: [1, 2] },
    /"bad".* has 2 numbers, expected 768/,
  ],
];

for (const [what, memory, pattern] of broken) {
  test(`a memory that is broken is named: ${what}`, () =>
    withEngram({}, async (double) => {
      fill(double, 0, 1);
      double.setFault({
        alter: (answer) => ({ ...answer, memories: [...(answer["memories"] as unknown[]), memory] }),
      });
      const isIt = (error: unknown) => error instanceof InputError && pattern.test(error.message);
      await assert.rejects(read(double, { withEmbeddings: true }), isIt);
    }));
}

test("a memory without an embedding comes without one", () =>
  withEngram({ placeholder: false }, async (double) => {
    double.space().store({ id: "bare", content: "x" });
    const { memories } = await read(double, { withEmbeddings: true });
    assert.deepEqual(memories, [{ id: "bare", content: "x", confidence: 0.7 }]);
  }));

test("embeddings of another length on a later page are noticed", () =>
  withEngram({ dedup: false }, async (double) => {
    fill(double, 0, 20);
    const shorten = (answer: Record<string, unknown>) => ({
      ...answer,
      memories: (answer["memories"] as EngramMemory[]).map((memory) => ({ ...memory, embedding: [1, 2, 3] })),
    });
    let pages = 0;
    double.setFault({ alter: (answer) => (++pages === 2 ? shorten(answer) : answer) });
    await assert.rejects(read(double, { withEmbeddings: true, pageSize: 10 }), /has 3 numbers, expected 768 as before/);
  }));

test("a page size or tier that cannot be is refused", () =>
  withEngram({}, async (double) => {
    for (const pageSize of [0, 1001, 1.5]) await assert.rejects(read(double, { pageSize }), /expected a whole number/);
    await assert.rejects(read(double, { tier: "tepid" as "hot" }), /Tier "tepid": expected hot, warm, cold, all/);
    assert.equal(double.counters.requests, 0);
  }));
