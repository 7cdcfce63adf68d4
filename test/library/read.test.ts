import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import test from "node:test";
import { InputError, readNpy, verify } from "../../src/index.ts";
import { writeVectors } from "../support/dataset.ts";
import { withTempFolder } from "../support/temp.ts";

const isInputError = (error: unknown) => error instanceof InputError && !error.message.includes("\n");

test("a .npy is read from its path, from its bytes, and from bytes anywhere in a buffer", async () => {
  await withTempFolder(async (folder) => {
    await writeVectors(folder, { rows: 50, dim: 3 });
    const path = `${folder}/vectors.npy`;
    const fromPath = await readNpy(path);
    assert.deepEqual([fromPath.dtype, fromPath.shape, fromPath.fortranOrder], ["<f4", [50, 3], false]);
    assert.ok(fromPath.data instanceof Float32Array && fromPath.data.length === 150);
    const bytes = new Uint8Array(readFileSync(path));
    assert.deepEqual(await readNpy(bytes), fromPath);
    for (const offset of [1, 2, 4]) {
      const shifted = new Uint8Array(bytes.length + 8);
      shifted.set(bytes, offset);
      const [array, buffer] = [
        shifted.subarray(offset, offset + bytes.length),
        Buffer.from(shifted.buffer, offset, bytes.length),
      ];
      assert.deepEqual(await readNpy(array), fromPath, `an array at ${offset}`);
      assert.deepEqual(await readNpy(buffer), fromPath, `a Buffer at ${offset}`);
    }
  });
});

test("what was read stays as it is when the bytes it came from change", async () => {
  await withTempFolder(async (folder) => {
    await writeVectors(folder, { rows: 5, dim: 3 });
    const file = readFileSync(`${folder}/vectors.npy`);
    for (const bytes of [new Uint8Array(file), Buffer.from(file)]) {
      const { data } = await readNpy(bytes);
      const before = data.join();
      bytes.fill(0);
      assert.equal(data.join(), before);
    }
  });
});

test("what is not there, a folder, and what is no .npy are refused", async () => {
  await withTempFolder(async (folder) => {
    await assert.rejects(readNpy(`${folder}/none.npy`), isInputError);
    await assert.rejects(readNpy(folder), isInputError);
    await assert.rejects(readNpy(new Uint8Array(0)), isInputError);
    await assert.rejects(readNpy(new Uint8Array(500)), isInputError);
  });
});

test("verify reports what it compared", async () => {
  await withTempFolder(async (folder) => {
    await writeVectors(folder, { rows: 500, dim: 3 });
    assert.deepEqual(await verify(folder), { folder, faults: [], filesHashed: 2, rowsCompared: 500, rows: 500 });
    await assert.rejects(verify(`${folder}/none`), isInputError);
  });
});

test("verify tells its progress and stops at a signal", async () => {
  await withTempFolder(async (folder) => {
    await writeVectors(folder, { rows: 500, dim: 3 });
    const told: number[][] = [];
    await verify(folder, { full: true, onProgress: (done, total) => told.push([done, total]) });
    const total = readFileSync(`${folder}/vectors.npy`).length + readFileSync(`${folder}/metadata.jsonl`).length;
    assert.deepEqual(told.at(-1), [total, total]);
    const reason = new Error("enough");
    await assert.rejects(verify(folder, { signal: AbortSignal.abort(reason) }), (error) => error === reason);
  });
});
