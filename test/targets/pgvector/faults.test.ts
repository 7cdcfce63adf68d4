import assert from "node:assert/strict";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { openPgvector } from "../../../src/targets/pgvector/store.ts";
import { optionsOf, recordOf, recordsOf, withStore, write, type SomeOptions } from "../../support/pgrecords.ts";
import { freePort } from "../../support/freeport.ts";
import { missingPostgres, PASSWORD, startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { soon } from "../../support/soon.ts";

const skip = missingPostgres("pgvector");
let postgres: TestPostgres;
let endpoint: string;
before(async () => {
  if (skip) return;
  postgres = await startPostgres("pgvector");
  endpoint = postgres.url;
});
after(() => postgres?.remove());

const open = (options: Partial<SomeOptions>, silenceMs?: number) =>
  openPgvector(optionsOf({ endpoint, ...options }), silenceMs);

/** An InputError in one line, at once, and nowhere in it the password. */
async function refused(opening: Promise<unknown>, message: RegExp, secret = PASSWORD): Promise<void> {
  await assert.rejects(soon(opening, 10_000), (error: Error) => {
    assert.equal(error.name, "InputError");
    assert.match(error.message, message);
    assert.ok(!error.message.includes("\n"));
    assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes(secret));
    return true;
  });
}

test("what the user has to set right is told at once", { skip }, async () => {
  const port = await freePort();
  const reach = /^Cannot reach PostgreSQL at postgres:\/\//;
  const at = (url: string) => refused(open({ endpoint: url }), reach);
  await at(endpoint.replace(/127[\d.]+:\d+/, `127.0.0.1:${port}`));
  await refused(
    open({ endpoint: `postgres://u:${PASSWORD}@127.0.0.1:${port}/a` }),
    /nothing listens there; is PostgreSQL/,
  );
  await refused(
    open({ endpoint: `postgres://u:${PASSWORD}@nowhere.invalid/a` }),
    /nowhere\.invalid:5432\/a: no such host/,
  );
  const wrong = "wr0ng-one";
  await refused(
    open({ endpoint: endpoint.replace(PASSWORD, wrong) }),
    /password authentication failed.*; check the user/,
    wrong,
  );
  await refused(
    open({ endpoint: endpoint.replace("seedbed:", "nobody:") }),
    /failed for user "nobody"; check the user/,
  );
  await refused(
    open({ endpoint: endpoint.replace(/postgres$/, "absent") }),
    /database "absent" does not exist; make it/,
  );
  await refused(open({ endpoint: `${endpoint}?sslmode=require` }), /does not support SSL connections; the URL may say/);
  await refused(
    open({ endpoint: endpoint.replace(`:${PASSWORD}`, "") }),
    /client password must be a string; check the user/,
  );
});

test("the token is the password where the URL has none", { skip }, () =>
  withStore({ endpoint: endpoint.replace(`:${PASSWORD}`, ""), token: PASSWORD }, async (store) => {
    assert.match(store.place, /^postgres:\/\/127\.0\.0\.1:\d+\/postgres table "seedbed"$/);
  }),
);

test("a server that is killed and comes back has every row once", { skip }, async () => {
  const records = recordsOf(40_000, (row) => ({ title: `title ${row}` }));
  const told: string[] = [];
  const onRetry = (what: string): void => void told.push(what);
  await withStore({ endpoint, name: "killed", sample: records.slice(0, 9), onRetry }, async (store) => {
    await store.prepare();
    let settled = 0;
    let kills: Promise<void> | undefined;
    const killTwice = async (): Promise<void> => {
      for (let times = 0; times < 2; times++) {
        await postgres.kill();
        await sleep(100);
        await postgres.start();
        await sleep(150);
      }
    };
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < records.length) {
        const batch = records.slice(next, (next += 500));
        await store.write(batch, (_record, refusal) => {
          assert.equal(refusal, undefined);
          settled++;
        });
        if (next > 5000) kills ??= killTwice();
      }
    };
    await Promise.all([worker(), worker(), worker(), worker()]);
    await kills;
    assert.equal(settled, records.length);
    assert.equal(await store.count(), records.length);
    assert.deepEqual(await store.absent(records), []);
  });
  assert.ok(told.length > 0);
  for (const what of told) {
    assert.match(what, /^(?:store records|count the rows|look for records): /);
    assert.ok(!what.includes(PASSWORD));
  }
});

test("a server that stays away is given up, without the password", { skip }, async () => {
  const store = await open({ name: "away", tries: 3 });
  await store.prepare();
  await postgres.kill();
  try {
    const writing = store.write(recordsOf(10), () => assert.fail("nothing is settled"));
    await assert.rejects(soon(writing), (error: Error) => {
      assert.match(error.message, /^Cannot store records at postgres:\/\/127\.0\.0\.1:\d+\/postgres: .* \(tries: 3\)$/);
      assert.ok(!inspect(error, { depth: 9 }).includes(PASSWORD));
      return true;
    });
    await soon(store.close());
  } finally {
    await postgres.start();
  }
});

test("sessions that the server ends are replaced", { skip }, () =>
  withStore({ endpoint, name: "ended" }, async (store) => {
    await store.prepare();
    await write(store, recordsOf(10));
    await postgres.ask(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = 'seedbed'",
    );
    await write(store, recordsOf(20));
    assert.equal(await store.count(), 20);
  }),
);

test("too many connections are waited for", { skip }, async () => {
  await postgres.ask("CREATE ROLE few LOGIN CONNECTION LIMIT 1");
  await postgres.ask(`ALTER ROLE few PASSWORD '${PASSWORD}'`);
  await postgres.ask("GRANT CREATE ON SCHEMA public TO few");
  const told: string[] = [];
  const url = endpoint.replace("seedbed:", "few:");
  const onRetry = (what: string): void => void told.push(what);
  await withStore({ endpoint: url, name: "few", onRetry }, async (store) => {
    await store.prepare();
    await Promise.all([write(store, recordsOf(2000)), write(store, recordsOf(4000).slice(2000))]);
    assert.equal(await store.count(), 4000);
  });
  assert.match(told[0] ?? "", /^store records: too many connections for role "few"/);
});

test("a server that says nothing is lost", { skip }, async () => {
  const sockets: Socket[] = [];
  const mute = createServer((socket) => sockets.push(socket.on("error", () => {}))).listen(0, "127.0.0.1");
  await new Promise((resolve) => mute.once("listening", resolve));
  try {
    const { port } = mute.address() as AddressInfo;
    const opening = open({ endpoint: `postgres://u:${PASSWORD}@127.0.0.1:${port}/a`, tries: 2 }, 100);
    await assert.rejects(
      soon(opening),
      /^Error: Cannot look for the table at .*: no word from it for too long \(tries: 2\)$/,
    );
  } finally {
    for (const socket of sockets) socket.destroy();
    mute.close();
  }

  await withStore({ endpoint, name: "mute", tries: 2 }, (store) => store.prepare());
  const store = await open({ name: "mute", tries: 2 }, 300);
  await store.prepare();
  const { Client } = await import("pg");
  const blocker = new Client(endpoint);
  await blocker.connect();
  await blocker.query("BEGIN; LOCK TABLE mute IN ACCESS EXCLUSIVE MODE");
  const writing = store.write(recordsOf(10), () => assert.fail("nothing is settled"));
  await assert.rejects(soon(writing), /no word from it for too long \(tries: 2\)$/);
  await store.close();
  await blocker.end();
});

test("an abort ends everything at once, with its reason", { skip }, async () => {
  const controller = new AbortController();
  const store = await open({ name: "aborted", signal: controller.signal });
  await store.prepare();
  const { Client } = await import("pg");
  const blocker = new Client(endpoint);
  await blocker.connect();
  await blocker.query("BEGIN; LOCK TABLE aborted IN ACCESS EXCLUSIVE MODE");
  const reason = new Error("enough");
  const records = recordsOf(20_000);
  const writing = [0, 1, 2, 3].map((i) =>
    store.write(records.slice(5000 * i, 5000 * (i + 1)), () => assert.fail("nothing is settled")),
  );
  await sleep(100);
  controller.abort(reason);
  const ends = await soon(Promise.allSettled(writing), 500);
  assert.deepEqual(
    ends.map((end) => end.status === "rejected" && end.reason),
    [reason, reason, reason, reason],
  );
  await assert.rejects(store.count(), reason);
  await soon(store.close(), 3000);
  await blocker.end();
  await assert.rejects(open({ signal: controller.signal }), reason);
  assert.deepEqual(await postgres.ask("SELECT count(*)::int AS n FROM aborted"), [{ n: 0 }]);
});

const SILENCE_MS = 400;

test("an abort ends the building of an index in the server, too", { skip }, async () => {
  const controller = new AbortController();
  const records = Array.from({ length: 10_000 }, (_, row) =>
    recordOf(row, {}, { embedding: Float32Array.from({ length: 200 }, (__, i) => Math.sin(row * 200 + i)) }),
  );
  const options = { name: "building", dim: 200, index: "hnsw", sample: records.slice(0, 1) } as const;
  await withStore({ endpoint, ...options }, async (loading) => {
    await loading.prepare();
    await write(loading, records);
  });
  const onRetry = (what: string): void => assert.fail(what);
  const store = await open({ ...options, signal: controller.signal, onRetry }, SILENCE_MS);
  await store.prepare();
  const building = store.finish();
  const isBuilding = async (): Promise<boolean> =>
    (await postgres.ask("SELECT FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%' AND state = 'active'")).length >
    0;
  while (!(await isBuilding())) await sleep(20);
  await sleep(2 * SILENCE_MS); // it may take as long as it likes
  assert.ok(await isBuilding());
  const reason = new Error("enough");
  controller.abort(reason);
  await assert.rejects(soon(building, 500), reason);
  await soon(store.close(), 3000);
  for (let tried = 0; await isBuilding(); tried++) {
    assert.ok(tried < 30, "the server goes on");
    await sleep(50);
  }
  assert.deepEqual(await postgres.ask("SELECT FROM pg_indexes WHERE indexname LIKE 'building_embedding%'"), []);
});
