import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openPgvector } from "../../../src/targets/pgvector/store.ts";
import {
  DIM,
  load,
  nearest,
  optionsOf,
  recordOf,
  recordsOf,
  withStore,
  write,
  type SomeOptions,
} from "../../support/pgrecords.ts";
import { missingPostgres, PASSWORD, startPostgres, type TestPostgres } from "../../support/postgres.ts";

const skip = missingPostgres("pgvector");
let postgres: TestPostgres;
let endpoint: string;
before(async () => {
  if (skip) return;
  postgres = await startPostgres("pgvector");
  endpoint = postgres.url;
  await postgres.ask("CREATE SCHEMA ext");
  await postgres.ask("CREATE EXTENSION vector SCHEMA ext"); // as some hosts have it, where no type is found by its name alone
});
after(() => postgres?.remove());

const open = (options: Partial<SomeOptions>) => openPgvector(optionsOf({ endpoint, create: false, ...options }));

const ID = "id bigint PRIMARY KEY";
const EMBEDDING = `embedding ext.vector(${DIM})`;
const foreign: [columns: string, reason: RegExp][] = [
  [EMBEDDING, /has no column "id": expected "id" bigint with a primary key; choose another --table$/],
  [`id text PRIMARY KEY, ${EMBEDDING}`, /has "id" of text: expected/],
  [`id numeric PRIMARY KEY, ${EMBEDDING}`, /has "id" of numeric: expected/],
  [`id bigint, ${EMBEDDING}`, /has neither a primary key nor a unique index on "id" alone: expected/],
  [`id bigint, a int, ${EMBEDDING}, UNIQUE (id, a)`, /has neither a primary key nor a unique index on "id" alone/],
  [`id bigint UNIQUE DEFERRABLE, ${EMBEDDING}`, /has neither a primary key nor a unique index on "id" alone/],
  [ID, /has no column "embedding": expected "embedding" vector\(8\), halfvec\(8\) or real\[\]; choose/],
  [`${ID}, embedding text`, /has "embedding" of text: expected/],
  [`${ID}, embedding ext.sparsevec(8)`, /has "embedding" of ext\.sparsevec\(8\): expected/],
  [`${ID}, embedding double precision[]`, /has "embedding" of double precision\[\]: expected/],
  [`${ID}, embedding ext.vector(9)`, /has embeddings of 9 dimensions: expected/],
  [`${ID}, embedding ext.halfvec(7)`, /has embeddings of 7 dimensions: expected/],
];

foreign.forEach(([columns, reason], i) => {
  test(`a table of another shape is refused: ${columns}`, { skip }, async () => {
    await postgres.ask(`CREATE TABLE foreign_${i} (${columns})`);
    await assert.rejects(open({ name: `foreign_${i}` }), (error: Error) => {
      assert.equal(error.name, "InputError");
      assert.match(error.message, new RegExp(`^Table "foreign_${i}" `));
      assert.match(error.message, reason);
      return true;
    });
  });
});

test("what is stored already tells the dimensions where the type does not", { skip }, async () => {
  for (const [type, value] of [
    ["real[]", "{1,2,3}"],
    ["ext.vector", "[1,2,3]"],
  ]) {
    await postgres.ask(`CREATE TABLE loose (${ID}, embedding ${type})`);
    await load({ endpoint, name: "loose", create: false }, recordsOf(2));
    await postgres.ask("TRUNCATE loose");
    await postgres.ask("INSERT INTO loose VALUES (1, $1)", [value]);
    await assert.rejects(open({ name: "loose" }), /Table "loose" has embeddings of 3 dimensions/);
    await postgres.ask("DROP TABLE loose");
  }
});

test("views, and tables of others, are refused", { skip }, async () => {
  await postgres.ask(`CREATE TABLE others (${ID}, ${EMBEDDING})`);
  await postgres.ask("CREATE VIEW looks AS SELECT * FROM others");
  await postgres.ask(`CREATE ROLE guest LOGIN PASSWORD '${PASSWORD}'`);
  await postgres.ask("GRANT USAGE ON SCHEMA ext TO guest");
  await assert.rejects(open({ name: "looks" }), { name: "InputError", message: /^"looks" is no table/ });
  const guest = endpoint.replace("seedbed:", "guest:");
  await assert.rejects(open({ endpoint: guest, name: "others" }), {
    name: "InputError",
    message: /not this user's to write/,
  });
  const store = await open({ endpoint: guest, create: true, name: "mine" });
  const message =
    /^Cannot make the table at postgres:\/\/127\.0\.0\.1:\d+\/postgres: permission denied for schema public$/;
  await assert.rejects(store.prepare(), { name: "InputError", message });
  await store.close();
});

test("without the right to temporary tables records go as parameters", { skip }, async () => {
  await postgres.ask("CREATE DATABASE narrow");
  const url = endpoint.replace(/postgres$/, "narrow");
  await withStore({ endpoint: url, name: "t" }, (store) => store.prepare());
  const narrow = (sql: string) => withAsk(url, sql);
  await narrow("REVOKE TEMPORARY ON DATABASE narrow FROM public");
  await narrow("GRANT SELECT, INSERT, UPDATE ON t TO guest");
  const refusals = await load(
    { endpoint: url.replace("seedbed:", "guest:"), name: "t", create: false },
    recordsOf(1000),
  );
  assert.equal(refusals.size, 0);
  assert.deepEqual(await narrow("SELECT count(*)::text, count(DISTINCT embedding)::text AS n FROM t"), [
    { count: "1000", n: "1000" },
  ]);
});

async function withAsk(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const { Client } = await import("pg");
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test("columns of many types are filled, those the records lack with NULL or their default", { skip }, async () => {
  await postgres.ask("CREATE TYPE mood AS ENUM ('calm', 'glad')");
  await postgres.ask(`CREATE TABLE many (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, embedding ext.halfvec(8),
    small smallint, half real, exact numeric, plain json, key uuid, mood mood, char char(3), lacking text,
    stamp timestamptz DEFAULT 'epoch', must text NOT NULL)`);
  const full = { small: 5, half: 0.1, exact: 123456.78901234567, plain: { b: 1, a: [2] }, must: "x" };
  const more = { key: "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", mood: "glad", char: "ab" };
  const records = [
    recordOf(0, { ...full, ...more }),
    recordOf(1, { ...full, small: 40_000 }),
    recordOf(2, { ...full, half: 1e300 }),
    recordOf(3, { ...full, must: null }),
    recordOf(4, { ...full, mood: "grim" }),
    recordOf(5, { ...full, stamp: "2024-01-01" }),
    recordOf(2 ** 31, full),
    recordOf(7, full, { embedding: Float32Array.of(65_520, 0, 0, 0, 0, 0, 0, 1) }),
    recordOf(8, full, { embedding: Float32Array.of(65_519, 0, 0, 0, 0, 0, 0, 1) }),
    recordOf(9, full, { id: "nine" }),
    recordOf(10, { ...full, lacking: "here" }),
  ];
  const refusals = await load({ endpoint, name: "many", create: false, sample: records.slice(0, 2) }, records);
  const leftOut =
    'field "stamp" has no column in the table, or one that is left to the server: add one to the table, then --resume';
  assert.deepEqual(
    [...refusals].sort(([a], [b]) => a - b),
    [
      [1, 'field "small" is 40000: its column takes smallint'],
      [2, 'field "half" is 1e+300: its column takes real'],
      [3, 'field "must" is null: its column must have a value'],
      [4, 'invalid input value for enum mood: "grim"'],
      [5, leftOut],
      [7, "embedding has 65520 at 0: its column takes halfvec, up to 65504"],
      [9, 'its id has no column "source_id" in the table'],
      [2 ** 31, "row number is 2147483648: its column takes integer"],
    ],
  );
  const rows =
    await postgres.ask(`SELECT id, embedding::text, small, half::text, exact::text, plain::text, key::text, mood,
    char, lacking, stamp = 'epoch' AS "isEpoch" FROM many ORDER BY id`);
  assert.deepEqual(
    rows.map(({ id }) => id),
    [0, 8, 10],
  );
  const { id: _id, embedding, ...first } = rows[0]!;
  assert.equal(embedding, `[${recordOf(0).embedding.join(",")}]`);
  const kept = { small: 5, half: "0.1", exact: "123456.78901234567", plain: '{"b":1,"a":[2]}' };
  assert.deepEqual(first, { ...kept, ...more, char: "ab ", lacking: null, isEpoch: true });
  assert.match(String(rows[1]!["embedding"]), /^\[65504,/);
  assert.equal(rows[2]!["lacking"], "here");
});

for (const index of ["hnsw", "ivfflat"] as const) {
  for (const metric of ["l2", "cosine", "ip"] as const) {
    test(`the index ${index} for ${metric} is made once, and used`, { skip }, async () => {
      const name = `indexed_${index}_${metric}`;
      const records = recordsOf(2000);
      await load({ endpoint, name, index, metric }, records);
      await load({ endpoint, name, index, metric, create: false }, records);
      const found = await postgres.ask(
        `SELECT opcname, c.reloptions FROM pg_index i JOIN pg_opclass o ON o.oid = i.indclass[0] JOIN pg_class c
          ON c.oid = i.indexrelid WHERE i.indrelid = $1::regclass AND NOT i.indisprimary`,
        [name],
      );
      const operators = { l2: "l2_ops", cosine: "cosine_ops", ip: "ip_ops" }[metric];
      const reloptions = index === "ivfflat" ? ["lists=2"] : null;
      assert.deepEqual(found, [{ opcname: `vector_${operators}`, reloptions }]);
      const query = records[5]!.embedding;
      const sign = { l2: "<->", cosine: "<=>", ip: "<#>" }[metric];
      const near = `SELECT id::int FROM ${name} ORDER BY embedding OPERATOR(ext.${sign}) '[${query.join(",")}]' LIMIT 5`;
      await postgres.ask("ALTER DATABASE postgres SET enable_seqscan = off"); // so few rows would be read all
      const plan = await postgres.ask(`EXPLAIN ${near}`);
      assert.match(JSON.stringify(plan), new RegExp(`Index Scan using ${name}_embedding_${index}_${metric}`));
      if (index === "hnsw") assert.equal((await postgres.ask(near))[0]!["id"], nearest(metric, query, records, 1)[0]);
    });
  }
}

test("many dimensions with an index are kept as halfvec, which the description says", { skip }, async () => {
  const records = [0, 1, 2].map((row) => recordOf(row, {}, { embedding: new Float32Array(2500).fill(row + 1) }));
  const options = { endpoint, name: "wide", dim: 2500, index: "hnsw", sample: records } as const;
  await withStore(options, async (store) => {
    assert.match(store.description, /halfvec\(2500\), as an hnsw index takes no vector of more than 2000 dimensions$/);
    await store.prepare();
    await write(store, records);
    await store.finish();
  });
  assert.match(
    JSON.stringify(await postgres.ask("SELECT indexdef FROM pg_indexes WHERE tablename = 'wide'")),
    /halfvec_l2_ops/,
  );
  await withStore({ ...options, index: "none", name: "flat" }, async (store) => {
    assert.match(store.description, /embeddings as vector\(2500\)$/);
    await store.prepare();
    await write(store, records);
  });
  await assert.rejects(
    open({ ...options, create: false, name: "flat" }),
    /at most 2000 dimensions of vector, and here are 2500/,
  );
  await assert.rejects(
    open({ ...options, create: true, name: "none", dim: 4001 }),
    /at most 2000 dimensions of vector/,
  );
  await assert.rejects(
    open({ ...options, index: "none", create: true, name: "none", dim: 16_001 }),
    /stores at most 16000/,
  );
});

test("names of tables that cannot be are refused", { skip }, async () => {
  for (const name of ["", "a\nb", "é".repeat(32)]) {
    await assert.rejects(open({ name }), { name: "InputError", message: /: expected 1 to 63 bytes/ });
  }
});
