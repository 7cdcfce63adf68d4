import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { keyOf } from "../../../src/core/key.ts";
import { InputError } from "../../../src/data/errors.ts";
import { sampleDocuments, selectedDocuments, type SampleSpec } from "../../../src/pipeline/embed/sample.ts";
import { createRandom } from "../../formats/samples.ts";
import { documentsOf, type FieldsOrBad } from "./documentsof.ts";

const SPEC: SampleSpec = { dataset: "org/data", split: "train", seed: 42, textField: "text", idField: "id" };

async function draw(rows: readonly FieldsOrBad[], spec: Partial<SampleSpec> = {}, pieceRows?: number) {
  const documents = documentsOf(rows, pieceRows);
  const whole = { ...SPEC, ...spec };
  const sample = await sampleDocuments(documents, whole);
  const { readings } = documents;
  const selected = [];
  for await (const document of selectedDocuments(documents, sample, whole)) selected.push(document);
  assert.equal(selected.length, sample.size);
  assert.deepEqual(
    selected.map(({ row }) => row),
    [...rows.keys()].filter((row) => sample.isSelected(row)),
  );
  const ids = selected.map(({ id }) => id);
  assert.equal(
    sample.selectedHash,
    createHash("sha256")
      .update(ids.map((id) => `${id}\n`).join(""))
      .digest("hex"),
  );
  return { sample, ids, selected, readings };
}

function makeRows(count: number): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, row) => ({ id: `doc-${row}`, text: `text ${row}` }));
}

/** The ids that a sample has, by sorting. */
function leastIds(ids: readonly string[], size: number, { seed, dataset, split } = SPEC): string[] {
  const [low, high] = keyOf(seed);
  const priority = (id: string) => {
    const key = new Uint8Array(new Uint32Array([low, high]).buffer);
    return createHash("sha256")
      .update(key)
      .update(JSON.stringify([dataset, split, id]))
      .digest("hex")
      .slice(0, 16);
  };
  const sorted = ids.map((id) => [priority(id), id] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.slice(0, size).map(([, id]) => id);
}

test("a sample is that of sorting by the hashes of ids, in the order of rows", async () => {
  const rows = makeRows(500);
  const all = rows.map(({ id }) => id as string);
  for (const n of [1, 2, 99, 499, 500, 501]) {
    const { ids, sample } = await draw(rows, { n });
    const expected = new Set(leastIds(all, n));
    assert.deepEqual(
      ids,
      all.filter((id) => expected.has(id)),
    );
    assert.deepEqual([sample.rowsTotal, sample.eligible, sample.size], [500, 500, Math.min(n, 500)]);
  }
  for (const spec of [{ seed: 43 }, { seed: "word" }, { dataset: "other" }, { split: "test" }]) {
    const { ids } = await draw(rows, { ...spec, n: 50 });
    assert.deepEqual([...ids].sort(), leastIds(all, 50, { ...SPEC, ...spec }).sort());
  }
});

test("a smaller sample is a part of a larger one", async () => {
  const rows = makeRows(300);
  let smaller: string[] = [];
  for (const n of [1, 2, 3, 50, 51, 52, 299, 300]) {
    const { ids } = await draw(rows, { n });
    assert.ok(smaller.every((id) => ids.includes(id)));
    smaller = ids;
  }
});

test("neither the order of rows nor the pieces that they come in change a sample", async () => {
  const rows = makeRows(1000);
  const { ids } = await draw(rows, { n: 100 });
  const random = createRandom(1);
  const shuffled = rows.map((row) => [random(), row] as const).sort(([a], [b]) => a - b);
  const other = await draw(
    shuffled.map(([, row]) => row),
    { n: 100 },
    333,
  );
  assert.deepEqual([...other.ids].sort(), [...ids].sort());
  assert.deepEqual((await draw(rows, { n: 100 }, 1)).ids, ids);
});

test("how many rows a sample has", async () => {
  for (const [count, spec, size] of [
    [250, {}, 100],
    [60, {}, 60],
    [60, { n: 1000 }, 60],
    [250, { p: 0.5 }, 125],
    [250, { p: 1 }, 250],
    [250, { p: 0.002 }, 1],
  ] as const)
    assert.equal((await draw(makeRows(count), spec)).sample.size, size, `${count} rows, ${JSON.stringify(spec)}`);
  await assert.rejects(draw(makeRows(250), { p: 0.001 }), /^InputError: A part of 0\.001 of 250 rows .* is none/);
  await assert.rejects(draw(makeRows(0)), /^InputError: The dataset has no rows/);
});

test("the documents are read once where all are selected, else twice", async () => {
  assert.equal((await draw(makeRows(50))).readings, 1);
  assert.equal((await draw(makeRows(50), { p: 1 })).readings, 1);
  assert.equal((await draw(makeRows(50), { n: 49 })).readings, 2);
});

test("rows that cannot be taken are counted by their reasons", async () => {
  const rows: FieldsOrBad[] = [
    { id: "a", text: "first" },
    "not JSON",
    { id: "b" },
    { id: "b", text: null },
    { id: "b", text: 5 },
    { id: "b", text: ["x"] },
    { id: "b", text: "" },
    { id: "b", text: " \n\u00a0" },
    { id: "b", text: "\ud800" },
    { id: "a", text: "again" },
    { id: "b", text: "second" },
    "not UTF-8 text",
  ];
  const { sample, selected } = await draw(rows);
  assert.deepEqual(sample.skipped, {
    "unreadable row": 2,
    "no text field": 2,
    "text not a string": 2,
    "text not Unicode": 1,
    "empty text": 2,
    "duplicate id": 1,
  });
  assert.deepEqual([sample.rowsTotal, sample.eligible, sample.size], [12, 2, 2]);
  assert.deepEqual(selected, [
    { row: 0, id: "a", text: "first", fields: rows[0] },
    { row: 10, id: "b", text: "second", fields: rows[10] },
  ]);
});

test("what is read is told piece by piece, once", async () => {
  const rows: FieldsOrBad[] = [...makeRows(20), "not JSON", ...makeRows(5).map((row) => ({ ...row, id: undefined }))];
  const told: unknown[] = [];
  let bytes = 0;
  await sampleDocuments(documentsOf(rows), { ...SPEC, n: 3 }, (piece) => {
    told.push(...piece.bad);
    bytes += piece.bytes;
  });
  assert.deepEqual(told, [{ row: 20, file: "f", line: 20, reason: "not JSON" }]);
  assert.equal(bytes, rows.length);
});

test("a row without an id has its number for one", async () => {
  const ids = ["x", undefined, null, "", 7, 1.5, "\ud800", true, { a: 1 }, "9"];
  const found = await draw(ids.map((id) => ({ text: "t", id })));
  assert.deepEqual(found.ids, ["x", "1", "2", "3", "7", "1.5", "6", "8", "9"]);
  assert.equal(found.sample.skipped["duplicate id"], 1); // row 7
  const named = await draw([{ text: "t", key: "k" }, { text: "t" }], { idField: "key" });
  assert.deepEqual(named.ids, ["k", "1"]);
  const inherited = await draw([{ text: "t" }], { idField: "toString" });
  assert.deepEqual(inherited.ids, ["0"]);
});

test("strata keep their shares, by largest remainder", async () => {
  const rows = makeRows(100).map((row, at) => ({
    ...row,
    kind: at < 50 ? "b" : at < 80 ? "a" : at < 99 ? 3 : undefined,
  }));
  for (const [n, shares] of [
    [10, [0, 2, 3, 5]],
    [1, [0, 0, 0, 1]],
    [7, [0, 1, 2, 4]],
    [100, [1, 19, 30, 50]],
  ] as const) {
    const { sample, selected } = await draw(rows, { n, stratify: "kind" });
    assert.deepEqual(
      sample.strata,
      [null, "3", "a", "b"].map((value, at) => ({ value, rows: [1, 19, 30, 50][at], selected: shares[at] })),
    );
    const chosen = (kind: unknown) => selected.filter(({ fields }) => fields["kind"] === kind).length;
    assert.deepEqual([undefined, 3, "a", "b"].map(chosen), shares);
  }
});

test("each stratum has the rows of its least priorities; of equal remainders the first name has one more", async () => {
  const rows = makeRows(90).map((row, at): Record<string, unknown> => ({ ...row, kind: "zyx"[at % 3] }));
  const { sample, ids } = await draw(rows, { n: 31, stratify: "kind" });
  assert.deepEqual(
    sample.strata?.map(({ selected }) => selected),
    [11, 10, 10],
  );
  for (const [kind, size] of [
    ["x", 11],
    ["y", 10],
    ["z", 10],
  ] as const) {
    const own = rows.filter((row) => row["kind"] === kind).map(({ id }) => id as string);
    assert.deepEqual(ids.filter((id) => own.includes(id)).sort(), leastIds(own, size).sort());
  }
});

test("specs that are not allowed, and fields that no row has, are refused", async () => {
  for (const [spec, message] of [
    [{ n: 1, p: 1 }, /^Both a number and a part of the rows were given/],
    [{ n: 0 }, /^A sample of 0 rows is not allowed/],
    [{ n: 1.5 }, /^A sample of 1.5 rows/],
    [{ p: 0 }, /^A part of 0 of the rows is not allowed: give a number above 0, up to 1$/],
    [{ p: 1.01 }, /^A part of 1.01/],
    [{ p: Number.NaN }, /^A part of NaN/],
    [{ textField: "body" }, /^None of \d+ rows has the field "body": its fields are id, text$/],
    [{ stratify: "kind" }, /^No row has the field "kind" to stratify by$/],
  ] as const) {
    await assert.rejects(draw(makeRows(5000), spec), (error) => {
      assert.ok(error instanceof InputError, String(error));
      assert.match(error.message, message);
      return true;
    });
  }
});

test("a wrong name of the text field is told soon", async () => {
  const documents = documentsOf(makeRows(100_000), 100);
  await assert.rejects(sampleDocuments(documents, { ...SPEC, textField: "body" }), /^InputError: None of 1000 rows/);
});

test("documents that changed since the sample was drawn are told", async () => {
  const rows = makeRows(50);
  const sample = await sampleDocuments(documentsOf(rows), { ...SPEC, n: 10 });
  const first = rows.findIndex((_, row) => sample.isSelected(row));
  for (const changed of [rows.slice(0, first), rows.with(first, {}), (rows as FieldsOrBad[]).with(first, "bad")]) {
    await assert.rejects(async () => {
      for await (const document of selectedDocuments(documentsOf(changed), sample, SPEC)) assert.ok(document);
    }, /^InputError: The dataset changed while it was read/);
  }
});
