import assert from "node:assert/strict";
import { test } from "node:test";
import { soon } from "../support/soon.ts";
import { startEngram, type EngramDouble } from "./engram.ts";
import { memoryOf } from "./memories.ts";
import { postJson, rawRequest, type RawAnswer } from "./rawhttp.ts";
import { withEngram } from "./withengram.ts";

const remember = (double: EngramDouble, memory: unknown, headers?: Record<string, string>) =>
  postJson(`${double.url}/api/v1/memories/remember`, memory, headers);

function codeOf({ text }: RawAnswer): unknown {
  try {
    return (JSON.parse(text) as { error: { code: string } }).error.code;
  } catch {
    return "plain text";
  }
}

const refusals: [what: string, status: number, code: string, body: unknown, headers?: Record<string, string>][] = [
  ["empty content", 400, "INVALID_MEMORY_INPUT", { content: " \n" }],
  ["100,001 bytes", 400, "INVALID_MEMORY_INPUT", { content: `a${"é".repeat(50_000)}` }],
  ["767 numbers", 400, "INVALID_MEMORY_INPUT", { content: "x", embedding: memoryOf(1).embedding.slice(1) }],
  ["confidence above 1", 400, "INVALID_MEMORY_INPUT", { content: "x", confidence: 1.01 }],
  ["no content", 422, "plain text", { id: "x" }],
  ["null in the embedding", 422, "plain text", { content: "x", embedding: [null] }],
  ["timestamp", 422, "plain text", { content: "x", timestamp: "yesterday" }],
  ["half a body", 400, "plain text", '{"content":"x"'],
  ["no JSON number", 400, "plain text", '{"content":"x","embedding":[NaN]}'],
  ["content type", 415, "plain text", { content: "x" }, { "content-type": "text/plain" }],
  ["2 MB", 413, "plain text", { content: "x", tags: ["y".repeat(2 * 1024 * 1024)] }],
];

for (const [what, status, code, body, headers] of refusals) {
  test(`refused, and not stored: ${what}`, () =>
    withEngram({}, async (double) => {
      const answer = await remember(double, body, headers);
      assert.deepEqual([answer.status, codeOf(answer)], [status, code], answer.text);
      assert.equal(double.memories.size, 0);
    }));
}

test("what is just allowed: 100,000 bytes, and a type with parameters", () =>
  withEngram({}, async (double) => {
    const headers = { "content-type": "application/json; charset=utf-8" };
    assert.equal((await remember(double, { id: "a", content: "é".repeat(50_000) }, headers)).status, 201);
  }));

test("a memory by its id, or 404", () =>
  withEngram({}, async (double) => {
    await remember(double, { ...memoryOf(1), id: "a b" });
    const found = await rawRequest(`${double.url}/api/v1/memories/a%20b`);
    assert.deepEqual([found.status, (JSON.parse(found.text) as { id: string }).id], [200, "a b"]);
    const missing = await rawRequest(`${double.url}/api/v1/memories/c`);
    assert.deepEqual([missing.status, codeOf(missing)], [404, "MEMORY_NOT_FOUND"]);
  }));

test("health: healthy, degraded, and unhealthy with 503", () =>
  withEngram({}, async (double) => {
    for (const [health, status] of [
      ["healthy", 200],
      ["degraded", 200],
      ["unhealthy", 503],
    ] as const) {
      // prettier-ignore
      double.setFault({ health });
      const answer = await rawRequest(`${double.url}/health`);
      const body = JSON.parse(answer.text) as Record<string, string>;
      assert.deepEqual([answer.status, body["status"]], [status, health]);
      assert.deepEqual(Object.keys(body), ["status", "service", "version", "timestamp"]);
    }
  }));

test("a token is asked for where one is set, but not for the health", () =>
  withEngram({ token: "secret" }, async (double) => {
    const refused = await remember(double, memoryOf(1));
    assert.deepEqual([refused.status, codeOf(refused)], [401, "UNAUTHORIZED"]);
    assert.equal((await remember(double, memoryOf(1), { authorization: "Bearer secret" })).status, 201);
    assert.equal((await rawRequest(`${double.url}/health`)).status, 200);
  }));

test("500 after storing", () =>
  withEngram({ faults: { afterStoring: 1 } }, async (double) => {
    const answer = await remember(double, memoryOf(1));
    assert.deepEqual([answer.status, codeOf(answer)], [500, "MEMORY_SYSTEM_ERROR"]);
    assert.equal(double.memories.size, 1);
  }));

test("503, 429, 408 and 500 before storing, at the requests that are named, with Retry-After", () =>
  withEngram({ faults: { unavailable: (request) => request === 2, retryAfter: "7" } }, async (double) => {
    const answers = [await remember(double, memoryOf(1)), await remember(double, memoryOf(2))];
    assert.deepEqual(answers.map(({ status }) => status), [201, 503]); // prettier-ignore
    assert.equal(answers[1]!.headers["retry-after"], "7");
    assert.equal(codeOf(answers[1]!), "MEMORY_CLUSTER_UNAVAILABLE");
    double.setFault({ tooMany: 1 });
    const tooMany = await remember(double, memoryOf(3));
    assert.deepEqual([tooMany.status, tooMany.headers["retry-after"]], [429, "7"]);
    double.setFault({ tooMany: 0, queryTimeout: 1 });
    assert.equal((await remember(double, memoryOf(3))).status, 408);
    double.setFault({ queryTimeout: 0, broken: 1 });
    assert.equal((await remember(double, memoryOf(3))).status, 500);
    assert.equal(double.memories.size, 1);
  }));

test("a share of the requests, the same ones for the same seed", async () => {
  const statuses: number[][] = [];
  for (const seed of [5, 5, 6]) {
    await withEngram({ seed, faults: { broken: 0.5 } }, async (double) => {
      const found: number[] = [];
      for (let i = 0; i < 40; i++) found.push((await rawRequest(`${double.url}/api/v1/memories`)).status);
      statuses.push(found);
      assert.equal(double.counters.statuses.get(500), found.filter((status) => status === 500).length);
    });
  }
  assert.deepEqual(statuses[0], statuses[1]);
  assert.notDeepEqual(statuses[0], statuses[2]);
  const failed = statuses[0]!.filter((status) => status === 500).length;
  assert.ok(failed > 8 && failed < 32, `${failed} of 40`);
});

test("a cut request stores nothing, a cut answer does", () =>
  withEngram({ faults: { cutRequest: 1 } }, async (double) => {
    await assert.rejects(soon(remember(double, memoryOf(1))));
    assert.equal(double.memories.size, 0);
    double.setFault({ cutRequest: 0, cutAnswer: 1 });
    await assert.rejects(soon(remember(double, memoryOf(1))));
    assert.equal(double.memories.size, 1);
  }));

test("another server, a slow one, a silent one, altered answers and a store that grows while it is read", () =>
  withEngram({ faults: { foreign: (request) => request === 1 } }, async (double) => {
    const list = () => rawRequest(`${double.url}/api/v1/memories`);
    assert.match((await list()).text, /^<!doctype html>/);
    double.setFault({ delayMs: 60, alter: (answer) => ({ ...answer, count: -1 }) });
    const start = performance.now();
    assert.equal((JSON.parse((await list()).text) as { count: number }).count, -1);
    assert.ok(performance.now() - start >= 59); // timers may be a millisecond early
    const beforePage = (pages: number) => void double.space().store(memoryOf(pages));
    double.setFault({ delayMs: 0, alter: undefined, beforePage });
    await list();
    assert.equal((JSON.parse((await list()).text) as { count: number }).count, 2);
    double.setFault({ silent: 1 });
    await assert.rejects(soon(list(), 100), /not settled/);
    await assert.rejects(Promise.all([list(), double.stop()])); // stopping ends what is open
    await startEngram({ port: double.port }).then((next) => next.stop()); // and frees the port
  }));

test("counters: connections, requests and how often each id came", () =>
  withEngram({ faults: { afterStoring: (request) => request === 1 } }, async (double) => {
    for (const i of [1, 1, 2]) await remember(double, memoryOf(i));
    assert.deepEqual([...double.counters.attempts], [["memory-1", 2], ["memory-2", 1]]); // prettier-ignore
    assert.equal(double.counters.requests, 3);
    assert.equal(double.counters.connections, 3);
  }));
