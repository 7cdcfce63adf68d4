import assert from "node:assert/strict";
import { createServer, type AddressInfo } from "node:net";
import { test } from "node:test";
import { InputError } from "../../../src/data/errors.ts";
import { openEngram, type Engram, type EngramOptions } from "../../../src/targets/engram/client.ts";
import type { EngramDouble } from "../../doubles/engram.ts";
import { embeddingOf, memoryOf } from "../../doubles/memories.ts";
import { withEngram } from "../../doubles/withengram.ts";
import { freePort } from "../../support/freeport.ts";
import { soon } from "../../support/soon.ts";

const small = (i: number) => ({ ...memoryOf(i), embedding: Float32Array.from(embeddingOf(i)) });

async function withClient(
  double: EngramDouble,
  options: Partial<EngramOptions>,
  use: (engram: Engram) => Promise<void>,
): Promise<void> {
  const engram = openEngram({ endpoint: double.url, baseMs: 1, ...options });
  try {
    await soon(use(engram));
  } finally {
    await engram.close();
  }
}

function inputError(pattern: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof InputError && pattern.test(error.message) && !error.message.includes("\n");
}

test("a memory arrives whole, in the space that was named", () =>
  withEngram({}, (double) =>
    withClient(double, { space: "my_space" }, async (engram) => {
      assert.deepEqual(await engram.remember({ ...small(1), tags: ["a", "b"] }), { stored: true });
      const space = double.space("my_space");
      const [memory] = space.memories.values();
      assert.equal(memory!.id, "memory-1");
      assert.equal(memory!.content, "Memory number 1.");
      assert.equal(memory!.confidence, 0.7);
      assert.deepEqual(memory!.tags, ["a", "b"]);
      assert.deepEqual(space.embeddingOf(memory!), small(1).embedding);
      assert.equal(double.memories.size, 0);
      assert.deepEqual(await engram.counts(), { hot: 1, warm: 0, cold: 0, total: 1 });
    }),
  ));

test("a body may be given as it is to be sent, as text or bytes, and beside a path of its own", () =>
  withEngram({}, (double) =>
    withClient(double, { endpoint: `${double.url}/` }, async (engram) => {
      const text = `{"id":"ü","content":"größer","embedding":[${embeddingOf(5).join()}]}`;
      assert.deepEqual(await engram.rememberBody("ü", text), { stored: true });
      const bytes = new TextEncoder().encode(JSON.stringify(memoryOf(2)));
      assert.deepEqual(await engram.rememberBody("memory-2", bytes), { stored: true });
      assert.deepEqual([...double.memories.keys()], ["ü", "memory-2"]);
      assert.equal(double.memories.get("ü")!.content, "größer");
      await assert.rejects(engram.rememberBody("other", bytes), /stored as "memory-2"/);
    }),
  ));

test("a memory that is refused is reported with the server's code and words, and sent once", () =>
  withEngram({}, (double) =>
    withClient(double, {}, async (engram) => {
      const wrong = { ...small(1), embedding: new Float32Array(5) };
      assert.deepEqual(await engram.remember(wrong), {
        stored: false,
        mayPass: false,
        code: "INVALID_MEMORY_INPUT",
        reason: "Embedding must be exactly 768 dimensions, got 5",
      });
      assert.deepEqual(await engram.rememberBody("x", "{"), {
        stored: false,
        mayPass: false,
        code: "HTTP 400",
        reason: "The body is not valid JSON",
      });
      assert.deepEqual(await engram.rememberBody("x", `{"content":"${"x".repeat(2 ** 21)}"}`), {
        stored: false,
        mayPass: false,
        code: "HTTP 413",
        reason: "The body is too large",
      });
      assert.equal(double.counters.requests, 3);
    }),
  ));

test("health, whatever it is", () =>
  withEngram({}, (double) =>
    withClient(double, {}, async (engram) => {
      for (const health of ["healthy", "degraded", "unhealthy"] as const) {
        double.setFault({ health });
        assert.deepEqual(await engram.health(), { status: health, version: "0.1.0" });
      }
      assert.equal(double.counters.requests, 3);
    }),
  ));

test("connections are kept, one for each request that is under way", () =>
  withEngram({ dedup: false, faults: { delayMs: 5 } }, (double) =>
    withClient(double, {}, async (engram) => {
      for (let round = 0; round < 5; round++) {
        const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => engram.remember(small(20 * round + i))));
        assert.ok(answers.every(({ stored }) => stored));
      }
      assert.equal(double.memories.size, 100);
      assert.equal(double.counters.connections, 20);
    }),
  ));

test("an endpoint, space or token that cannot be one is refused at once", () => {
  const endpoints: [string, RegExp][] = [
    ["", /not a URL/],
    ["localhost:7432", /localhost: is not http: or https:/],
    ["ftp://localhost", /ftp: is not http: or https:/],
    ["http://host:99999", /not a URL/],
    ["http://localhost:7432/?x=1", /neither \? nor #/],
  ];
  for (const [endpoint, pattern] of endpoints) assert.throws(() => openEngram({ endpoint }), inputError(pattern));
  const withPassword = () => openEngram({ endpoint: "http://me:secret@localhost" });
  assert.throws(withPassword, inputError(/^(?!.*secret).*name or password/));
  const endpoint = "http://localhost:7432";
  for (const space of ["ab", "Big", "a b"]) assert.throws(() => openEngram({ endpoint, space }), inputError(/space/));
  assert.throws(() => openEngram({ endpoint, token: "se\ncret" }), inputError(/^(?!.*cret).*Token/));
});

test("where nothing listens, or there is no such host, it is said at once, with what to do", async () => {
  const port = await freePort();
  const waits: string[] = [];
  const open = (endpoint: string) => openEngram({ endpoint, onRetry: (what) => waits.push(what) });
  const nobody = open(`http://127.0.0.1:${port}`);
  const advice = new RegExp(`nothing listens there.*curl http://127\\.0\\.0\\.1:${port}/health`);
  await assert.rejects(soon(nobody.health()), inputError(advice));
  await assert.rejects(soon(nobody.remember(small(1))), inputError(advice));
  await assert.rejects(soon(nobody.pages({ tier: "hot", withEmbeddings: true }).next()), inputError(advice));
  await assert.rejects(soon(open(`http://localhost:${port}`).counts()), inputError(/nothing listens there/));
  await assert.rejects(soon(open("http://no-such-host.invalid").health()), inputError(/no such host/));
  assert.deepEqual(waits, []);
});

test("a server without encryption is not asked again over https", () =>
  withEngram({}, (double) =>
    withClient(double, { endpoint: double.url.replace("http:", "https:") }, async (engram) => {
      await assert.rejects(engram.health(), inputError(/^Cannot reach .*no encrypted connection.*https at all/));
    }),
  ));

test("a token is sent, and one that is missing or wrong stops everything, untried again", () =>
  withEngram({ token: "secret" }, async (double) => {
    await withClient(double, { token: "secret" }, async (engram) => {
      assert.deepEqual(await engram.remember(small(1)), { stored: true });
    });
    await withClient(double, {}, async (engram) => {
      await assert.rejects(engram.remember(small(2)), inputError(/UNAUTHORIZED.*check the token/));
      await assert.rejects(engram.counts(), inputError(/check the token/));
    });
    assert.equal(double.counters.requests, 3);
  }));

test("another server on that port is called what it is", () =>
  withEngram({ faults: { foreign: 1 } }, (double) =>
    withClient(double, {}, async (engram) => {
      const foreign = inputError(/does not answer as an Engram does: expected a JSON object, got "<!doctype/);
      await assert.rejects(engram.remember(small(1)), foreign);
      await assert.rejects(engram.counts(), foreign);
      double.setFault({ foreign: 0, alter: () => ({}) });
      await assert.rejects(engram.remember(small(1)), inputError(/without memory_id/));
      await assert.rejects(engram.counts(), inputError(/without tier_counts/));
      double.setFault({ alter: () => ({ tier_counts: { hot: 1, warm: 0, cold: 0, total: -1 } }) });
      await assert.rejects(engram.counts(), inputError(/tier_counts\.total is -1/));
      await assert.rejects(engram.pages({ tier: "hot", withEmbeddings: false }).next(), inputError(/without memories/));
    }),
  ));

test("a server of another protocol is not asked again", async () => {
  const server = createServer((socket) =>
    socket
      .on("error", () => {})
      .resume()
      .end("SSH-2.0-OpenSSH_9.2\r\n"),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const waits: string[] = [];
  const engram = openEngram({ endpoint, onRetry: (what) => waits.push(what) });
  const message =
    /^Cannot reach Engram at .*it does not speak HTTP\/1\.1: "SSH-2\.0.*"; is another server there, or https\?$/;
  await assert.rejects(soon(engram.health()), inputError(message));
  assert.deepEqual(waits, []);
  await engram.close();
  await new Promise((resolve) => server.close(resolve));
});

test("a server without these routes is no Engram", () =>
  withEngram({}, (double) =>
    withClient(double, { endpoint: `${double.url}/elsewhere` }, async (engram) => {
      await assert.rejects(engram.health(), inputError(/status 404 for \/elsewhere\/health/));
      await assert.rejects(engram.remember(small(1)), inputError(/status 404/));
    }),
  ));

test("a tier that is not there is named", () =>
  withEngram({}, (double) =>
    withClient(double, {}, async (engram) => {
      const reading = engram.pages({ tier: "cold", withEmbeddings: true }).next();
      await assert.rejects(reading, inputError(/^The cold tier is not there at .*NOT_IMPLEMENTED/));
      await assert.rejects(engram.counts("tepid" as "hot"), inputError(/Tier "tepid": expected hot, warm, cold, all/));
      assert.equal(double.counters.requests, 1);
    }),
  ));
