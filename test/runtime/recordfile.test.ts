import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import test from "node:test";
import { openRecordFile, type RecordFile } from "../../src/runtime/recordfile.ts";
import { missingTmpfs, withTmpfs } from "../support/tmpfs.ts";
import { withTempFolder } from "../support/temp.ts";

const LENGTH = 5;
const recordsOf = (...values: readonly number[]) => Uint8Array.from(values.flatMap((v) => Array(LENGTH).fill(v)));

function valuesIn(file: RecordFile): number[][] {
  return Array.from({ length: file.count }, (_, at) => {
    const out = new Uint8Array(LENGTH);
    file.readInto(at, 0, out);
    return [...out];
  });
}

test("records are read back while the file is open, and after it was opened again", async () => {
  await withTempFolder((folder) => {
    const path = `${folder}/a`;
    const file = openRecordFile(path, LENGTH);
    assert.equal(file.count, 0);
    file.append(recordsOf(1, 2));
    file.append(recordsOf());
    file.append(recordsOf(3));
    const whole = [1, 2, 3].map((value) => [...recordsOf(value)]);
    assert.deepEqual(valuesIn(file), whole);
    file.close();
    file.close();
    const again = openRecordFile(path, LENGTH);
    again.append(recordsOf(4));
    assert.deepEqual(valuesIn(again), [...whole, [...recordsOf(4)]]);
    again.close();
  });
});

test("a part of a record is read from its offset", async () => {
  await withTempFolder((folder) => {
    const file = openRecordFile(`${folder}/a`, LENGTH);
    file.append(Uint8Array.of(0, 1, 2, 3, 4, 10, 11, 12, 13, 14));
    const out = new Uint8Array(2);
    file.readInto(1, 3, out);
    assert.deepEqual([...out], [13, 14]);
    assert.throws(() => file.readInto(1, 4, out), /^Error: Cannot read .*a: it ends too early$/);
    file.close();
  });
});

for (const left of [1, LENGTH - 1]) {
  test(`${left} bytes of a record that a crash left are cut`, async () => {
    await withTempFolder((folder) => {
      const path = `${folder}/a`;
      writeFileSync(path, recordsOf(1, 2));
      appendFileSync(path, new Uint8Array(left).fill(9));
      const file = openRecordFile(path, LENGTH);
      assert.equal(file.count, 2);
      file.append(recordsOf(3));
      file.close();
      assert.deepEqual(new Uint8Array(readFileSync(path)), recordsOf(1, 2, 3));
    });
  });
}

test("removing it closes it, and it may be gone already", async () => {
  await withTempFolder((folder) => {
    for (const isGone of [false, true]) {
      const file = openRecordFile(`${folder}/a`, LENGTH);
      if (isGone) openRecordFile(`${folder}/a`, LENGTH).remove();
      file.remove();
      assert.ok(!existsSync(`${folder}/a`));
    }
  });
});

test("a place where there can be no file is refused in one line", async () => {
  await withTempFolder((folder) => {
    mkdirSync(`${folder}/folder`);
    for (const [path, reason] of [
      ["folder", "it is a folder"],
      ["missing/a", "no such file or folder"],
    ])
      assert.throws(() => openRecordFile(`${folder}/${path}`, LENGTH), {
        name: "InputError",
        message: `Cannot open ${folder}/${path}: ${reason}`,
      });
  });
});

test(
  "what a full disk takes of some records is taken back: those after them stand where they belong",
  { skip: missingTmpfs() },
  () =>
    withTmpfs("size=16k", (folder) => {
      const path = `${folder}/a`;
      const file = openRecordFile(path, 1000);
      file.append(new Uint8Array(3000).fill(1));
      assert.throws(() => file.append(new Uint8Array(20_000).fill(2)), /no space left/);
      assert.deepEqual([file.count, statSync(path).size], [3, 3000]);
      file.append(new Uint8Array(1000).fill(3));
      const out = new Uint8Array(1000);
      file.readInto(3, 0, out);
      assert.ok(out.every((value) => value === 3));
      file.close();
      return Promise.resolve();
    }),
);
