import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { storedIn } from "../support/ingest.ts";
import type { Dataset } from "../support/neighbours.ts";
import { missingPostgres, startPostgres, type TestPostgres } from "../support/postgres.ts";
import { assertTable, cli, killed, load, withVectors } from "../support/storeloads.ts";

for (const kind of ["pgvector", "system"] as const) {
  const name = `PostgreSQL ${kind === "system" ? "without" : "with"} pgvector`;
  const skip = missingPostgres(kind);
  /** Runs `use` with a server of its own and a dataset. */
  const withBoth = async (use: (server: TestPostgres, input: string, dataset: Dataset) => Promise<void>) => {
    const server = await startPostgres(kind);
    try {
      await withVectors((input, _, dataset) => use(server, input, dataset));
    } finally {
      await server.remove();
    }
  };

  test(`${name}: 10k rows are loaded, counted, and found as an exact computation finds them`, { skip }, () =>
    withBoth(async (server, input, dataset) => {
      const to = ["--to", "pgvector", "--endpoint", server.url];
      const refused = await cli.run("ingest", "--input", input, ...to);
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, /^seedbed: There is no table "vectors_10k": add --create, or name another one/);
      const index = kind === "pgvector" ? ["--index", "hnsw", "--metric", "cosine"] : [];
      await load(input, ...to, "--create", "--table", "indexed", ...index);
      const indexes = await server.ask("SELECT indexdef FROM pg_indexes WHERE tablename = 'indexed'");
      assert.equal(indexes.filter(({ indexdef }) => /hnsw.*cosine/.test(String(indexdef))).length, index.length / 4);
      await load(input, ...to, "--create");
      await assertTable(server.ask, "vectors_10k", dataset, kind === "pgvector");
      await load(input, ...to);
      const other = await cli.run("ingest", "--input", input, ...to, "--ledger", `${input}.other`);
      assert.equal(other.code, 2);
      assert.match(
        other.stderr,
        /holds 10,000 rows already, which those of this input would replace: give another --table/,
      );
      assert.doesNotMatch(refused.stderr + other.stderr, /s3cret/);
      assert.doesNotMatch(readFileSync((await load(input, ...to))["ledger"] as string, "utf8"), /s3cret/);
    }),
  );

  test(`${name}: a server that is killed and restarted in the middle gets every row once`, { skip }, () =>
    withBoth(async (server, input, dataset) => {
      const flags = ["--to", "pgvector", "--endpoint", server.url, "--table", "restarted", "--create"];
      const ended = load(input, ...flags, "--batch-size", "100", "--concurrent", "2");
      while (storedIn(input).size < 500) await sleep(5);
      await server.kill();
      await sleep(200);
      await server.start();
      assert.ok(((await ended)["retries"] as number) > 0);
      await assertTable(server.ask, "restarted", dataset, kind === "pgvector");
    }),
  );

  test(`${name}: loads that are killed at random moments and gone on with store every row once`, { skip }, () =>
    withBoth(async (server, input, dataset) => {
      const to = ["--to", "pgvector", "--endpoint", server.url, "--table", "killed", "--create"];
      await killed(input, [...to, "--batch-size", "50", "--concurrent", "1"]);
      await assertTable(server.ask, "killed", dataset, kind === "pgvector");
    }),
  );
}
