import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { openPgvector } from "../../../src/targets/pgvector/store.ts";
import { load, optionsOf, recordsOf, withStore, write } from "../../support/pgrecords.ts";
import { testStores, type Database } from "../../support/pgsuite.ts";

const MARK = "Seedbed makes a PGlite store in the folder of this name; where it was killed, it begins anew.\n";
const parent = mkdtempSync(join(tmpdir(), "seedbed-pglite-"));
const folder = join(parent, "new", "store");
after(() => rmSync(parent, { recursive: true, force: true }));

test("a new folder gets a database and its table without being asked", async () => {
  await withStore({ endpoint: `${folder}/`, create: false }, async (store) => {
    assert.equal(store.place, `${folder} table "seedbed"`);
    assert.match(
      store.description,
      /^PGlite [\d.]+ \(PostgreSQL [\d.]+\), pgvector [\d.]+: embeddings as vector\(8\)$/,
    );
    assert.equal(store.batchesUnderWay, 1);
    assert.equal(await store.count(), 0);
    await store.prepare();
    await write(store, recordsOf(3));
    assert.equal(await store.count(), 3);
  });
  assert.deepEqual(readdirSync(join(parent, "new")), ["store"]);
});

const database = (): Database => ({
  endpoint: folder,
  async asking(use) {
    const db = await PGlite.create({ dataDir: folder, extensions: { vector } });
    try {
      return await use(async (sql, params) => (await db.query<Record<string, unknown>>(sql, params)).rows);
    } finally {
      await db.close();
    }
  },
});
testStores(false, database, true);

test("an index is made, and once", async () => {
  const records = recordsOf(100);
  for (const index of ["hnsw", "ivfflat", "hnsw"] as const) await load({ endpoint: folder, name: "i", index }, records);
  const rows = await database().asking((ask) =>
    ask("SELECT indexdef FROM pg_indexes WHERE tablename = 'i' ORDER BY 1"),
  );
  assert.equal(rows.length, 3);
});

test("a table that is not there is made without being asked", async () => {
  await withStore({ endpoint: folder, name: "missing", create: false }, async (store) => {
    await store.prepare();
    assert.equal(await store.count(), 0);
  });
});

test("a folder is one store's at a time, in this process and in others", async () => {
  await withStore({ endpoint: folder }, async () => {
    const again = openPgvector(optionsOf({ endpoint: join(parent, "new", ".", "store") }));
    await assert.rejects(again, {
      name: "InputError",
      message: /store is in use by this process: one store at a time$/,
    });
  });
  writeFileSync(`${folder}.lock`, "1"); // a process that always runs
  const other = openPgvector(optionsOf({ endpoint: folder }));
  await assert.rejects(other, { name: "InputError", message: /store is in use by process 1: wait for it/ });
  rmSync(`${folder}.lock`);
});

test("a folder of another purpose is left alone", async () => {
  const own = join(parent, "own");
  mkdirSync(own);
  writeFileSync(join(own, "letter.txt"), "Dear");
  const refused = openPgvector(optionsOf({ endpoint: own }));
  await assert.rejects(refused, { name: "InputError", message: /own is no store of PGlite, and not empty/ });
  assert.deepEqual(readdirSync(own), ["letter.txt"]);

  for (const name of ["PG_VERSION", "base", "global", "postmaster.opts"]) writeFileSync(join(own, name), "");
  const server = openPgvector(optionsOf({ endpoint: own }));
  await assert.rejects(server, { name: "InputError", message: /own belongs to a server of PostgreSQL: give its URL/ });

  for (const name of readdirSync(own)) rmSync(join(own, name));
  cpSync(folder, own, { recursive: true });
  writeFileSync(join(own, "PG_VERSION"), "17");
  const older = openPgvector(optionsOf({ endpoint: own }));
  const message = /^Cannot open the PGlite store in .*own: database files are incompatible with server$/;
  await assert.rejects(older, { name: "InputError", message });

  const file = openPgvector(optionsOf({ endpoint: join(own, "PG_VERSION") }));
  await assert.rejects(file, { name: "InputError", message: /PG_VERSION: it is a file$/ });
  assert.ok(!readdirSync(parent).some((name) => name.endsWith(".lock")));
});

test("what a run left that was killed while it made the database is made anew", async () => {
  const begun = join(parent, "begun");
  mkdirSync(begun);
  for (const name of ["PG_VERSION", "base"]) writeFileSync(join(begun, name), "");
  writeFileSync(`${begun}.beginning`, MARK);
  writeFileSync(join(begun, "mine.txt"), "Dear");
  const refused = openPgvector(optionsOf({ endpoint: begun }));
  await assert.rejects(refused, { name: "InputError", message: /begun holds mine\.txt, which is not of PGlite/ });
  rmSync(join(begun, "mine.txt"));
  await load({ endpoint: begun, create: false }, recordsOf(2));
  assert.ok(!readdirSync(parent).includes("begun.beginning"));
});

test("a file that is called like the mark is none", async () => {
  const own = join(parent, "precious");
  mkdirSync(own);
  writeFileSync(join(own, "letter.txt"), "Dear");
  writeFileSync(`${own}.beginning`, "my notes");
  const refused = openPgvector(optionsOf({ endpoint: own }));
  await assert.rejects(refused, { name: "InputError", message: /precious is no store of PGlite, and not empty/ });
  assert.deepEqual(readdirSync(own), ["letter.txt"]);
});

test("an abort ends the load between two statements, with its reason", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const store = await openPgvector(optionsOf({ endpoint: folder, name: "aborted", signal: controller.signal }));
  await store.prepare();
  await write(store, recordsOf(10));
  const writing = store.write(recordsOf(5000), () => assert.fail("nothing is settled"));
  controller.abort(reason);
  await assert.rejects(writing, reason);
  await store.close();
  await withStore({ endpoint: folder, name: "aborted" }, async (again) => assert.equal(await again.count(), 10));
});
