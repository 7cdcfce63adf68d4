import assert from "node:assert/strict";
import { appendFileSync, copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import test from "node:test";
import { InputError } from "../../../src/data/errors.ts";
import { openInput, type OpenInput } from "../../../src/pipeline/ingest/input.ts";
import { bvecsBytes, fbinBytes, fvecsBytes, makeRows } from "../../formats/vectorbytes.ts";
import { writeVectors } from "../../support/dataset.ts";
import { npyOf } from "../../support/memories.ts";
import { readRecords, type ReadRecords } from "../../support/records.ts";
import { withTempFolder } from "../../support/temp.ts";
import { range } from "./loads.ts";

const DIM = 4;
const values = makeRows(6, DIM);
const metadata = (rows: number, name = "x") =>
  range(0, rows)
    .map((row) => `{"${name}":${row}}\n`)
    .join("");

async function readInput(path: string, given?: string): Promise<ReadRecords & Omit<OpenInput, "read" | "close">> {
  const { close, ...input } = await openInput(path, given);
  try {
    return { ...input, ...(await readRecords(input)) };
  } finally {
    await close();
  }
}

/** Asserts that a path is refused with a line that names it. */
async function refuses(path: string, message: RegExp): Promise<void> {
  await assert.rejects(openInput(path), (error) => {
    assert.ok(error instanceof InputError, String(error));
    assert.match(error.message, message);
    return error.message.includes(path) && !error.message.includes("\n");
  });
}

for (const format of ["npy", "npz"] as const) {
  test(`a folder as vectors writes it, as ${format}, with its metadata`, () =>
    withTempFolder(async (folder) => {
      const path = `${folder}/10k`;
      await writeVectors(path, { rows: 1000, dim: 7, format });
      const classes = readFileSync(`${path}/metadata.jsonl`, "utf8").split("\n").slice(0, -1);
      for (const given of [path, `${path}/`, `${path}//`, `${path}/vectors.${format}`]) {
        const found = await readInput(given);
        assert.equal(found.path, given.replace(/\/+$/, ""));
        assert.deepEqual(found.files, [`${path}/vectors.${format}`, `${path}/metadata.jsonl`]);
        assert.equal(
          found.byteLength,
          found.files.reduce((sum, name) => sum + statSync(name).size, 0),
        );
        assert.deepEqual([found.dim, found.rows, found.records.length, found.bad], [7, 1000, 1000, []]);
        assert.deepEqual(
          found.records.map(({ fields }) => JSON.stringify(fields)),
          classes,
        );
      }
      const one = await readInput(`${path}/vectors.${format}`);
      assert.deepEqual((await readInput(path)).mark, one.mark);
    }));
}

test("a folder with another kind of vectors, with metadata and without", () =>
  withTempFolder(async (folder) => {
    for (const [name, bytes] of [
      ["vectors.fvecs", fvecsBytes(values, DIM)],
      ["vectors.fbin", fbinBytes(values, DIM)],
      ["vectors.bvecs", bvecsBytes(Uint8Array.from(values), DIM)],
      ["vectors.npy", npyOf(values, DIM)],
    ] as const) {
      const path = `${folder}/${name}.folder`;
      mkdirSync(path);
      writeFileSync(`${path}/${name}`, bytes);
      const bare = await readInput(path);
      assert.deepEqual([bare.files, bare.records.length, bare.rows], [[`${path}/${name}`], 6, 6]);
      writeFileSync(`${path}/metadata.jsonl`, metadata(6));
      assert.deepEqual((await readInput(path)).records[5]!.fields, { x: 5 });
    }
  }));

test("which metadata go with a file of vectors: those given, those of its name, those of a folder of vectors", () =>
  withTempFolder(async (folder) => {
    const fieldOf = async (name: string, given?: string) =>
      Object.keys((await readInput(`${folder}/${name}`, given)).records[0]!.fields)[0];
    for (const name of ["vectors.npy", "a.b.npy"]) writeFileSync(`${folder}/${name}`, npyOf(values, DIM));
    assert.equal(await fieldOf("vectors.npy"), undefined);
    writeFileSync(`${folder}/metadata.jsonl`, metadata(6, "folder"));
    assert.deepEqual([await fieldOf("vectors.npy"), await fieldOf("a.b.npy")], ["folder", undefined]);
    for (const stem of ["vectors", "a.b"]) writeFileSync(`${folder}/${stem}.metadata.jsonl`, metadata(6, stem));
    assert.deepEqual([await fieldOf("vectors.npy"), await fieldOf("a.b.npy")], ["vectors", "a.b"]);
    writeFileSync(`${folder}/given.txt`, metadata(6, "given"));
    for (const name of ["vectors.npy", "a.b.npy", ""])
      assert.equal(await fieldOf(name, `${folder}/given.txt`), "given");
  }));

test("a file of memories; how many rows it has is known where the manifest beside it is of this file", () =>
  withTempFolder(async (folder) => {
    const path = `${folder}/m.jsonl`;
    const lines = range(0, 5).map((row) => `{"id":"m${row}","content":"x","embedding":[1,${row}]}\n`);
    writeFileSync(path, lines.join(""));
    writeFileSync(`${folder}/m.metadata.jsonl`, metadata(3));
    const { files, dim, rows, records } = await readInput(path);
    assert.deepEqual([files, dim, rows, records.length], [[path], 2, undefined, 5]);
    await writeVectors(`${folder}/other`, { rows: 5, dim: 2 });
    const manifest = JSON.parse(readFileSync(`${folder}/other/dataset.json`, "utf8")) as Record<string, unknown>;
    const file = { path: "m.jsonl", format: "jsonl", rows: 5, bytes: statSync(path).size, sha256: "0".repeat(64) };
    writeFileSync(`${folder}/m.dataset.json`, JSON.stringify({ ...manifest, files: [file] }));
    assert.equal((await readInput(path)).rows, 5);
    appendFileSync(path, lines[0]!);
    assert.equal((await readInput(path)).rows, undefined);
  }));

test("folders without vectors, with several, and unfinished ones are refused", () =>
  withTempFolder(async (folder) => {
    const path = `${folder}/10k`;
    mkdirSync(path);
    await refuses(path, /has no vectors: expected one of vectors\.npy, .*, or give a file/);
    writeFileSync(`${path}/metadata.jsonl`, metadata(6));
    await refuses(path, /has no vectors/);
    writeFileSync(`${path}/vectors.npy.part`, "");
    await refuses(path, /is unfinished: it has \.part files and no dataset\.json/);
    writeFileSync(`${path}/vectors.npy`, npyOf(values, DIM));
    await refuses(path, /is unfinished/);
    writeFileSync(`${path}/dataset.json`, "{}");
    assert.equal((await readInput(path)).records.length, 6);
    copyFileSync(`${path}/vectors.npy`, `${path}/vectors.npz`);
    await refuses(path, /has vectors\.npy and vectors\.npz: expected one/);
  }));

test("files that are missing or damaged are refused", () =>
  withTempFolder(async (folder) => {
    const path = `${folder}/vectors.npy`;
    await refuses(path, /^Cannot read .*: no such file or folder$/);
    writeFileSync(path, npyOf(values, DIM));
    await assert.rejects(openInput(path, `${folder}/none.jsonl`), /^InputError: Cannot read .*none\.jsonl: /);
    await assert.rejects(openInput(path, folder), /^InputError: Cannot read .*: it is a folder/);
    for (const rows of [0, 5, 7]) {
      writeFileSync(`${folder}/metadata.jsonl`, metadata(rows));
      await refuses(path, new RegExp(`Cannot pair ${rows} lines of metadata with 6 vectors`));
    }
    rmSync(`${folder}/metadata.jsonl`);
    for (const [name, content, message] of [
      ["a.npy", "", /empty/],
      ["b.npy", npyOf(values, DIM).subarray(0, -1), /bytes, expected/],
      ["c.csv", "1,2\n", /expected a name that ends in/],
      ["d.jsonl", "", /It is empty/],
      ["e.jsonl", "\n{}\n", /Cannot find vectors: none is in it/],
      ["f.npy", npyOf(new Float32Array(0), DIM), /no rows/],
    ] as const) {
      writeFileSync(`${folder}/${name}`, content);
      await refuses(`${folder}/${name}`, message);
    }
    writeFileSync(`${folder}/g.jsonl`, "[1]\n");
    await assert.rejects(
      openInput(`${folder}/g.jsonl`, path),
      /^InputError: Metadata ".*" are not allowed beside JSON lines/,
    );
  }));

test("a file that is cut while it is read is told", () =>
  withTempFolder(async (folder) => {
    const path = `${folder}/m.jsonl`;
    writeFileSync(path, `[1,2]\n${"x".repeat(3 << 20)}`);
    const input = await openInput(path);
    writeFileSync(path, "[1,2]\n");
    await assert.rejects(readRecords(input), /ends at byte 6, expected/);
    await input.close();
  }));
