import assert from "node:assert/strict";
import { test } from "node:test";
import type { EngramDouble, EngramDoubleOptions } from "./engram.ts";
import { embeddingOf, memoryOf } from "./memories.ts";
import { postJson, rawRequest, type RawAnswer } from "./rawhttp.ts";
import { withEngram } from "./withengram.ts";

interface Listed {
  memories: { id: string; content: string; confidence: number; timestamp: string; embedding?: number[] }[];
  count: number;
  pagination: { offset: number; limit: number; returned: number };
  tier_counts: { hot: number; warm: number; cold: number; total: number };
}

const remember = (double: EngramDouble, memory: unknown, headers?: Record<string, string>) =>
  postJson(`${double.url}/api/v1/memories/remember`, memory, headers);

async function list(double: EngramDouble, query: string): Promise<Listed> {
  const answer = await rawRequest(`${double.url}/api/v1/memories?${query}`);
  assert.equal(answer.status, 200, answer.text);
  return JSON.parse(answer.text) as Listed;
}

function codeOf({ text }: RawAnswer): string {
  const { error, documentation } = JSON.parse(text) as { error: Record<string, string>; documentation: object };
  assert.deepEqual(Object.keys(error), ["code", "message", "educational_context", "cognitive_guidance"]);
  assert.equal(typeof documentation, "object");
  return error["code"]!;
}

function fill(double: EngramDouble, count: number): void {
  for (let i = 0; i < count; i++) double.space().store(memoryOf(i));
}

test("a memory that is remembered comes back with its embedding to the last bit, and only on request", () =>
  withEngram({}, async (double) => {
    const memory = { ...memoryOf(1), timestamp: "2026-01-02T03:04:05Z" };
    memory.embedding[0] = Math.fround(1e-7);
    const answer = await remember(double, memory);
    assert.equal(answer.status, 201);
    const stored = JSON.parse(answer.text) as Record<string, unknown>;
    assert.deepEqual(Object.keys(stored), [
      "memory_id", "storage_confidence", "consolidation_state", "observed_at", "stored_at", "links", "auto_links",
      "system_message",
    ]); // prettier-ignore
    assert.equal(stored["memory_id"], "memory-1");
    assert.equal(stored["observed_at"], "2026-01-02T03:04:05Z");
    const page = await list(double, "tier=hot&include_embeddings=true");
    assert.deepEqual(page.memories, [
      {
        id: memory.id,
        content: memory.content,
        embedding: page.memories[0]!.embedding,
        confidence: 0.7,
        timestamp: memory.timestamp,
      },
    ]);
    assert.deepEqual(page.memories[0]!.embedding!.map(Math.fround), memory.embedding);
    assert.deepEqual(page.pagination, { offset: 0, limit: 100, returned: 1 });
    assert.deepEqual(page.tier_counts, { hot: 1, warm: 0, cold: 0, total: 1 });
    assert.equal((await list(double, "tier=hot")).memories[0]!.embedding, undefined);
  }));

test("POST /api/v1/memories drops the embedding, and the id", () =>
  withEngram({}, async (double) => {
    assert.equal((await postJson(`${double.url}/api/v1/memories`, memoryOf(1))).status, 201);
    const [memory] = (await list(double, "include_embeddings=true")).memories;
    assert.notDeepEqual(memory!.embedding, memoryOf(1).embedding);
    assert.equal(memory!.content, memoryOf(1).content);
    assert.notEqual(memory!.id, memoryOf(1).id);
  }));

test("memories without embeddings are copies of each other", () =>
  withEngram({}, async (double) => {
    for (const id of ["a", "b"]) assert.equal((await remember(double, { id, content: id })).status, 201);
    const page = await list(double, "include_embeddings=true");
    assert.deepEqual(page.memories.map(({ id }) => id), ["a"]); // prettier-ignore
    assert.deepEqual(
      page.memories[0]!.embedding,
      Array.from({ length: 768 }, () => 0.5),
    );
  }));

test("a near copy is answered with 201 and not kept, from a cosine of 0.95 on", () =>
  withEngram({}, async (double) => {
    const base = Array.from({ length: 768 }, (_, i) => (i === 700 ? 1 : 0));
    const turned = (cosine: number) => [
      ...base.slice(0, 3),
      7 * Math.sqrt(1 - cosine * cosine),
      ...base.slice(4).map((value) => 7 * value * cosine),
    ];
    assert.equal((await remember(double, { id: "base", content: "base", embedding: base })).status, 201);
    for (const [id, cosine] of [
      ["near", 0.9501],
      ["same", 1],
      ["far", 0.9499],
    ] as const) {
      // prettier-ignore
      assert.equal((await remember(double, { id, content: id, embedding: turned(cosine) })).status, 201);
    }
    assert.deepEqual([...double.memories.keys()], ["base", "far"]);
    assert.equal(double.space().lost.duplicates, 2);
  }));

test("the search for near copies agrees with all cosines taken one by one", () =>
  withEngram({}, async (double) => {
    const kept: number[][] = [];
    for (let i = 0; i < 120; i++) {
      const noise = embeddingOf(1000 + i);
      const embedding = embeddingOf(i % 10).map((value, k) => value + (0.15 + 0.03 * (i % 7)) * noise[k]!);
      const rounded = embedding.map((value) => Math.fround(value * (1 + i)));
      if (kept.every((other) => cosineOf(other, rounded) < 0.95)) kept.push(rounded);
      double.space().store({ id: `${i}`, content: "x", embedding: rounded });
    }
    assert.ok(kept.length > 10 && kept.length < 120, `${kept.length} kept`);
    assert.equal(double.memories.size, kept.length);
  }));

function cosineOf(a: number[], b: number[]): number {
  const dot = (x: number[], y: number[]) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

test("without the check, near copies are kept, and the same id twice is one memory", () =>
  withEngram({ dedup: false }, async (double) => {
    for (const id of ["a", "b", "a"]) await remember(double, { ...memoryOf(1), id });
    assert.deepEqual([...double.memories.keys()], ["b", "a"]);
  }));

test("a full space gives up the least active memory, even for a copy that it then drops", () =>
  withEngram({ capacity: 3 }, async (double) => {
    for (const [i, confidence] of [0.9, 0.2, 0.8, 0.7].entries())
      await remember(double, { ...memoryOf(i), confidence });
    assert.deepEqual([...double.memories.keys()], ["memory-0", "memory-2", "memory-3"]);
    await remember(double, { ...memoryOf(0), id: "copy" });
    assert.deepEqual([...double.memories.keys()], ["memory-0", "memory-2"]);
    assert.deepEqual(double.space().lost, { duplicates: 1, evicted: 2 });
    await remember(double, memoryOf(3)); // given up a moment ago: no copy of anything that is there
    assert.deepEqual([...double.memories.keys()], ["memory-0", "memory-2", "memory-3"]);
  }));

test("a page has at most 1000 memories, 100 unless asked, in an order that is not that of insertion", () =>
  withEngram({ dedup: false }, async (double) => {
    fill(double, 1200);
    const first = await list(double, "limit=5000");
    assert.equal(first.memories.length, 1000);
    assert.deepEqual(first.pagination, { offset: 0, limit: 1000, returned: 1000 });
    assert.equal(first.count, 1000);
    const rest = await list(double, "limit=5000&offset=1000");
    assert.equal(rest.memories.length, 200);
    assert.equal((await list(double, "offset=1200")).memories.length, 0);
    const ids = [...first.memories, ...rest.memories].map(({ id }) => id);
    assert.equal(new Set(ids).size, 1200);
    assert.notDeepEqual(
      ids.slice(0, 20),
      Array.from({ length: 20 }, (_, i) => `memory-${i}`),
    );
    const hundred = await list(double, "");
    assert.deepEqual(hundred.memories, first.memories.slice(0, 100));
  }));

test("the order is the seed's; new memories lie anywhere, or all in another order", async () => {
  const orderOf = async (options: EngramDoubleOptions, added: number) => {
    let ids: string[] = [];
    await withEngram({ dedup: false, ...options }, async (double) => {
      fill(double, 50);
      await list(double, "");
      for (let i = 0; i < added; i++) double.space().store(memoryOf(50 + i));
      ids = (await list(double, "limit=1000")).memories.map(({ id }) => id);
    });
    return ids;
  };
  const old = await orderOf({}, 0);
  assert.deepEqual(await orderOf({}, 0), old);
  assert.notDeepEqual(await orderOf({ seed: 2 }, 0), old);
  const grown = await orderOf({}, 20);
  assert.deepEqual(grown.filter((id) => old.includes(id)), old); // prettier-ignore
  assert.ok(grown.slice(0, 20).some((id) => !old.includes(id)));
  const shifted = await orderOf({ order: "shifting" }, 1);
  assert.notDeepEqual(shifted.filter((id) => old.includes(id)), old); // prettier-ignore
});

test("tiers: one that is none is 400, one that is not there 501, and each lists its own", () =>
  withEngram({ tiers: ["hot", "warm"], tierOf: (id) => (id === "memory-1" ? "warm" : "hot") }, async (double) => {
    fill(double, 3);
    const bad = await rawRequest(`${double.url}/api/v1/memories?tier=tepid`);
    assert.deepEqual([bad.status, codeOf(bad)], [400, "BAD_REQUEST"]);
    const missing = await rawRequest(`${double.url}/api/v1/memories?tier=cold`);
    assert.deepEqual([missing.status, codeOf(missing)], [501, "NOT_IMPLEMENTED"]);
    assert.deepEqual((await list(double, "tier=warm")).memories.map(({ id }) => id), ["memory-1"]); // prettier-ignore
    assert.equal((await list(double, "tier=all")).count, 3);
    assert.deepEqual((await list(double, "tier=hot")).tier_counts, { hot: 2, warm: 1, cold: 0, total: 3 });
  }));

test("spaces are apart: by header, else query, else body", () =>
  withEngram({}, async (double) => {
    const url = `${double.url}/api/v1/memories/remember`;
    const body = { ...memoryOf(1), memory_space_id: "from_body" };
    await postJson(`${url}?space=from_query`, body, { "x-memory-space": "from_header" });
    await postJson(`${url}?space=from_query`, body);
    await postJson(url, body);
    for (const name of ["from_header", "from_query", "from_body"])
      assert.equal(double.space(name).memories.size, 1, name);
    assert.equal(double.memories.size, 0);
    assert.equal((await list(double, "space=from_body")).count, 1);
    for (const name of ["ab", "Large", "a b", "x".repeat(65)]) {
      const refused = await remember(double, memoryOf(1), { "x-memory-space": name });
      assert.deepEqual([refused.status, codeOf(refused)], [400, "INVALID_MEMORY_INPUT"], name);
    }
  }));
