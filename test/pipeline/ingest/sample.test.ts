import assert from "node:assert/strict";
import test from "node:test";
import { InputError } from "../../../src/data/errors.ts";
import { openRecordLines } from "../../../src/formats/recordlines.ts";
import { sampleOf } from "../../../src/pipeline/ingest/sample.ts";
import { createRunningHash } from "../../../src/runtime/files.ts";
import { memorySource } from "../../support/memory.ts";

const { signal } = new AbortController();
const sample = async (text: string) => sampleOf(await openRecordLines(memorySource(text), createRunningHash), signal);

test("the first records that can be stored, about a thousand", async () => {
  assert.deepEqual(
    (await sample("[1]\nx\n[2]")).map(({ row }) => row),
    [0, 2],
  );
  const rows = (await sample("x\n[1]\n".repeat(3000))).map(({ row }) => row);
  assert.ok(rows.length >= 1000 && rows.length < 1016);
  assert.ok(rows.every((row, at) => row === 2 * at + 1));
});

test("an input of which no row at the beginning can be stored is refused with the reason of the first", async () => {
  const none = (text: string) => assert.rejects(sample(text), InputError);
  await assert.rejects(
    sample(`x\n{"id":1.5,"embedding":[1]}\n`),
    new InputError('No row of it can be stored: row 0: not JSON: "x"'),
  );
  await none(`${'{"id":"","vector":[1]}\n'.repeat(10_000)}[1]\n`);
  assert.equal((await sample(`${'{"id":"","vector":[1]}\n'.repeat(9999)}[1]\n`)).length, 1);
});

test("an abort ends it with its reason", async () => {
  const input = await openRecordLines(memorySource("[1]\n"), createRunningHash);
  const reason = new Error("interrupted");
  await assert.rejects(sampleOf(input, AbortSignal.abort(reason)), (error) => error === reason);
});
