import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openChroma } from "../../../src/targets/chroma/store.ts";
import type { StoreOptions } from "../../../src/targets/store.ts";
import { startProxy, type FaultyProxy, type ProxiedRequest, type ProxyFault } from "../../doubles/faultyproxy.ts";
import { load, options, rows, storedIn, withChroma } from "../../support/chromaload.ts";
import { missingChroma, startChroma, type TestChroma } from "../../support/chromaserver.ts";
import { soon } from "../../support/soon.ts";

const skip = missingChroma();
let chroma: TestChroma;
before(async () => {
  if (!skip) chroma = await startChroma();
});
after(() => chroma?.stop());

const error = (status: number, headers: Record<string, string> = {}): ProxyFault => ({
  answer: { status, headers, text: '{"error":"InternalError","message":"Something broke"}' },
});

async function withProxy(
  faultOf: (request: ProxiedRequest) => ProxyFault | undefined,
  use: (proxy: FaultyProxy) => Promise<void>,
): Promise<void> {
  const proxy = await startProxy(chroma.url, faultOf);
  try {
    await use(proxy);
  } finally {
    await proxy.close();
  }
}

const isUpsert = ({ path }: ProxiedRequest): boolean => path.endsWith("/upsert");

const passing: [what: string, fault: ProxyFault, reason: RegExp][] = [
  ["429", error(429), /: Something broke$/],
  ["408", error(408), /: Something broke$/],
  ["500", error(500), /: Something broke$/],
  ["503 of a gateway", { answer: { status: 503, text: "<html>busy</html>" } }, /: <html>busy<\/html>$/],
  ["500 after storing", { after: () => ({ status: 500, text: "oops" }) }, /: oops$/],
  ["a cut request", "cut", /connection was lost/],
  ["a cut answer", "cut after", /connection was lost/],
];

for (const [what, fault, reason] of passing) {
  const isCut = fault === "cut" || fault === "cut after"; // of these, Deno tries some again by itself
  test(`${what}: every request is sent again, and every row is there once`, { skip }, () => {
    const name = `passing-${what.replaceAll(" ", "-")}`;
    const seen = new Map<string, number>();
    // The first time that a request comes by.
    const faultOf = ({ number, path, body }: ProxiedRequest) => {
      const times = (seen.get(path + body) ?? 0) + 1;
      seen.set(path + body, times);
      const isNew = number > 0 && times === 1;
      return isNew ? fault : undefined;
    };
    return withProxy(faultOf, async (proxy) => {
      const waits: string[] = [];
      const chosen = options(proxy.url, { name, onRetry: (why) => waits.push(why) });
      await withChroma(chosen, async (store) => {
        assert.equal((await load(store, rows(50), 25)).size, 50);
        assert.equal(await store.count(), 50);
        assert.deepEqual(await store.absent(rows(51)), rows(1, 50));
      });
      assert.equal((await storedIn(chroma, name)).records.size, 50);
      assert.deepEqual([...seen.values()], [1, ...Array.from({ length: 7 }, () => 2)]); // version; limits, find, make, 2 upserts, count, get
      assert.ok(isCut ? waits.length > 0 : waits.length === 7, waits.join("\n"));
      for (const why of waits) assert.match(why, reason);
      assert.ok(isCut || waits.some((why) => /^store 25 rows from 25 to 49: /.test(why)));
    });
  });
}

test("Retry-After is waited for", { skip }, () => {
  let number = 0;
  const faultOf = (request: ProxiedRequest) =>
    isUpsert(request) && number++ === 0 ? error(429, { "retry-after": "1" }) : undefined;
  return withProxy(faultOf, async (proxy) => {
    let waited = 0;
    const chosen = options(proxy.url, { name: "retry-after", onRetry: (_, ms) => (waited = ms) });
    const start = performance.now();
    await withChroma(chosen, (store) => load(store, rows(5)));
    assert.ok(waited >= 1000 && performance.now() - start >= 1000, `${waited} ms`);
  });
});

const lasting: [what: string, fault: ProxyFault, message: RegExp][] = [
  ["500", error(500), /^Cannot store 5 rows from 0 to 4 at http.*: InternalError: Something broke \(tries: 3\)$/],
  ["cuts", "cut", /^Cannot store 5 rows from 0 to 4 at http.*: the connection was lost.* \(tries: 3\)$/],
  ["an hour", error(429, { "retry-after": "3600" }), /Something broke \(it asks to wait 3600 s\)$/],
  [
    "404",
    { after: () => ({ status: 404, text: '{"error":"NotFoundError","message":"Gone"}' }) },
    /rows .*: NotFoundError: Gone$/,
  ],
  ["501", error(501), /^Cannot store 5 rows from 0 to 4 at .*: InternalError: Something broke$/],
  [
    "a page",
    { answer: { status: 200, text: "<html>Log in</html>" } },
    /does not answer as a Chroma does: expected JSON/,
  ],
];

for (const [what, fault, message] of lasting) {
  test(`${what}, for ever: it ends with one line, and no row is said to be refused`, { skip }, () =>
    withProxy(
      (request) => (isUpsert(request) ? fault : undefined),
      (proxy) =>
        withChroma(options(proxy.url, { name: `lasting-${what.replaceAll(" ", "-")}`, tries: 3 }), async (store) => {
          const isOneLine = ({ message: line }: Error) => message.test(line) && !line.includes("\n");
          await assert.rejects(store.write(rows(5), () => assert.fail("settled")), isOneLine); // prettier-ignore
        }),
    ),
  );
}

test("a collection that somebody deletes ends the load", { skip }, () =>
  withChroma(options(chroma.url, { name: "deleted" }), async (store) => {
    await load(store, rows(5));
    const again = await openChroma(options(chroma.url, { name: "deleted" }));
    await fetch(`${chroma.url}/api/v2/tenants/default_tenant/databases/default_database/collections/deleted`, {
      method: "DELETE",
    }).then((answer) => answer.text());
    await assert.rejects(
      load(again, rows(5)),
      /^Error: Cannot store 5 rows .*: NotFoundError: Collection \[.*does not exist/,
    );
    await again.close();
  }),
);

test("a server that is killed in the middle and starts anew has every row once", { skip }, async () => {
  const name = "killed";
  const records = rows(2000);
  let kills = 0;
  let restarted: Promise<void> | undefined;
  let upserts = 0;
  const killAndStart = async (): Promise<void> => {
    await chroma.kill();
    await chroma.start();
    restarted = undefined;
  };
  // Killed while it works at a batch, which it may have already: nobody is told.
  const faultOf = (request: ProxiedRequest): undefined => {
    if (restarted || kills === 3 || !isUpsert(request) || ++upserts % 4 !== 3) return;
    kills++;
    restarted = sleep(2 * kills * kills).then(killAndStart);
  };
  let retries = 0;
  await withProxy(faultOf, (proxy) =>
    withChroma(options(proxy.url, { name, baseMs: 50, onRetry: () => retries++ }), async (store) => {
      const outcomes = await load(store, records, 100);
      await restarted;
      assert.deepEqual([kills, outcomes.size], [3, 2000]);
      assert.ok(retries >= 1, "no request was lost");
      assert.deepEqual(new Set(outcomes.values()), new Set([undefined]));
      assert.equal(await store.count(), 2000);
      assert.deepEqual(await store.absent(records), []);
    }),
  );
  const { records: stored } = await storedIn(chroma, name);
  assert.equal(stored.size, 2000);
  for (const { row, embedding, fields } of records) {
    const { embedding: values, metadata, document } = stored.get(`${row}`)!;
    assert.deepEqual([...Float32Array.from(values)], [...embedding]);
    assert.deepEqual([metadata, document], [{ row }, fields["content"]]);
  }
});

test("an abort ends requests and waits at once, with its reason", { skip }, async () => {
  const stops: [ProxyFault, Partial<StoreOptions>][] = [
    ["silence", {}],
    [error(503, { "retry-after": "100" }), {}],
    [error(503), { baseMs: 20_000 }],
  ];
  for (const [fault, more] of stops) {
    await withProxy(
      (request) => (isUpsert(request) ? fault : undefined),
      async (proxy) => {
        const controller = new AbortController();
        const reason = new Error("enough");
        const chosen = options(proxy.url, { name: "abort", signal: controller.signal, ...more });
        await withChroma(chosen, async (store) => {
          const writing = Promise.allSettled([1, 2, 3].map((n) => store.write(rows(5 * n), () => {})));
          setTimeout(() => controller.abort(reason), 50);
          for (const settled of await soon(writing, 2000)) {
            assert.equal(settled.status === "rejected" && settled.reason, reason);
          }
          await assert.rejects(store.count(), reason);
        });
      },
    );
  }
});

test("a server that says nothing more, or goes while it is asked, is given up when it is opened too", { skip }, () =>
  withProxy(
    ({ number }) => (number === 0 ? undefined : error(500)),
    (proxy) =>
      assert.rejects(openChroma(options(proxy.url, { tries: 2 })), /Cannot ask for the limits at .*\(tries: 2\)/),
  ),
);
