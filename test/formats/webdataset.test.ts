import assert from "node:assert/strict";
import test from "node:test";
import { InputError } from "../../src/data/errors.ts";
import type { RowBlock } from "../../src/data/rows.ts";
import { joinBytes } from "../../src/formats/bytes.ts";
import { imageColumns, pixelsAt, sampleAt } from "../../src/formats/imagerows.ts";
import { encodePng } from "../../src/formats/png.ts";
import { sampleJson, sampleName } from "../../src/formats/sample.ts";
import { TAR_BLOCK, tarEntryBytes, writeTarHeader } from "../../src/formats/tar.ts";
import {
  readWebDataset,
  readWebDatasetImages,
  webDatasetEncoder,
  webDatasetEnd,
  webDatasetLength,
  webDatasetStoredRows,
} from "../../src/formats/webdataset.ts";
import { assertSameBytes } from "../reference/same.ts";
import { memorySource } from "../support/memory.ts";
import { sha256 } from "../support/sums.ts";
import { colours, encodeInBlocks, joinBlocks, makeImages, sliceImages } from "./imagesamples.ts";
import { createRandom, samples } from "./samples.ts";

const shardOf = (block: RowBlock, size: number, rows = block.rows) =>
  joinBytes([encodeInBlocks(webDatasetEncoder({ size, palette: colours }), block, rows), webDatasetEnd]);

/** A shard of these files, in this order. */
function shardOfFiles(...files: [name: string, content: Uint8Array | string][]): Uint8Array {
  const entries = files.map(([name, content]) => {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const entry = new Uint8Array(tarEntryBytes(bytes.length));
    writeTarHeader(name, bytes.length, entry, 0);
    entry.set(bytes, TAR_BLOCK);
    return entry;
  });
  return joinBytes([...entries, webDatasetEnd]);
}

async function samplesOf(shard: Uint8Array) {
  const all: { name: string; files: ReadonlyMap<string, Uint8Array> }[] = [];
  for await (const sample of readWebDataset(memorySource(shard))) all.push(sample);
  return all;
}

test("each sample is a picture, its description and its label, under the number of the row", async () => {
  const block = makeImages(16, 300, { start: 99_999_900 });
  const columns = imageColumns(block);
  const found = await samplesOf(shardOf(block, 16));
  assert.equal(found.length, 300);
  for (const [row, { name, files }] of found.entries()) {
    const { label, factors } = sampleAt(columns, row);
    assert.equal(name, sampleName(block.start + row));
    assert.deepEqual([...files.keys()], ["png", "json", "cls"]);
    assertSameBytes(files.get("png")!, encodePng(pixelsAt(columns, row, 16), 16, colours), name);
    assert.equal(new TextDecoder().decode(files.get("json")), sampleJson(label, factors));
    assert.equal(new TextDecoder().decode(files.get("cls")), String(label));
  }
});

test("no byte depends on the blocks, nor on what was encoded before, and none ever changes", () => {
  const block = makeImages(16, 100);
  const whole = shardOf(block, 16);
  for (const rows of [1, 7, 64]) assertSameBytes(shardOf(block, 16, rows), whole, `blocks of ${rows}`);
  const encoder = webDatasetEncoder({ size: 16, palette: colours });
  encoder.encode(makeImages(16, 200, { seed: 9 }));
  assertSameBytes(encoder.encode(block).bytes, whole.subarray(0, -webDatasetEnd.length), "used before");
  assert.equal(sha256(whole), "741c407fcebd657ce962021a2a55fdaf79d35f94543fd5780cbe5577045a1094");
});

test("the length is foretold exactly where no picture can outgrow a block", () => {
  for (const size of [8, 16]) {
    const { length } = shardOf(makeImages(size, 77), size);
    assert.deepEqual(webDatasetLength({ size, palette: colours }, 77), { expected: length, atMost: length });
  }
  assert.equal(webDatasetLength({ size: 64 }, 77).expected, shardOf(makeImages(64, 77), 64).length);
  const block = makeImages(64, 3);
  imageColumns(block).images.set(samples["random"]!(3 * 64 * 64, createRandom(1)).map((value) => value % 10));
  const { length } = shardOf(block, 64);
  const { expected, atMost } = webDatasetLength({ size: 64, palette: colours }, 3);
  assert.ok(expected < length && length <= atMost, `${expected} < ${length} <= ${atMost}`);
});

test("images are read back as they were written", async () => {
  for (const [size, rows, start] of [
    [8, 1, 0],
    [16, 2500, 7],
    [64, 3, 100_000_000],
  ] as const) {
    const block = makeImages(size, rows, { start });
    const read = await joinBlocks(readWebDatasetImages(memorySource(shardOf(block, size))));
    assert.equal(read.start, start);
    assert.deepEqual(read.columns, block.columns);
  }
  for await (const block of readWebDatasetImages(memorySource(webDatasetEnd)))
    assert.fail(`${block.rows} rows of none`);
});

test("stored rows are the bytes of any range of samples, on both sides of every mark", async () => {
  const block = makeImages(16, 600);
  const encoder = webDatasetEncoder({ size: 16, palette: colours });
  const stored = await webDatasetStoredRows(memorySource(shardOf(block, 16)));
  assert.equal(stored.rows, 600);
  for (const start of [0, 1, 255, 256, 257, 511, 512, 599, 600]) {
    for (const end of [start, start + 1, start + 300, 600]) {
      if (end > 600 || end < start) continue;
      const expected = encoder.encode(sliceImages(block, start, end)).bytes;
      assertSameBytes(await stored.read(start, end - start), expected, `${start} to ${end}`);
    }
  }
  await assert.rejects(stored.read(599, 2), /599 to 601/);
});

const block = makeImages(16, 3);
const png = encodePng(imageColumns(block).images.subarray(0, 256), 16);
const json = sampleJson(5, new Uint8Array(24));

/** Refused by the reader of any samples. */
const malformed: Record<string, Uint8Array> = {
  "no tar": new Uint8Array(2000).fill(65),
  "a shard cut short": shardOf(block, 16).slice(0, -1024),
  "a sample whose files are apart": shardOfFiles(["a.png", png], ["b.png", png], ["a.json", json]),
  "a sample that comes twice": shardOfFiles(["a.png", png], ["b.png", png], ["a.png", png]),
  "samples in another order": shardOfFiles(["00000002.png", png], ["00000001.png", png]),
  "two files of a kind": shardOfFiles(["a.png", png], ["a.png", png]),
  "a file without a kind": shardOfFiles(["a", png]),
  "a file without a name": shardOfFiles([".png", png]),
};

/** Refused only by the reader of images. */
const unlike: Record<string, Uint8Array> = {
  "a sample without a picture": shardOfFiles(["00000000.json", json], ["00000000.cls", "5"]),
  "a sample without a description": shardOfFiles(["00000000.png", png], ["00000000.cls", "5"]),
  "a sample without a label": shardOfFiles(["00000000.png", png], ["00000000.json", json]),
  "two labels": shardOfFiles(["00000000.png", png], ["00000000.json", json], ["00000000.cls", "6"]),
  "a name that is no number": shardOfFiles(["a.png", png], ["a.json", json], ["a.cls", "5"]),
  "a row that is missing": joinBytes([
    shardOf(sliceImages(block, 0, 1), 16).slice(0, -1024),
    shardOf(sliceImages(block, 2, 3), 16),
  ]),
  "a damaged picture": shardOfFiles(["00000000.png", png.slice(1)], ["00000000.json", json], ["00000000.cls", "5"]),
  "a damaged description": shardOfFiles(["00000000.png", png], ["00000000.json", "{"], ["00000000.cls", "5"]),
  "pictures of several sizes": joinBytes([
    shardOf(sliceImages(block, 0, 1), 16).slice(0, -1024),
    shardOf(makeImages(8, 1, { start: 1 }), 8),
  ]),
};

const isOneLine = (error: unknown) => {
  assert.ok(error instanceof InputError, String(error));
  assert.match(error.message, /^[\x20-\x7e]+$/);
  return true;
};

for (const [what, shard] of Object.entries({ ...malformed, ...unlike })) {
  test(`${what}: one clear line`, async () => {
    await assert.rejects(joinBlocks(readWebDatasetImages(memorySource(shard))), isOneLine);
    if (what in malformed) await assert.rejects(samplesOf(shard), isOneLine);
    else assert.ok((await samplesOf(shard)).length > 0);
  });
}

test("samples may have any files, in folders too, and dots after the first", async () => {
  const shard = shardOfFiles(["x/a.seg.png", png], ["x/a.txt", "1"], ["x/b.txt", "2"]);
  const found = (await samplesOf(shard)).map(({ name, files }) => [name, [...files.keys()]]);
  assert.deepEqual(found, [
    ["x/a", ["seg.png", "txt"]],
    ["x/b", ["txt"]],
  ]);
});
