import assert from "node:assert/strict";
import { test } from "node:test";
import { soon } from "../support/soon.ts";
import { startOpenai, type OpenaiDouble } from "./openai.ts";
import type { EmbeddingAnswer, OpenaiFaults } from "./openaifaults.ts";
import { postJson } from "./rawhttp.ts";
import { withOpenai } from "./withopenai.ts";

const embed = (double: OpenaiDouble, input: string | string[] = "x") =>
  postJson(
    `${double.url}/embeddings`,
    { model: "text-embedding-3-small", input, encoding_format: "base64", dimensions: 4 },
    { authorization: `Bearer ${double.key}` },
  );

const always = () => true;

const troubles: [fault: keyof OpenaiFaults, status: number, code: string | null][] = [
  ["broken", 500, null],
  ["overloaded", 503, null],
  ["timeout", 408, null],
  ["conflict", 409, null],
  ["tooMany", 429, "rate_limit_exceeded"],
  ["quota", 429, "insufficient_quota"],
  ["forbidden", 403, "unsupported_country_region_territory"],
  ["echoKey", 500, null],
];

for (const [fault, status, code] of troubles) {
  test(`the fault ${fault} is answered with ${status}, and not billed`, () =>
    withOpenai({ faults: { [fault]: always } }, async (double) => {
      const answer = await embed(double);
      const { error } = JSON.parse(answer.text) as { error: { code: string | null; message: string } };
      assert.deepEqual([answer.status, error.code], [status, code]);
      assert.equal(error.message.includes(double.key), fault === "echoKey");
      assert.equal(answer.headers["retry-after"], fault === "tooMany" ? "1" : undefined);
      assert.equal(double.bill.requests, 0);
    }));
}

test("a cut request is not billed, a cut answer is; a silent or stalled one never ends", () =>
  withOpenai({ faults: { cutRequest: always } }, async (double) => {
    await assert.rejects(soon(embed(double)));
    assert.equal(double.bill.requests, 0);
    double.setFault({ cutRequest: 0, cutAnswer: always });
    await assert.rejects(soon(embed(double)));
    assert.equal(double.bill.requests, 1);
    for (const fault of ["silent", "stalled"] as const) {
      double.setFault({ cutAnswer: 0, silent: 0, [fault]: always });
      await assert.rejects(soon(embed(double), 100), /not settled/);
    }
    assert.equal(double.bill.requests, 3);
    await assert.rejects(Promise.all([embed(double), double.stop()])); // stopping ends what is open
    await startOpenai({ port: double.port }).then((next) => next.stop()); // and frees the port
  }));

test("another server, a slow one, items in another order, and altered answers", () =>
  withOpenai({ faults: { foreign: (request) => request === 1, delayMs: 60 } }, async (double) => {
    assert.match((await embed(double)).text, /^<!doctype html>/);
    const start = performance.now();
    const indexes = async () =>
      (JSON.parse((await embed(double, ["a", "b", "c"])).text) as EmbeddingAnswer).data.map(({ index }) => index);
    assert.deepEqual(await indexes(), [0, 1, 2]);
    assert.ok(performance.now() - start >= 59); // timers may be a millisecond early
    double.setFault({ delayMs: 0, shuffled: always });
    assert.deepEqual(await indexes(), [2, 1, 0]);
    double.setFault({ shuffled: 0, alter: (answer) => ({ ...answer, data: answer.data.slice(1) }) });
    assert.deepEqual(await indexes(), [1, 2]);
  }));

test("a share of the requests, the same ones for the same seed", async () => {
  const statuses: number[][] = [];
  for (const seed of [5, 5, 6]) {
    await withOpenai({ seed, faults: { broken: 0.5 } }, async (double) => {
      const found: number[] = [];
      for (let i = 0; i < 30; i++) found.push((await embed(double)).status);
      statuses.push(found);
      assert.equal(double.counters.statuses.get(500), found.filter((status) => status === 500).length);
      assert.equal(double.counters.requests, 30);
    });
  }
  assert.deepEqual(statuses[0], statuses[1]);
  assert.notDeepEqual(statuses[0], statuses[2]);
});
