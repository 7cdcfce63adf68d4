import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpAnswer } from "../../../src/runtime/http/answer.ts";
import { readPages, type PagesSummary } from "../../../src/targets/engram/pages.ts";

interface Asked {
  readonly offset: number;
  readonly limit: number;
}

const MANY = 1000; // requests that no store of these tests needs

/** Reads the hot tier of a store that answers each request by `idsOf` and `totalOf`. */
async function read(
  idsOf: (asked: Asked, request: number) => number[],
  totalOf: (asked: Asked) => number,
  pageSize = 1000,
  most = MANY,
): Promise<PagesSummary & { requests: number }> {
  let requests = 0;
  const list = async (query: string): Promise<HttpAnswer> => {
    const asked = new URLSearchParams(query);
    const [offset, limit] = [Number(asked.get("offset")), Number(asked.get("limit"))];
    assert.ok(++requests <= most, `${requests} requests`);
    const total = totalOf({ offset, limit });
    const memories = idsOf({ offset, limit }, requests).map((id) => ({ id: `m${id}`, content: "x", confidence: 1 }));
    const counts = { hot: total, warm: 0, cold: 0, total };
    const text = JSON.stringify({ memories, tier_counts: counts });
    const body = new TextEncoder().encode(text);
    return { status: 200, body, text, header: () => undefined };
  };
  const reading = readPages("http://store", list, { tier: "hot", withEmbeddings: false, pageSize });
  for (;;) {
    const { value, done } = await reading.next();
    if (done) return { ...value, requests };
  }
}

const from = (start: number, count: number) => Array.from({ length: Math.max(0, count) }, (_, i) => start + i);

test("the same page for every offset ends each pass, whatever total it comes with", async () => {
  const { requests, ...summary } = await read(
    () => from(0, 1000),
    () => 5_000_000,
  );
  assert.deepEqual(summary, { distinct: 1000, total: 5_000_000, passes: 3 });
  assert.equal(requests, 6);
});

test("two pages by turns end each pass too", async () => {
  const summary = await read(
    (_, request) => from((request % 2) * 10, 10),
    () => 5_000_000,
    10,
  );
  assert.deepEqual(summary, { distinct: 20, total: 5_000_000, passes: 3, requests: 9 });
});

test("a total that runs before the offset, with ever new ids, is read for the first total and some growth", async () => {
  let next = 0;
  const summary = await read(
    ({ limit }) => from((next += limit), limit),
    ({ offset, limit }) => offset + limit + 1,
    10,
  );
  assert.equal(summary.requests, 2 * (100 + 3)); // 2 * 11 memories are 3 pages
  assert.equal(summary.distinct, 10 * summary.requests);
  assert.equal(summary.passes, 2); // by then more than the total of that pass were given
});

test("a total that cannot be is refused at once", async () => {
  let next = 0;
  const reading = read(
    ({ limit }) => from((next += limit), limit),
    () => 10 ** 15,
  );
  const message = "Cannot read memories at http://store: it says that it holds 1000000000000000, more than 100000000";
  await assert.rejects(reading, { name: "InputError", message });
  assert.equal(next, 1000);
});

for (const clamp of [1, 99, 100, 999]) {
  test(`a server that gives ${clamp} at most, without a word of it, is read to its end`, async () => {
    const count = clamp === 1 ? 300 : 5000;
    const summary = await read(
      ({ offset, limit }) => from(offset, Math.min(limit, clamp, count - offset)),
      () => count,
    );
    assert.deepEqual(summary, { distinct: count, total: count, passes: 1, requests: Math.ceil(count / clamp) + 1 });
  });
}

test("pages of changing lengths are read to the end", async () => {
  const summary = await read(
    ({ offset, limit }, request) => from(offset, Math.min(limit, 1 + ((request * 37) % 90), 2000 - offset)),
    () => 2000,
  );
  assert.deepEqual([summary.distinct, summary.total, summary.passes], [2000, 2000, 1]);
});

test("memories that are counted and never given are missed, not waited for", async () => {
  const summary = await read(
    ({ offset, limit }) => from(offset, Math.min(limit, 2500 - offset)),
    () => 4000,
  );
  assert.deepEqual(summary, { distinct: 2500, total: 4000, passes: 3, requests: 12 });
});
