import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { seededUniform } from "../doubles/seeded.ts";
import { buildCli } from "../support/built.ts";
import { missingChroma, startChroma } from "../support/chromaserver.ts";
import { runToEnd, spawnQuietly } from "../support/cli.ts";
import { storedIn } from "../support/ingest.ts";
import { nearestRows, readDataset, type Dataset } from "../support/neighbours.ts";
import { askPglite } from "../support/pglite.ts";
import { missingPostgres, startPostgres, type TestPostgres } from "../support/postgres.ts";
import { withTempFolder } from "../support/temp.ts";

const isDeno = "deno" in process.versions;
const cli = buildCli();
process.on("exit", cli.remove);

const ROWS = 10_000;
const DIM = 24;
const QUERIES = [3, 5000, 9999];
const K = 10;

const start = (...args: string[]) =>
  spawnQuietly(process.execPath, [...(isDeno ? ["run", "-A", "--no-prompt"] : []), cli.entry, ...args]);

/** Runs `use` with a folder of 10k vectors with classes. */
async function withVectors(use: (input: string, folder: string, dataset: Dataset) => Promise<void>): Promise<void> {
  await withTempFolder(async (folder) => {
    const flags = ["--size", "10k", "--dim", String(DIM), "--out", folder, "--quiet"];
    assert.equal((await cli.run("vectors", ...flags)).code, 0);
    await use(`${folder}/10k`, folder, readDataset(`${folder}/10k`, DIM));
  });
}

/** Loads it all, and returns what was said for programs. */
async function load(input: string, ...flags: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await cli.run("ingest", "--input", input, "--json", ...flags);
  assert.equal(code, 0, stderr);
  const said = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual([said["total"], said["ingested"], said["failed"], said["store_count"]], [ROWS, ROWS, 0, ROWS]);
  return said;
}

type Ask = (sql: string) => Promise<Record<string, unknown>[]>;

/** Asserts that a table has every row as it is, and that the nearest rows by SQL are those of an exact computation. */
async function assertTable(ask: Ask, table: string, dataset: Dataset, isVector: boolean): Promise<void> {
  const [counted] = await ask(
    `SELECT count(*)::int AS count, min(id)::int AS first, max(id)::int AS last FROM ${table}`,
  );
  assert.deepEqual(counted, { count: ROWS, first: 0, last: ROWS - 1 });
  const some = await ask(`SELECT id::int, cls, embedding::real[]::text AS values FROM ${table} WHERE id % 777 = 5`);
  assert.equal(some.length, 13);
  for (const { id, cls, values } of some) {
    assert.equal(cls, dataset.classes[id as number]);
    const numbers = (values as string).slice(1, -1).split(",").map(Number).map(Math.fround);
    assert.deepEqual(numbers, [...dataset.vectorOf(id as number)]);
  }
  for (const row of QUERIES) {
    const query = [...dataset.vectorOf(row)].join();
    const distance = isVector
      ? `embedding <-> '[${query}]'`
      : `(SELECT sum((a - b) ^ 2) FROM unnest(embedding::float8[], '{${query}}'::float8[]) AS t(a, b))`;
    const found = await ask(`SELECT id::int FROM ${table} ORDER BY ${distance} LIMIT ${K}`);
    assert.deepEqual(
      found.map(({ id }) => id),
      nearestRows(dataset, row, K),
    );
  }
}

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

test("a folder is a store without a server: killed at random moments, it has every row once", () =>
  withVectors(async (input, folder, dataset) => {
    const to = ["--to", "pgvector", "--endpoint", `${folder}/store`];
    await killed(input, [...to, "--batch-size", "50", "--concurrent", "1"]);
    await load(input, ...to);
    await askPglite(`${folder}/store`, (ask) => assertTable(ask, "vectors_10k", dataset, true));
  }));

test(
  "Chroma: 10k rows are loaded through kills of the load and of the server, and found",
  { skip: missingChroma() },
  async () => {
    const server = await startChroma();
    await withVectors(async (input, _, dataset) => {
      const to = ["--to", "chroma", "--endpoint", server.url, "--create"];
      await killed(input, [...to, "--batch-size", "100", "--concurrent", "1"], async () => {
        await server.kill();
        await sleep(200);
        await server.start();
      });
      const { id } = (await server.get("/vectors_10k")) as { id: string };
      assert.equal(await server.get(`/${id}/count`), ROWS);
      const got = (await server.post(`/${id}/get`, { ids: ["5", "9999"], include: ["embeddings", "metadatas"] })) as {
        ids: string[];
        embeddings: number[][];
        metadatas: unknown[];
      };
      for (const [at, row] of got.ids.map(Number).entries()) {
        assert.deepEqual(got.embeddings[at]!.map(Math.fround), [...dataset.vectorOf(row)]);
        assert.deepEqual(got.metadatas[at], { cls: dataset.classes[row] });
      }
      const queries = QUERIES.map((row) => [...dataset.vectorOf(row)]);
      const found = (await server.post(`/${id}/query`, { query_embeddings: queries, n_results: K, include: [] })) as {
        ids: string[][];
      };
      // Its index is approximate: that it is exact where it is told to search all is shown elsewhere.
      for (const [at, row] of QUERIES.entries()) {
        const exact = new Set(nearestRows(dataset, row, K).map(String));
        assert.equal(found.ids[at]![0], String(row));
        assert.ok(found.ids[at]!.filter((one) => exact.has(one)).length >= K - 2);
      }
    }).finally(server.stop);
  },
);

/** Loads by runs of which three are killed; after the first of these `meanwhile` is awaited. */
async function killed(input: string, flags: readonly string[], meanwhile = async (): Promise<void> => {}) {
  const uniform = seededUniform(11);
  for (let kills = 0, runs = 0; kills < 3; runs++) {
    assert.ok(runs < 12, "runs end before they are killed");
    const known = storedIn(input).size;
    const target = known + 1 + Math.floor((uniform() * (ROWS - known)) / 8);
    const child = start("ingest", "--input", input, ...flags, ...(runs === 0 ? [] : ["--resume"]));
    const ended = runToEnd(child);
    while (storedIn(input).size < target && child.exitCode === null) await sleep(2);
    await sleep(Math.floor(30 * uniform()));
    child.kill("SIGKILL");
    const { code, stderr } = await ended;
    assert.equal(stderr, "");
    if (code === 0 && kills > 0) break; // it was faster
    assert.notEqual(code, 0, "a run came to its end");
    if (++kills === 1) await meanwhile();
  }
  await load(input, ...flags, "--resume");
}
