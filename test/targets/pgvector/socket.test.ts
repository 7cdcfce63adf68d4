import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { withStore } from "../../support/pgrecords.ts";
import { freePort } from "../../support/freeport.ts";
import { testStores, type Database } from "../../support/pgsuite.ts";

// PGlite behind a socket ends for good at COPY FROM STDIN: records go there as parameters.

let db: PGlite;
let server: PGLiteSocketServer;
let endpoint: string;
before(async () => {
  db = await PGlite.create({ extensions: { vector } });
  const port = await freePort();
  server = new PGLiteSocketServer({ db, port });
  await server.start();
  endpoint = `postgres://postgres:secret@127.0.0.1:${port}/postgres`;
});
after(async () => {
  await server.stop();
  await db.close();
});

const database = (): Database => ({
  endpoint,
  asking: (use) => use(async (sql, params) => (await db.query<Record<string, unknown>>(sql, params)).rows),
});
testStores(false, database, true);

test("it is told apart, and given one batch at a time", () =>
  withStore({ endpoint }, async (store) => {
    assert.match(store.description, /^PGlite /);
    assert.equal(store.batchesUnderWay, 1);
  }));
