import { after, before } from "node:test";
import { testStores, type Database } from "../../support/pgsuite.ts";
import { missingPostgres, startPostgres, type TestPostgres } from "../../support/postgres.ts";

const skip = missingPostgres("system");
let postgres: TestPostgres;
before(async () => {
  if (!skip) postgres = await startPostgres("system");
});
after(() => postgres?.remove());

const database = (): Database => ({
  endpoint: postgres.url,
  asking: (use) => use(postgres.ask),
});
testStores(skip, database, false);
