import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import test from "node:test";
import { createCore } from "../../src/core/instance.ts";
import { keyOf } from "../../src/core/key.ts";
import { InputError } from "../../src/data/errors.ts";
import { readVectorSample, readWholeVectors } from "../../src/pipeline/readvectors.ts";
import { createRowPriorities } from "../../src/pipeline/rowsample.ts";
import { fbinBytes, fvecsBytes, jsonlBytes, makeRows } from "../formats/vectorbytes.ts";
import { sampleBySorting } from "../reference/rowsample.ts";
import { withTempFolder } from "../support/temp.ts";

const [ROWS, DIM] = [9000, 40]; // two blocks, and more than the priorities that are drawn at once
const values = makeRows(ROWS, DIM);
const key = keyOf(42);
const words = createRowPriorities(createCore(), key, ROWS)(0, ROWS);
const priorities = Array.from({ length: ROWS }, (_, row) => [words[2 * row]!, words[2 * row + 1]!] as const);

const files = { fvecs: fvecsBytes(values, DIM), fbin: fbinBytes(values, DIM), jsonl: jsonlBytes(values, DIM) };

const isOneLine = (path: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof InputError, String(error));
  assert.match(error.message, message);
  assert.ok(error.message.startsWith(`${path}: `) && !error.message.includes("\n"), error.message);
  return true;
};

for (const [ending, bytes] of Object.entries(files)) {
  test(`a sample of an .${ending} is that of sorting all rows by their priorities`, async () => {
    await withTempFolder(async (folder) => {
      const path = `${folder}/vectors.${ending}`;
      writeFileSync(path, bytes);
      for (const size of [1, 500, ROWS, 10 * ROWS]) {
        const { data, ...rest } = await readVectorSample(path, { size, key });
        assert.deepEqual(rest, { rows: Math.min(size, ROWS), seen: ROWS, dim: DIM });
        assert.deepEqual(data, sampleBySorting(size, DIM, priorities, values));
      }
    });
  });

  test(`all rows of an .${ending}, up to a limit`, async () => {
    await withTempFolder(async (folder) => {
      const path = `${folder}/vectors.${ending}`;
      writeFileSync(path, bytes);
      assert.deepEqual(await readWholeVectors(path, values.byteLength), { data: values, rows: ROWS, dim: DIM });
      await assert.rejects(
        readWholeVectors(path, values.byteLength - 1),
        isOneLine(path, /more than 8999 vectors of 40/),
      );
    });
  });
}

test("progress is told in bytes and rows, and a signal ends the reading", async () => {
  await withTempFolder(async (folder) => {
    const path = `${folder}/vectors.fbin`;
    writeFileSync(path, files.fbin);
    const told: number[][] = [];
    await readVectorSample(path, { size: 3, key, onProgress: (...numbers) => told.push(numbers) });
    const blockRows = Math.floor(2 ** 18 / DIM);
    const total = files.fbin.length;
    assert.deepEqual(told, [
      [blockRows * DIM * 4, total, blockRows],
      [ROWS * DIM * 4, total, ROWS],
    ]);
    const controller = new AbortController();
    const onProgress = () => controller.abort(new Error("enough"));
    const given = { size: 3, key, signal: controller.signal, onProgress };
    await assert.rejects(readVectorSample(path, given), /enough/);
  });
});

test("a value that is not finite is refused by its row, wherever it is", async () => {
  await withTempFolder(async (folder) => {
    const path = `${folder}/vectors.fvecs`;
    for (const [row, value] of [
      [0, Number.NaN],
      [7000, Infinity],
      [ROWS - 1, -Infinity],
    ] as const) {
      const broken = values.slice();
      broken[row * DIM + DIM - 1] = value;
      writeFileSync(path, fvecsBytes(broken, DIM));
      const message = new RegExp(`Row ${row} has.*${value}`);
      await assert.rejects(readVectorSample(path, { size: 1, key }), isOneLine(path, message));
      await assert.rejects(readWholeVectors(path, 2 ** 30), isOneLine(path, message));
    }
  });
});

test("what cannot be opened is refused by its name", async () => {
  await withTempFolder(async (folder) => {
    mkdirSync(`${folder}/a.npy`);
    writeFileSync(`${folder}/b.npy`, "no array");
    writeFileSync(`${folder}/c.txt`, "no array");
    for (const name of ["a.npy", "b.npy", "c.txt", "missing.npy"]) {
      await assert.rejects(readVectorSample(`${folder}/${name}`, { size: 1, key }), (error) => {
        return error instanceof InputError && error.message.includes(name) && !error.message.includes("\n");
      });
    }
  });
});

test("a sample that no memory holds is refused, and one larger than the file is not", async () => {
  await withTempFolder(async (folder) => {
    const path = `${folder}/vectors.jsonl`;
    writeFileSync(path, "[1,2,3]\n[4,5,6]\n");
    const { data, rows } = await readVectorSample(path, { size: 2 ** 40, key });
    assert.deepEqual([data.length, rows], [6, 2]);
  });
});
