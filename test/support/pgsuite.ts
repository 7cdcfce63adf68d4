import assert from "node:assert/strict";
import { test } from "node:test";
import { METRICS } from "../../src/data/records.ts";
import { DIM, load, nearest, recordOf, recordsOf, withStore, write } from "./pgrecords.ts";

type Ask = (sql: string, params?: unknown[]) => Promise<Record<string, unknown>[]>;

/** A database under test. */
export interface Database {
  readonly endpoint: string;
  /** Lets `use` ask it by another client than the one under test, while no store is open. */
  asking<T>(use: (ask: Ask) => Promise<T>): Promise<T>;
}

const BY_VECTOR = { l2: "<->", cosine: "<=>", ip: "<#>" };
const PAIRS = "FROM unnest(embedding, $1::real[]) AS pair(a, b)";
const BY_ARRAY = {
  l2: `(SELECT sqrt(sum((a::float8 - b) ^ 2)) ${PAIRS})`,
  cosine: `(SELECT 1 - sum(a::float8 * b) / sqrt(sum(a::float8 * a) * sum(b::float8 * b)) ${PAIRS})`,
  ip: `(SELECT -sum(a::float8 * b) ${PAIRS})`,
};

/** What holds of every database; `hasVectors`: whether it has pgvector. */
export function testStores(skip: string | false, database: () => Database, hasVectors: boolean): void {
  test("every type of column comes back as it was", { skip }, async () => {
    const texts = ["", "é€😀", `"'\\`, "\\N", "a,b\t{}\n", "x".repeat(3000)];
    const numbers = [-0, 5e-324, Number.MAX_VALUE, 0.1, -1 / 3, 2 ** 53];
    const wholes = [0, -1, 2 ** 31, 2 ** 53, -(2 ** 63), 2 ** 32 + 1];
    const documents = [{ a: `é"\\` }, [1, null, [true]], "text", 1.5, { "": {} }, false];
    const embeddings = [
      [-0, 1.4e-45, 3.4028234663852886e38, -1.1754944e-38, 0.1, 1e-40, -3, 1],
      ...recordsOf(5).map(({ embedding }) => embedding),
    ].map((numberList) => Float32Array.from(numberList));
    const records = texts.map((text, i) => {
      const fields = {
        text,
        whole: wholes[i],
        number: numbers[i],
        flag: i % 2 === 0,
        document: documents[i],
        id: text,
      };
      const odd = { ["__proto__"]: text, constructor: i % 2 ? null : text, embedding: null };
      const own = { id: i % 2 ? `é-${i}` : undefined, embedding: embeddings[i]! };
      return recordOf(i, { ...fields, ...odd }, own);
    });
    records.push(recordOf(6)); // without any field
    const { endpoint, asking } = database();
    assert.deepEqual([...(await load({ endpoint, name: 'odd "name"' }, records))], []);

    const rows = await asking((ask) =>
      ask(`SELECT id::text, embedding::real[]::text AS numbers, source_id, text, whole::text, number::text, flag,
        document::text, field_id, "__proto__" AS proto, constructor, field_embedding FROM "odd ""name""" t ORDER BY t.id`),
    );
    assert.equal(rows.length, 7);
    rows.forEach((row, i) => {
      const isEmpty = i === 6;
      const { embedding, id } = records[i]!;
      assert.equal(row["id"], String(i));
      const stored = String(row["numbers"]).slice(1, -1).split(",").map(Number);
      assert.deepEqual(Float32Array.from(stored), embedding);
      assert.equal(row["source_id"], id ?? null);
      assert.equal(row["text"], isEmpty ? null : texts[i]);
      assert.equal(isEmpty ? row["whole"] : Number(row["whole"]), isEmpty ? null : wholes[i]);
      assert.deepEqual(isEmpty ? row["number"] : Number(row["number"]), isEmpty ? null : numbers[i]);
      assert.equal(row["flag"], isEmpty ? null : i % 2 === 0);
      assert.deepEqual(isEmpty ? null : JSON.parse(String(row["document"])), isEmpty ? null : documents[i]);
      assert.equal(row["field_id"], isEmpty ? null : texts[i]);
      assert.equal(row["proto"], isEmpty ? null : texts[i]);
      assert.equal(row["constructor"], isEmpty || i % 2 ? null : texts[i]);
      assert.equal(row["field_embedding"], null);
    });
  });

  test("the nearest rows of 10,000 are the exact ones", { skip }, async () => {
    const records = recordsOf(10_000);
    const { endpoint, asking } = database();
    assert.equal((await load({ endpoint, name: "near" }, records)).size, 0);
    await asking(async (ask) => {
      for (const metric of METRICS) {
        for (const query of [records[17]!.embedding, Float32Array.of(1, 2, 3, -4, 5, 6, 7, 8.5)]) {
          const text = hasVectors ? `[${query.join(",")}]` : `{${query.join(",")}}`;
          const distance = hasVectors ? `embedding ${BY_VECTOR[metric]} $1::vector` : BY_ARRAY[metric];
          const rows = await ask(`SELECT id::text FROM near ORDER BY ${distance}, near.id LIMIT 20`, [text]);
          assert.deepEqual(
            rows.map(({ id }) => Number(id)),
            nearest(metric, query, records, 20),
            metric,
          );
        }
      }
    });
  });

  test("what is sent again replaces itself, and what is absent is known", { skip }, async () => {
    const records = recordsOf(500, (row) => ({ title: `title ${row}` }));
    const { endpoint, asking } = database();
    await withStore({ endpoint, name: "again", sample: records }, async (store) => {
      assert.equal(await store.count(), 0);
      await store.prepare();
      assert.equal(await store.count(), 0);
      assert.deepEqual(await store.absent(records.slice(0, 3)), records.slice(0, 3));
      await write(store, records.slice(100, 400));
      await write(store, records.slice(100, 400));
      assert.equal(await store.count(), 300);
      assert.deepEqual(await store.absent(records), [...records.slice(0, 100), ...records.slice(400)]);
      await write(store, [recordOf(100, { title: "other" }), recordOf(101)]);
    });
    const first = (ask: Ask) => ask("SELECT title FROM again WHERE id < 103 ORDER BY id");
    assert.deepEqual(await asking(first), [{ title: "other" }, { title: null }, { title: "title 102" }]);
    await withStore({ endpoint, name: "again", sample: records, create: false }, async (store) => {
      assert.equal(await store.count(), 300);
      await store.prepare();
      await write(store, records);
      assert.equal(await store.count(), 500);
    });
  });

  const refusals: [fields: Record<string, unknown>, reason: string][] = [
    [{ whole: "1" }, 'field "whole" is a text: its column takes double precision'],
    [{ number: true }, 'field "number" is true: its column takes double precision'],
    [{ flag: "yes" }, 'field "flag" is a text: its column takes boolean'],
    [{ text: 5 }, 'field "text" is 5: its column takes text'],
    [{ text: ["a"] }, 'field "text" is an array: its column takes text'],
    [{ text: "a\0b" }, 'field "text" has a NUL character, which PostgreSQL cannot store'],
    [{ text: "a\ud800b" }, 'field "text" has half a surrogate pair, which PostgreSQL cannot store'],
    [{ document: { a: "\0" } }, 'field "document" has a NUL character, which PostgreSQL cannot store'],
    [{ document: ["\\\\\udfff"] }, 'field "document" has half a surrogate pair, which PostgreSQL cannot store'],
    [
      { other: 1 },
      'field "other" has no column in the table, or one that is left to the server: add one to the table, then --resume',
    ],
  ];

  test("values that a column cannot hold are refused by the field's name, the others stored", { skip }, async () => {
    const sample = [recordOf(0, { whole: 1, number: 0.5, flag: true, text: "a", document: { a: 1 } })];
    const good = recordsOf(refusals.length, () => ({ document: "\\u0000 \\\\ud800" }));
    const bad = refusals.map(([fields], i) => recordOf(100 + i, fields));
    const { endpoint } = database();
    await withStore({ endpoint, name: "refused", sample }, async (store) => {
      await store.prepare();
      const reasons = await write(
        store,
        good.flatMap((record, i) => [record, bad[i]!]),
      );
      assert.deepEqual(
        [...reasons],
        refusals.map(([, reason], i) => [100 + i, reason]),
      );
      assert.deepEqual(await store.absent([...good, ...bad]), bad);
    });
  });

  test("rows that the server refuses are found among the others", { skip }, async () => {
    const type = hasVectors ? `vector(${DIM})` : "real[]";
    const { endpoint, asking } = database();
    await asking(async (ask) => {
      await ask(`CREATE TABLE strict (id bigint PRIMARY KEY, embedding ${type} NOT NULL, n integer CHECK (n <> -1),
        day date, kind varchar(5), made timestamptz NOT NULL DEFAULT now(), twice bigint GENERATED ALWAYS AS (2 * n) STORED)`);
      await ask(`CREATE FUNCTION judge() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.id = 333 THEN RAISE EXCEPTION 'row % displeases', NEW.id; END IF;
        IF NEW.id = 334 THEN RETURN NULL; END IF;
        RETURN NEW; END $$`);
      await ask("CREATE TRIGGER judge BEFORE INSERT ON strict FOR EACH ROW EXECUTE FUNCTION judge()");
    });
    const records = recordsOf(1000, (row) => ({
      n: row === 500 || row === 999 ? -1 : row,
      day: row === 0 ? "2024-02-30" : "2024-02-29",
      kind: row === 7 ? "too long" : "short",
    }));
    const reasons = await load({ endpoint, name: "strict", create: false }, records);
    const words = [...reasons].sort(([a], [b]) => a - b);
    assert.deepEqual(
      words.map(([row]) => row),
      [0, 7, 333, 334, 500, 999],
    );
    const expected = [/date\/time field value out of range/, /value too long for type character varying\(5\)/];
    const others = [
      /row 333 displeases/,
      /a trigger or rule of it left it out/,
      /check constraint/,
      /check constraint/,
    ];
    words.forEach(([, reason], i) => assert.match(reason, [...expected, ...others][i]!));
    const [row] = await asking((ask) =>
      ask("SELECT count(*)::text, sum(twice)::text FROM strict WHERE made IS NOT NULL"),
    );
    const kept = records.filter(({ row: number }) => !reasons.has(number));
    const sum = kept.reduce((total, { row: number }) => total + 2 * number, 0);
    assert.deepEqual(row, { count: "994", sum: String(sum) });
  });
}
