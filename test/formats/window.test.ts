import assert from "node:assert/strict";
import test from "node:test";
import { readAhead } from "../../src/formats/window.ts";
import { assertSameBytes } from "../reference/same.ts";
import { memorySource } from "../support/memory.ts";
import { createRandom } from "./samples.ts";

const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) % 256);

test("reads anywhere give the bytes that are there", async () => {
  const random = createRandom(1);
  for (const window of [1, 64, 1000, 5000]) {
    const source = readAhead(memorySource(bytes), window);
    assert.equal(source.byteLength, 1000);
    for (let round = 0; round < 500; round++) {
      const offset = Math.floor(random() * 1001);
      const length = Math.floor(random() * (1001 - offset));
      assertSameBytes(
        await source.read(offset, length),
        bytes.subarray(offset, offset + length),
        `${offset} + ${length}`,
      );
    }
  }
});

test("reads that go forward take one read of the source for each window", async () => {
  let reads = 0;
  const source = memorySource(bytes);
  const counted = {
    byteLength: 1000,
    read: (offset: number, length: number) => (reads++, source.read(offset, length)),
  };
  const near = readAhead(counted, 100);
  for (let at = 0; at < 1000; at += 10) await near.read(at, 10);
  assert.equal(reads, 10);
});

test("the caller may keep and change what it got", async () => {
  const near = readAhead(memorySource(bytes));
  (await near.read(0, 10)).fill(255);
  assertSameBytes(await near.read(0, 10), bytes.subarray(0, 10), "bytes");
});

test("a read beyond the end fails as the source does", async () => {
  await assert.rejects(readAhead(memorySource(bytes)).read(990, 11));
});
