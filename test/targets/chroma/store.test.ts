import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { InputError } from "../../../src/data/errors.ts";
import { openChroma } from "../../../src/targets/chroma/store.ts";
import type { StoreOptions } from "../../../src/targets/store.ts";
import { startProxy, type ProxyFault } from "../../doubles/faultyproxy.ts";
import { DIM, load, options, record, rows, storedIn, withChroma } from "../../support/chromaload.ts";
import { missingChroma, startChroma, type TestChroma } from "../../support/chromaserver.ts";
import { withServer } from "../../support/server.ts";

const skip = missingChroma();
let chroma: TestChroma;
before(async () => {
  if (!skip) chroma = await startChroma();
});
after(() => chroma?.stop());

function inputError(pattern: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof InputError && pattern.test(error.message) && !error.message.includes("\n");
}

const refuses = (more: Partial<StoreOptions>, pattern: RegExp, endpoint = chroma.url) =>
  assert.rejects(openChroma(options(endpoint, more)), inputError(pattern));

const withText = (change: (text: string) => string): ProxyFault => ({
  after: ({ status, text }) => ({ status, text: change(text) }),
});

test("values come back bit for bit, metadata and documents as they were", { skip }, async () => {
  const largest = 3.4028234663852886e38;
  const embedding = Float32Array.of(-0, 1e-45, -largest, 1.17549435e-38, 1.1754942e-38, 0.1, 16777217, -1e-30);
  const odd = {
    ...{ text: `"quotes" 'and' \\ \n \u0000 \u2028`, "größe 😀": "日本", empty: "", yes: true, no: false, zero: 0 },
    ...{ third: 1 / 3, tiny: 5e-324, huge: 1.7976931348623157e308, big: 2 ** 53, bigger: 2 ** 62, beyond: 1e20 },
    ...{ nested: { a: [1, null] }, list: [1, 2], nothing: null, long: "x".repeat(100_000) },
  };
  const records = [
    record(0, { content: "é \u0000 \"'\\\n😀", ...odd }, { embedding, id: "the first" }),
    record(1, { content: "" }),
    record(2, {}),
    record(3, { content: 5 }),
  ];
  for (const takesBase64 of [true, false]) {
    const name = `odd-${takesBase64}`;
    const replaced = withText((text) => text.replace(/(base64_encoding":)true/, "$1false"));
    const proxy = await startProxy(chroma.url, () => (takesBase64 ? undefined : replaced));
    try {
      await withChroma(options(proxy.url, { name, sample: records }), (store) => load(store, records));
      const upsert = proxy.requests.find(({ path }) => path.endsWith("/upsert"))!;
      assert.equal(
        typeof (JSON.parse(upsert.body) as { embeddings: unknown[] }).embeddings[0] === "string",
        takesBase64,
      );
    } finally {
      await proxy.close();
    }
    const { records: stored } = await storedIn(chroma, name);
    assert.equal(stored.size, 4);
    const sameBits = (row: number) =>
      assert.deepEqual([...Float32Array.from(stored.get(`${row}`)!.embedding)], [...records[row]!.embedding]);
    for (const row of [0, 1, 2, 3]) sameBits(row);
    const { nested, list, nothing, ...plain } = odd;
    assert.deepEqual(nothing, null);
    assert.deepEqual(stored.get("0")!.metadata, {
      ...{ ...plain, nested: JSON.stringify(nested), list: JSON.stringify(list), source_id: "the first" },
    });
    assert.equal(stored.get("0")!.document, records[0]!.fields["content"]);
    const others = [1, 2, 3].map((row) => [stored.get(`${row}`)!.metadata, stored.get(`${row}`)!.document]);
    assert.deepEqual(others, [[null, ""], [null, null], [{ content: 5 }, null]]); // prettier-ignore
  }
});

test("a collection is made as asked, holds what was sent, and the same again changes nothing", { skip }, async () => {
  const records = rows(300);
  const chosen = options(chroma.url, { name: "twice", metric: "ip" });
  const unprepared = await openChroma(chosen);
  assert.equal(await unprepared.count(), 0);
  assert.deepEqual(await unprepared.absent(records), records);
  await unprepared.close();
  await withChroma(chosen, async (store) => {
    assert.equal(store.place, `${chroma.url}, collection twice`);
    assert.match(store.description, /^Chroma, API \d/);
    assert.ok(store.hasRowIds && store.maxBatch >= 1000);
    assert.deepEqual([store.batchesUnderWay, await store.count()], [2, 0]);
    const outcomes = await load(store, records, 100);
    assert.deepEqual(
      [...outcomes.values()],
      Array.from(records, () => undefined),
    );
    assert.equal(await store.count(), 300);
    await load(store, records.slice(100, 250));
    assert.equal(await store.count(), 300);
    const absent = await store.absent([...rows(1, 9000), ...records, ...rows(2, 1000)]);
    assert.deepEqual(
      absent.map(({ row }) => row),
      [9000, 1000, 1001],
    );
    await store.finish();
  });
  await withChroma({ ...chosen, create: false, concurrent: 1 }, async (store) => {
    assert.deepEqual([store.batchesUnderWay, await store.count()], [1, 300]);
  });
  const { configuration, dim, records: stored } = await storedIn(chroma, "twice");
  assert.deepEqual([configuration.hnsw["space"], dim, stored.get("299")!.document], ["ip", DIM, "Row 299"]);
});

test("rows that are refused are told apart from the others, which are stored", { skip }, async () => {
  const records = [...rows(200), record(200, { "#": 1 })];
  const short = (row: number) => (records[row] = record(row, {}, { embedding: new Float32Array(3).fill(1) }));
  for (const row of [17, 18, 150]) short(row);
  const proxy = await startProxy(chroma.url);
  try {
    const outcomes = await withChroma(options(proxy.url, { name: "poison" }), (store) => load(store, records));
    assert.equal(outcomes.size, 201);
    const bad = [...outcomes].filter(([, refusal]) => refusal !== undefined);
    assert.deepEqual(bad.map(([row]) => row).sort((a, b) => a - b), [17, 18, 150, 200]); // prettier-ignore
    for (const row of [17, 18, 150]) {
      assert.match(
        outcomes.get(row)!,
        /^InvalidArgumentError: Collection expecting embedding with dimension of 8, got 3$/,
      );
    }
    const upserts = proxy.requests.filter(({ path }) => path.endsWith("/upsert"));
    assert.ok(upserts.length < 3 * 2 * 9, `${upserts.length} requests`);
  } finally {
    await proxy.close();
  }
  assert.equal((await storedIn(chroma, "poison")).records.size, 197);
});

test(
  "a row too large for the server is refused in its words, and a batch too large is sent in parts",
  { skip },
  async () => {
    const large = [9, 9, 41].map((megabytes, row) => record(row, { content: "x".repeat(megabytes << 20) }));
    const sizes: number[] = [];
    const proxy = await startProxy(chroma.url, ({ path, headers }) => {
      if (path.endsWith("/upsert")) sizes.push(Number(headers["content-length"]));
      // What the real one does, which would cut the proxy's connection before it has sent all.
      return Number(headers["content-length"]) > 40 << 20
        ? { answer: { status: 413, text: "Payload too large" } }
        : undefined;
    });
    try {
      const records = [...large, ...rows(2, 3)];
      const outcomes = await withChroma(options(proxy.url, { name: "large" }), async (store) => {
        const all = await load(store, records);
        assert.equal(await store.count(), 4);
        return all;
      });
      assert.deepEqual([...outcomes].filter(([, refusal]) => refusal !== undefined), [[2, "HTTP 413: Payload too large"]]); // prettier-ignore
      assert.deepEqual(sizes.map((size) => size >> 20), [18, 41, 0]); // prettier-ignore
    } finally {
      await proxy.close();
    }
  },
);

test("a server that takes less than it says is sent less after the first refusal", { skip }, async () => {
  const limit = 30_000;
  const refused: number[] = [];
  const proxy = await startProxy(chroma.url, ({ path, body }) => {
    if (!path.endsWith("/upsert") || body.length <= limit) return undefined;
    refused.push(body.length);
    return { answer: { status: 413, headers: { "content-type": "text/html" }, text: "<html>\nToo large</html>" } };
  });
  try {
    await withChroma(options(proxy.url, { name: "less", concurrent: 1 }), async (store) => {
      const outcomes = await load(store, rows(3000), 500);
      assert.deepEqual(new Set(outcomes.values()), new Set([undefined]));
      assert.equal(await store.count(), 3000);
    });
    assert.equal(refused.length, 1);
  } finally {
    await proxy.close();
  }
});

test("no batch has more records than the server says it takes", { skip }, async () => {
  const replaced = withText((text) => text.replace(/("max_batch_size":)\d+/, "$197"));
  const proxy = await startProxy(chroma.url, ({ path }) => (path.endsWith("checks") ? replaced : undefined));
  try {
    await withChroma(options(proxy.url, { name: "limit" }), async (store) => {
      assert.equal(store.maxBatch, 97);
      await load(store, rows(500));
      assert.equal((await store.absent([...rows(500), ...rows(5, 5000)])).length, 5);
    });
    const sizes = (route: string) =>
      proxy.requests
        .filter(({ path }) => path.endsWith(route))
        .map(({ body }) => (JSON.parse(body) as { ids: string[] }).ids.length);
    assert.deepEqual(sizes("/upsert"), [97, 97, 97, 97, 97, 15]);
    assert.deepEqual(sizes("/get"), [97, 97, 97, 97, 97, 20]);
  } finally {
    await proxy.close();
  }
});

test("what cannot be used is refused before the first record, with what is allowed", { skip }, async () => {
  await withChroma(options(chroma.url, { name: "eight" }), (store) => load(store, rows(1)));
  const name = "eight";
  await refuses(
    { name, dim: 5 },
    /"eight" at http:.*: its dimension is 8, the vectors have 5; name another with --collection$/,
  );
  await refuses({ name, metric: "cosine" }, /"eight" .*: its metric is l2, not cosine; give --metric l2, or another/);
  await refuses(
    { name: "nobody", create: false },
    /Collection "nobody" is not there at http.*: add --create, or name one/,
  );
  await refuses({ index: "ivfflat" }, /^Index ivfflat is not allowed for Chroma: it always has hnsw$/);
  await refuses({ index: "none" }, /^Index none is not allowed/);
  for (const bad of ["ab", "a b", "-ab", "ab-", "a..b", "127.0.0.1", "x".repeat(513), "a/b", "ä23"]) {
    await refuses({ name: bad }, /^Collection ".*": expected 3 to 512 characters/);
  }
  await refuses({ token: "a b" }, /^Token: expected printable characters/);
  await refuses({}, /Endpoint "nonsense": not a URL/, "nonsense");
  await refuses({}, /Cannot reach Chroma at http:\/\/127\.0\.0\.1:1: .*is Chroma running\?/, "http://127.0.0.1:1");
});

test("the default collection is seedbed, and an empty one of another metric is refused too", { skip }, async () => {
  await withChroma(options(chroma.url, { name: undefined, metric: "cosine" }), async (store) => {
    assert.match(store.place, /, collection seedbed$/);
  });
  await refuses({ name: "seedbed" }, /its metric is cosine, not l2/);
});

test("a server without the v2 API, or that is no Chroma, is told apart", { skip }, async () => {
  const whole = ({ url = "" }: { url?: string | undefined }) => url.replace(/\/file/, "");
  const serve = (answers: Record<string, string>, pattern: RegExp) =>
    withServer(
      (request, response) => {
        const text = answers[whole(request)];
        response.statusCode = text === undefined ? 404 : 200;
        response.end(text ?? '{"detail":"Not Found"}');
      },
      (url) => refuses({}, pattern, url.replace(/\/file$/, "")),
    );
  await serve({ "/api/v1/heartbeat": '{"nanosecond heartbeat":1}' }, /it has only the v1 API; Chroma 1\.0 or later/);
  await serve({}, /does not answer as a Chroma does: status 404 for \/api\/v2\/version; is it one\? Check with: curl/);
  await serve({ "/api/v2/version": "<html>" }, /does not answer as a Chroma does: expected JSON, got "<html>"/);
  await serve({ "/api/v2/version": '"0.6.3"' }, /Chroma 0\.6\.3 at .*: 1\.0 or later is needed/);
  const known = { "/api/v2/version": '"1.0.0"' };
  await serve({ ...known, "/api/v2/pre-flight-checks": "{}" }, /checks without max_batch_size/);
  await serve({ ...known, "/api/v2/pre-flight-checks": '{"max_batch_size":9}' }, /status 404 for .*collections\/test/);
});

test("a token goes along, and one that is not taken is named", { skip }, async () => {
  const faultOf = ({ headers }: { headers: Record<string, unknown> }): ProxyFault | undefined =>
    headers["x-chroma-token"] === "let-me-in"
      ? undefined
      : { answer: { status: 401, text: '{"error":"AuthError","message":"Unauthorized"}' } };
  const proxy = await startProxy(chroma.url, faultOf);
  try {
    await withChroma(options(proxy.url, { name: "token", token: "let-me-in" }), (store) => load(store, rows(1)));
    await refuses(
      { token: "wrong" },
      /does not let this program in: AuthError: Unauthorized; check the token/,
      proxy.url,
    );
  } finally {
    await proxy.close();
  }
});
