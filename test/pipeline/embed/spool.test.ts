import assert from "node:assert/strict";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import test from "node:test";
import { openSpool, type Spool } from "../../../src/pipeline/embed/spool.ts";
import { editBytes } from "../../support/tamper.ts";
import { withTempFolder } from "../../support/temp.ts";
import { missingTmpfs, withTmpfs } from "../../support/tmpfs.ts";

const DIM = 4;
const RECORD = 12 + 4 * DIM;
const textOf = (place: number) => `größer ${place} 𝄞`;
const vectorOf = (place: number) => Float32Array.from({ length: DIM }, (_, i) => place + i / 8);

function fill(spool: Spool, places: readonly number[]): void {
  const vectors = Float32Array.from(places.flatMap((place) => [...vectorOf(place)]));
  spool.add(places, places.map(textOf), vectors);
}

/** Of places 0 to 9, those whose vector is there and right. */
function placesIn(spool: Spool): number[] {
  const places = Array.from({ length: 10 }, (_, place) => place).filter((place) => spool.has(place, textOf(place)));
  for (const place of places) {
    const out = new Float32Array(DIM);
    spool.readInto(place, out);
    assert.deepEqual(out, vectorOf(place));
  }
  return places;
}

function reopened(path: string): number[] {
  const spool = openSpool(path, DIM);
  try {
    return placesIn(spool);
  } finally {
    spool.close();
  }
}

test("vectors are there at once, and for the next run, in whatever order they came", async () => {
  await withTempFolder((folder) => {
    const path = `${folder}/a`;
    const spool = openSpool(path, DIM);
    assert.deepEqual(placesIn(spool), []);
    fill(spool, [7, 2]);
    fill(spool, [0]);
    assert.deepEqual(placesIn(spool), [0, 2, 7]);
    spool.close();
    const next = openSpool(path, DIM);
    assert.deepEqual(placesIn(next), [0, 2, 7]);
    fill(next, [9]);
    next.close();
    assert.deepEqual(reopened(path), [0, 2, 7, 9]);
  });
});

test("a part of an array of vectors is stored as it is, and read into a part of one", async () => {
  await withTempFolder((folder) => {
    const spool = openSpool(`${folder}/a`, DIM);
    const all = Float32Array.from([...vectorOf(1), ...vectorOf(2), ...vectorOf(3)]);
    spool.add([2], [textOf(2)], all.subarray(DIM, 2 * DIM));
    const out = new Float32Array(3 * DIM);
    spool.readInto(2, out.subarray(DIM, 2 * DIM));
    assert.deepEqual([...out], [0, 0, 0, 0, ...vectorOf(2), 0, 0, 0, 0]);
    spool.close();
  });
});

test("another text at the same place is not there, until it is added", async () => {
  await withTempFolder((folder) => {
    const spool = openSpool(`${folder}/a`, DIM);
    fill(spool, [1, 2]);
    assert.ok(!spool.has(1, textOf(2)));
    assert.ok(!spool.has(1, ""));
    spool.add([1], ["other"], vectorOf(5));
    assert.ok(!spool.has(1, textOf(1)));
    assert.ok(spool.has(1, "other"));
    spool.close();
    const next = openSpool(`${folder}/a`, DIM);
    assert.ok(next.has(1, "other") && !next.has(1, textOf(1)));
    const out = new Float32Array(DIM);
    next.readInto(1, out);
    assert.deepEqual(out, vectorOf(5));
    next.close();
  });
});

test("each byte that is flipped loses the vector of its record and no other", async () => {
  await withTempFolder((folder) => {
    const path = `${folder}/a`;
    const spool = openSpool(path, DIM);
    fill(spool, [0, 1, 2]);
    spool.close();
    const whole = readFileSync(path);
    assert.equal(whole.length, 3 * RECORD);
    for (let at = RECORD; at < 2 * RECORD; at++) {
      editBytes(path, (bytes) => void (bytes[at]! ^= 1 << (at % 8)));
      assert.deepEqual(reopened(path), [0, 2], `byte ${at}`);
      writeFileSync(path, whole);
    }
  });
});

test("a file that breaks off within a record keeps those before, and takes more", async () => {
  await withTempFolder((folder) => {
    const path = `${folder}/a`;
    for (let length = RECORD; length < 2 * RECORD; length++) {
      const spool = openSpool(path, DIM);
      fill(spool, [0, 1]);
      spool.close();
      editBytes(path, (bytes) => bytes.subarray(0, length));
      const next = openSpool(path, DIM);
      assert.deepEqual(placesIn(next), [0], `${length} bytes`);
      fill(next, [2]);
      next.close();
      assert.deepEqual(reopened(path), [0, 2]);
      next.remove();
    }
  });
});

test("zeros and noise at the end, as a crash of the machine may leave them, are no vectors", async () => {
  await withTempFolder((folder) => {
    const path = `${folder}/a`;
    const spool = openSpool(path, DIM);
    fill(spool, [3]);
    spool.close();
    appendFileSync(path, new Uint8Array(2 * RECORD));
    appendFileSync(
      path,
      Uint8Array.from({ length: 2 * RECORD + 3 }, (_, i) => (i * 37) % 251),
    );
    assert.deepEqual(reopened(path), [3]);
    const again = openSpool(path, DIM);
    fill(again, [4]);
    again.close();
    assert.deepEqual(reopened(path), [3, 4]);
  });
});

test("removed, it is gone", async () => {
  await withTempFolder((folder) => {
    const spool = openSpool(`${folder}/a`, DIM);
    fill(spool, [0]);
    spool.remove();
    assert.ok(!existsSync(`${folder}/a`));
    assert.deepEqual(reopened(`${folder}/a`), []);
  });
});

test("a full disk keeps the vectors that it took, and no part of another", { skip: missingTmpfs() }, () =>
  withTmpfs("size=16k", (folder) => {
    const spool = openSpool(`${folder}/a`, DIM);
    const many = Array.from({ length: 1000 }, (_, i) => 1000 - i);
    assert.throws(() => fill(spool, [3, 1, 9, ...many]), /no space left/);
    assert.deepEqual(placesIn(spool), [1, 3, 9]);
    assert.ok(spool.has(1000, textOf(1000)) && !spool.has(10, textOf(10)));
    spool.close();
    assert.deepEqual(reopened(`${folder}/a`), [1, 3, 9]);
    return Promise.resolve();
  }),
);
