import assert from "node:assert/strict";
import { test } from "node:test";
import { openEngram, type Engram, type EngramOptions } from "../../../src/targets/engram/client.ts";
import { startEngram, type EngramDouble, type Faults } from "../../doubles/engram.ts";
import { embeddingOf, memoryOf } from "../../doubles/memories.ts";
import { withEngram } from "../../doubles/withengram.ts";
import { soon } from "../../support/soon.ts";

const small = (i: number) => ({ ...memoryOf(i), embedding: Float32Array.from(embeddingOf(i)) });
const once = (request: number) => request === 1;
const always = 1;

async function withClient(
  double: EngramDouble,
  options: Partial<EngramOptions>,
  use: (engram: Engram) => Promise<void>,
): Promise<void> {
  const engram = openEngram({ endpoint: double.url, baseMs: 1, silenceMs: 200, ...options });
  try {
    await soon(use(engram));
  } finally {
    await engram.close();
  }
}

const passing: [what: string, faults: Faults, reason: RegExp][] = [
  ["500 after storing", { afterStoring: once }, /was stored but nobody was told/],
  ["500", { broken: once }, /Something broke/],
  ["503", { unavailable: once }, /No node leads/],
  ["429", { tooMany: once }, /Too many requests/],
  ["408", { queryTimeout: once }, /took too long/],
  ["a cut request", { cutRequest: once }, /connection was lost/],
  ["a cut answer", { cutAnswer: once }, /connection was lost/],
  ["silence", { silent: once }, /no word from it for 0\.2 s/],
];

for (const [what, faults, reason] of passing) {
  test(`${what}: the same memory is sent again, and is there once`, () =>
    withEngram({ faults }, async (double) => {
      const waits: string[] = [];
      const onRetry = (retried: string) => waits.push(retried);
      await withClient(double, { onRetry }, async (engram) => {
        assert.deepEqual(await engram.remember(small(1)), { stored: true });
        assert.equal((await engram.counts()).total, 1);
      });
      assert.equal(waits.length, 1);
      assert.match(waits[0]!, /^store memory "memory-1": /);
      assert.match(waits[0]!, reason);
      assert.deepEqual([...double.counters.attempts.keys()], ["memory-1"]);
    }));
}

const lasting: [what: string, faults: Faults, pattern: RegExp][] = [
  ["500 after storing", { afterStoring: always }, /^$/],
  ["500", { broken: always }, /MEMORY_SYSTEM_ERROR: Something broke \(tries: 3\)/],
  ["503", { unavailable: always }, /MEMORY_CLUSTER_UNAVAILABLE: No node leads \(tries: 3\)/],
  ["429", { tooMany: always, retryAfter: "" }, /HTTP 429: Too many requests \(tries: 3\)/],
  ["408", { queryTimeout: always }, /QUERY_TIMEOUT/],
  ["a cut request", { cutRequest: always }, /the connection was lost.*\(tries: 3\)/],
  ["a cut answer", { cutAnswer: always }, /the connection was lost.*\(tries: 3\)/],
  ["silence", { silent: always }, /no word from it for 0\.1 s \(tries: 3\)/],
];

// What must never happen: a request that does not settle, and a failure that nobody learns of.
for (const [what, faults, pattern] of lasting) {
  test(`${what}, for ever: every request ends with the reason, after the tries it is allowed`, () =>
    withEngram({ faults }, (double) =>
      withClient(double, { tries: 3, silenceMs: 100 }, async (engram) => {
        const sent = await Promise.allSettled([1, 2, 3].map((i) => engram.remember(small(i))));
        for (const outcome of sent) {
          if (outcome.status === "fulfilled") assert.equal(outcome.value.stored, false);
          else assert.match((outcome.reason as Error).message, pattern);
        }
        assert.equal(double.counters.requests, 9);
        if (faults.afterStoring) return;
        const isOfHost = (error: Error) =>
          pattern.test(error.message) && error.message.startsWith("Cannot read memories at ");
        await assert.rejects(engram.counts(), isOfHost);
        await assert.rejects(engram.pages({ tier: "hot", withEmbeddings: true }).next(), isOfHost);
      }),
    ));
}

test("with faults of all kinds at once, all memories arrive, each once", () =>
  withEngram(
    {
      seed: 3,
      faults: {
        afterStoring: 0.1,
        unavailable: 0.1,
        tooMany: 0.1,
        cutRequest: 0.1,
        cutAnswer: 0.1,
        broken: 0.05,
        silent: 0.01,
      },
    },
    (double) =>
      withClient(double, { tries: 20 }, async (engram) => {
        const count = 300;
        let next = 0;
        const send = async () => {
          while (next < count) assert.deepEqual(await engram.remember(small(next++)), { stored: true });
        };
        await Promise.all(Array.from({ length: 20 }, send));
        assert.equal(double.memories.size, count);
        assert.equal(double.counters.attempts.size, count);
        const ids: string[] = [];
        for await (const page of engram.pages({ tier: "hot", withEmbeddings: true, pageSize: 100 })) {
          ids.push(...page.memories.map(({ id }) => id));
        }
        assert.deepEqual(ids.sort(), Array.from({ length: count }, (_, i) => `memory-${i}`).sort());
      }),
  ));

test("Retry-After is waited for, in seconds or until a date", async () => {
  for (const form of ["seconds", "date"]) {
    const retryAfter = form === "seconds" ? "1" : new Date(Date.now() + 2000).toUTCString();
    await withEngram({ faults: { unavailable: once, retryAfter } }, async (double) => {
      let waited = 0;
      await withClient(double, { onRetry: (_, ms) => (waited = ms) }, async (engram) => {
        const start = performance.now();
        assert.deepEqual(await engram.remember(small(1)), { stored: true });
        assert.ok(waited >= 900 && waited <= 2001, `${form}: ${waited} ms`);
        assert.ok(performance.now() - start >= waited - 2);
      });
    });
  }
});

test("a server that asks for an hour is not waited for", () =>
  withEngram({ faults: { unavailable: always, retryAfter: "3600" } }, (double) =>
    withClient(double, {}, async (engram) => {
      assert.deepEqual(await engram.remember(small(1)), {
        stored: false,
        mayPass: true,
        code: "MEMORY_CLUSTER_UNAVAILABLE",
        reason: "No node leads",
      });
      await assert.rejects(engram.counts(), /it asks to wait 3600 s/);
      assert.equal(double.counters.requests, 2);
    }),
  ));

test("an abort ends a request, a wait and a page at once, with its reason", () =>
  withEngram({ faults: { silent: always } }, async (double) => {
    const stopWith = async (faults: Faults, run: (engram: Engram) => Promise<unknown>) => {
      double.setFault(faults);
      const controller = new AbortController();
      const reason = new Error("enough");
      await withClient(double, { signal: controller.signal, silenceMs: 60_000 }, async (engram) => {
        const outcome = Promise.allSettled(Array.from({ length: 20 }, () => run(engram)));
        setTimeout(() => controller.abort(reason), 50);
        for (const settled of await soon(outcome, 5000)) {
          assert.equal(settled.status === "rejected" && settled.reason, reason);
        }
        await assert.rejects(engram.health(), reason);
      });
    };
    await stopWith({}, (engram) => engram.remember(small(1)));
    await stopWith({}, (engram) => engram.pages({ tier: "hot", withEmbeddings: true }).next());
    await stopWith({ silent: 0, unavailable: always, retryAfter: "100" }, (engram) => engram.remember(small(1)));
  }));

test("closing ends what is under way, and nothing can be sent after", () =>
  withEngram({ faults: { silent: always } }, async (double) => {
    const engram = openEngram({ endpoint: double.url });
    const sent = engram.remember(small(1));
    setTimeout(() => void engram.close(), 50);
    await assert.rejects(soon(sent, 5000), /closed/);
    await assert.rejects(soon(engram.counts(), 5000), /closed/);
  }));

test("a server that goes away for good is given up, one that comes back is not", async () => {
  const double = await startEngram({});
  await withClient(double, { tries: 3 }, async (engram) => {
    assert.deepEqual(await engram.remember(small(1)), { stored: true });
    await double.stop();
    await assert.rejects(engram.remember(small(2)), /Cannot store memory "memory-2" at .*\(tries: 3\)/);
  });
  const again = await startEngram({});
  let next: EngramDouble | undefined;
  const onRetry = async () => {
    next ??= (await again.stop(), await startEngram({ port: again.port }));
  };
  await withClient(again, { tries: 12, baseMs: 20, onRetry: () => void onRetry() }, async (engram) => {
    assert.deepEqual(await engram.remember(small(1)), { stored: true });
    again.setFault({ cutRequest: always });
    assert.deepEqual(await engram.remember(small(2)), { stored: true });
  });
  assert.equal(next!.memories.size, 1);
  await next!.stop();
});
