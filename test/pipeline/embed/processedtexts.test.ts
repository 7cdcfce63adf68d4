import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import process from "node:process";
import test from "node:test";
import type { Document } from "../../../src/data/documents.ts";
import { VERSION } from "../../../src/data/version.ts";
import { idOf } from "../../../src/pipeline/embed/textrow.ts";
import { writeProcessed, type ProcessedOf } from "../../../src/pipeline/embed/processedtexts.ts";
import { sumOf, withEnvironment } from "../../support/downloads.ts";
import { FIXED, FIXED_DATE } from "../../support/embed.ts";
import { withTempFolder } from "../../support/temp.ts";

const OF: ProcessedOf = {
  raw: { source: "huggingface", dataset: "org/d", split: "train", revision: "abc" },
  ...{ preprocessing: "nfc,spaces", textField: "text", idField: "id" },
  input: [{ path: "/elsewhere/a.jsonl", bytes: 12 }],
};
const LATER = { SOURCE_DATE_EPOCH: "1800000000" };

const documentsOf = (...rows: object[]): Document[] => rows.map((fields, row) => ({ row, fields: { ...fields } }));
const SOME = documentsOf({ id: "a", text: "x" }, { id: "b", text: "y" });

const write = (folder: string, documents: readonly Document[], of: Partial<ProcessedOf> = {}, variables = FIXED) =>
  withEnvironment(variables, () => writeProcessed(folder, { ...OF, ...of }, (add) => add(documents)));

const contentOf = (folder: string) =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(`${folder}/${name}`, "utf8")]));

test("rows are written as they are, and the record says what they are made from", async () => {
  await withTempFolder(async (root) => {
    const folder = `${root}/a/b`;
    await write(folder, SOME);
    const texts = '{"id":"a","text":"x"}\n{"id":"b","text":"y"}\n';
    const record = {
      ...{ source: "huggingface", dataset: "org/d", split: "train", revision: "abc", preprocessing: "nfc,spaces" },
      ...{ text_field: "text", id_field: "id", rows: 2, input: [{ name: "a.jsonl", bytes: 12 }] },
      files: [{ path: "texts.jsonl", bytes: texts.length, sha256: sumOf(texts) }],
      ...{ created_at: FIXED_DATE, tool: { package: "seedbed", version: VERSION } },
    };
    assert.deepEqual(contentOf(folder), {
      "dataset.json": `${JSON.stringify(record, null, 2)}\n`,
      "texts.jsonl": texts,
    });
  });
});

test("rows without an id of their own get the one that they are embedded under; others keep theirs", async () => {
  await withTempFolder(async (root) => {
    const documents = documentsOf(
      ...[{ id: "a", text: "x" }, { text: "x" }, { id: null }, { id: "" }, { id: ["3"] }, { id: "\ud800" }],
      ...[{ id: 7, k: 1 }, { id: -0.5 }, { id: 1e21 }, { id: true }, { id: { a: 1 } }],
    );
    const ids = documents.map((document) => idOf(document, "id"));
    await write(`${root}/f`, documents);
    const lines = readFileSync(`${root}/f/texts.jsonl`, "utf8").trim().split("\n");
    const again = lines.map((line) => ({ row: -1, fields: JSON.parse(line) as Document["fields"] }));
    assert.deepEqual(again.map((document) => idOf(document, "id")), ids); // prettier-ignore
    assert.deepEqual(
      [lines[0], lines[1], lines[2], lines[6], lines[8]],
      ['{"id":"a","text":"x"}', '{"text":"x","id":"1"}', '{"id":"2"}', '{"id":7,"k":1}', '{"id":1e+21}'],
    );
  });
});

test("rows of many megabytes come in pieces, all of them and in order", async () => {
  await withTempFolder(async (root) => {
    const rows = documentsOf(...Array.from({ length: 50_000 }, (_, i) => ({ id: `${i}`, text: "ä".repeat(i % 97) })));
    await withEnvironment(FIXED, () =>
      writeProcessed(`${root}/f`, OF, async (add) => {
        for (let at = 0; at < rows.length; at += 777) await add(rows.slice(at, at + 777));
      }),
    );
    const expected = rows.map(({ fields }) => `${JSON.stringify(fields)}\n`).join("");
    const { files, rows: count } = JSON.parse(contentOf(`${root}/f`)["dataset.json"]!) as {
      files: { bytes: number; sha256: string }[];
      rows: number;
    };
    assert.ok(expected.length > 3 << 20);
    assert.deepEqual([count, files[0]!.sha256], [50_000, sumOf(expected)]);
    assert.equal(sumOf(readFileSync(`${root}/f/texts.jsonl`)), sumOf(expected));
  });
});

test("an equal one keeps its date and is healed, another one is replaced", async () => {
  await withTempFolder(async (root) => {
    const folder = `${root}/f`;
    await write(folder, SOME);
    const before = contentOf(folder);
    await write(folder, SOME, {}, LATER);
    assert.deepEqual(contentOf(folder), before);
    writeFileSync(`${folder}/texts.jsonl`, before["texts.jsonl"]!.replace("x", "z"));
    await write(folder, SOME, {}, LATER);
    assert.deepEqual(contentOf(folder), before);

    const others: [documents: readonly Document[], of: Partial<ProcessedOf>][] = [
      [SOME.slice(1), {}],
      [SOME, { preprocessing: "nfc" }],
      [SOME, { input: [{ path: "/elsewhere/a.jsonl", bytes: 13 }] }],
      [SOME, { raw: { ...OF.raw, revision: null } }],
    ];
    for (const [documents, of] of others) {
      await write(folder, documents, of, LATER);
      const { "dataset.json": record, ...files } = contentOf(folder);
      assert.match(record!, /"created_at": "2027-01-15T08:00:00.000Z"/);
      assert.deepEqual(files, { "texts.jsonl": documents.map(({ fields }) => `${JSON.stringify(fields)}\n`).join("") });
      await write(folder, SOME);
      assert.deepEqual(contentOf(folder), before);
    }
  });
});

test("what fails leaves nothing, or what was there", async () => {
  await withTempFolder(async (root) => {
    const failing = (folder: string) =>
      withEnvironment(FIXED, () =>
        writeProcessed(folder, OF, async (add) => {
          await add(documentsOf({ text: "w".repeat(3 << 20) }, { text: "w" }));
          assert.ok(statSync(`${folder}/texts.jsonl.part`).size > 3 << 20 && existsSync(`${folder}/dataset.json.lock`));
          throw new Error("the end");
        }),
      );
    await assert.rejects(failing(`${root}/new/f`), /^Error: the end$/);
    assert.deepEqual(readdirSync(root), []);
    await write(`${root}/f`, SOME);
    const before = contentOf(`${root}/f`);
    await assert.rejects(failing(`${root}/f`), /^Error: the end$/);
    assert.deepEqual(contentOf(`${root}/f`), before);
    await assert.rejects(write(`${root}/g`, SOME, {}, { SOURCE_DATE_EPOCH: "soon" }), /^InputError: SOURCE_DATE_EPOCH/);
    assert.equal(existsSync(`${root}/g`), false);
  });
});

test("rows and a record that do not belong together are never there, whatever cannot be written", async () => {
  await withTempFolder(async (root) => {
    mkdirSync(`${root}/f/dataset.json.part/x`, { recursive: true });
    await assert.rejects(write(`${root}/f`, SOME), /dataset\.json/);
    assert.deepEqual(readdirSync(`${root}/f`), ["dataset.json.part"]);
    await write(`${root}/g`, SOME);
    rmSync(`${root}/g/texts.jsonl`);
    mkdirSync(`${root}/g/texts.jsonl/x`, { recursive: true });
    await assert.rejects(write(`${root}/g`, SOME.slice(1)), /^InputError: Cannot rename \S+texts\.jsonl\.part/);
    assert.deepEqual(readdirSync(`${root}/g`), ["texts.jsonl"]);
  });
});

test("a run that was killed is gone on after, and two at a time are refused", async () => {
  await withTempFolder(async (root) => {
    const folder = `${root}/f`;
    await write(folder, SOME);
    const before = contentOf(folder);
    const dead = "4194304"; // more than Linux gives out
    writeFileSync(`${folder}/texts.jsonl.part`, "half a");
    writeFileSync(`${folder}/dataset.json.lock`, dead);
    await write(folder, SOME);
    assert.deepEqual(contentOf(folder), before);
    writeFileSync(`${folder}/dataset.json.lock`, String(process.ppid));
    await assert.rejects(write(folder, SOME), /^InputError: \S+dataset\.json is in use by process \d+: wait for it/);
    assert.deepEqual(contentOf(folder), { ...before, "dataset.json.lock": String(process.ppid) });
  });
});

test("what others made, and what is read, is not replaced", async () => {
  await withTempFolder(async (root) => {
    const folder = `${root}/f`;
    mkdirSync(folder);
    for (const record of ['{"files":[]}', "{", "[]"]) {
      writeFileSync(`${folder}/dataset.json`, record);
      await assert.rejects(write(folder, SOME), /^InputError: \S+f holds what embed did not make: remove it, or give/);
      assert.deepEqual(contentOf(folder), { "dataset.json": record });
    }
    const own = `${root}/own`;
    await write(own, SOME);
    const before = contentOf(own);
    const input = [{ path: `${root}/f/../own/texts.jsonl`, bytes: 1 }];
    await assert.rejects(
      write(own, SOME, { input }),
      /^InputError: \S+own\/texts\.jsonl cannot be read and replaced at once: give another --root$/,
    );
    assert.deepEqual(contentOf(own), before);
  });
});
