import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import test from "node:test";
import { keyOf } from "../../src/core/key.ts";
import { InputError } from "../../src/data/errors.ts";
import { openInput } from "../../src/pipeline/ingest/input.ts";
import { readInputVectors } from "../../src/pipeline/inputs.ts";
import { readVectorSample, readWholeVectors } from "../../src/pipeline/readvectors.ts";
import { makeRows } from "../formats/vectorbytes.ts";
import { npyOf } from "../support/memories.ts";
import { readRecords } from "../support/records.ts";
import { writeShards } from "../support/shards.ts";
import { withTempFolder } from "../support/temp.ts";

const [ROWS, DIM] = [3000, 24];
const CUTS = [0, 1000, 1001, 2600, ROWS];
const values = makeRows(ROWS, DIM);
const key = keyOf(7);

test("a folder of shards has the rows of one file of all of them: samples, sums and ends", () =>
  withTempFolder(async (folder) => {
    const one = `${folder}/one.npy`;
    writeFileSync(one, npyOf(values, DIM));
    for (const [at, cuts] of [CUTS, [0, ROWS]].entries()) {
      const shards = `${folder}/shards-${at}`;
      await writeShards(shards, values, DIM, cuts);
      writeFileSync(`${shards}/notes.txt`, "no shard");
      for (const path of [shards, `${shards}/`]) {
        for (const size of [1, 700, ROWS, 2 * ROWS])
          assert.deepEqual(await readVectorSample(path, { size, key }), await readVectorSample(one, { size, key }));
        assert.deepEqual(await readWholeVectors(path, values.byteLength), { data: values, rows: ROWS, dim: DIM });
        await assert.rejects(readWholeVectors(path, values.byteLength - 1), /InputError: \S+shards-\d.*more than 2999/);
        assert.equal((await readInputVectors(path)).sha256, (await readInputVectors(one)).sha256);
      }
    }
  }));

test("shards come in the order of their numbers, also of more digits, to ingest too", () =>
  withTempFolder(async (folder) => {
    const [first, second] = await writeShards(`${folder}/parts`, values, DIM, CUTS.slice(0, 3));
    mkdirSync(`${folder}/shards`);
    writeFileSync(`${folder}/shards/shard-99999.parquet`, readFileSync(first!));
    writeFileSync(`${folder}/shards/shard-100000.parquet`, readFileSync(second!));
    const expected = values.slice(0, 1001 * DIM);
    assert.deepEqual((await readWholeVectors(`${folder}/shards`, 2 ** 30)).data, expected);
    const input = await openInput(`${folder}/shards`);
    const { records } = await readRecords(input);
    await input.close();
    assert.deepEqual(Float32Array.from(records.flatMap(({ embedding }) => [...embedding])), expected);
  }));

test("progress goes over all shards to the end", () =>
  withTempFolder(async (folder) => {
    const paths = await writeShards(folder, values, DIM, CUTS);
    const total = paths.reduce((sum, path) => sum + readFileSync(path).length, 0);
    const told: number[][] = [];
    await readVectorSample(folder, { size: 3, key, onProgress: (...numbers) => told.push(numbers) });
    assert.ok(told.length >= paths.length && told.every(([bytes, all]) => bytes! <= total && all === total));
    assert.deepEqual(
      told,
      told.toSorted((a, b) => a[0]! - b[0]! || a[2]! - b[2]!),
    );
    assert.equal(told.at(-1)![2], ROWS);
  }));

test("what is wrong with a shard is told with its name; a folder without shards is refused", () =>
  withTempFolder(async (folder) => {
    const refuses = async (path: string, message: RegExp) => {
      for (const read of [() => readWholeVectors(path, 2 ** 30), () => readVectorSample(path, { size: 5, key })])
        await assert.rejects(read, (error) => {
          assert.ok(error instanceof InputError, String(error));
          assert.match(error.message, message);
          return !error.message.includes("\n");
        });
    };
    mkdirSync(`${folder}/empty`);
    await refuses(`${folder}/empty`, /^Cannot read \S+empty: it is a folder without shards of embeddings/);
    const [, second] = await writeShards(`${folder}/dims`, values, DIM, CUTS);
    await writeShards(`${folder}/narrow`, values, 12, [0, 5]);
    writeFileSync(second!, readFileSync(`${folder}/narrow/shard-00000.parquet`));
    await refuses(`${folder}/dims`, /^\S+shard-00001\.parquet has vectors of 12 values, expected 24 as in \S+00000/);
    for (const [bytes, message] of [
      [readFileSync(second!).subarray(0, -9), /^\S+shard-00001\.parquet: /],
      [new Uint8Array(0), /^\S+shard-00001\.parquet: It is empty/],
    ] as const) {
      writeFileSync(second!, bytes);
      await refuses(`${folder}/dims`, message);
    }
    const broken = values.slice();
    broken[2700 * DIM] = Number.NaN;
    await writeShards(`${folder}/nan`, broken, DIM, CUTS);
    await refuses(`${folder}/nan`, /^\S+nan: Row 2700 has a value that is not finite as float32: NaN$/);
  }));
