import assert from "node:assert/strict";
import test from "node:test";
import { InputError } from "../../src/data/errors.ts";
import type { RowBlock } from "../../src/data/rows.ts";
import {
  imageFolderEncoder,
  imageFolderLength,
  imageFolderStoredRows,
  imagePath,
  metadataEncoder,
  metadataLength,
  readImageFolder,
} from "../../src/formats/imagefolder.ts";
import { imageColumns, pixelsAt, sampleAt } from "../../src/formats/imagerows.ts";
import { encodePng } from "../../src/formats/png.ts";
import { parseSample } from "../../src/formats/sample.ts";
import { assertSameBytes } from "../reference/same.ts";
import { memorySource } from "../support/memory.ts";
import { sha256 } from "../support/sums.ts";
import { colours, drawImages, encodeInBlocks, joinBlocks, makeImages, sliceImages } from "./imagesamples.ts";

/** The folder of a split in memory. */
function folderOf(block: RowBlock, size: number) {
  const { bytes, files } = imageFolderEncoder({ size, palette: colours }).encode(block);
  const contents = new Map<string, Uint8Array>();
  let at = 0;
  for (const { path, length } of files!) contents.set(path, bytes.slice(at, (at += length)));
  assert.deepEqual([at, contents.size], [bytes.length, block.rows]);
  const open = async (path: string) => contents.get(path) ?? assert.fail(`no file ${path}`);
  return { contents, open, metadata: metadataEncoder().encode(block).bytes };
}

test("each image is a file below its label, under the number of its row", () => {
  assert.equal(imagePath(5, 7), "005/00000007.png");
  assert.equal(imagePath(255, 123_456_789), "255/123456789.png");
  const block = makeImages(16, 100, { start: 99_999_950 });
  const columns = imageColumns(block);
  const { contents } = folderOf(block, 16);
  for (const [row, [path, png]] of [...contents].entries()) {
    assert.equal(path, imagePath(columns.labels[row]!, block.start + row));
    assertSameBytes(png, encodePng(pixelsAt(columns, row, 16), 16, colours), path);
  }
});

test("a line of metadata names the file and says what is known of it", () => {
  const block = makeImages(16, 100, { start: 3 });
  const columns = imageColumns(block);
  const lines = new TextDecoder().decode(metadataEncoder().encode(block).bytes).trimEnd().split("\n");
  assert.equal(lines.length, 100);
  for (const [row, line] of lines.entries()) {
    const { file_name, ...sample } = JSON.parse(line) as { file_name: string };
    const { label, factors } = sampleAt(columns, row);
    assert.equal(file_name, imagePath(label, 3 + row));
    assert.deepEqual(parseSample(JSON.stringify(sample)), { label, factors: Uint8Array.from(factors) });
    assert.ok(line.startsWith('{"file_name":"') && line.includes('","label":') && !/[ \r]/.test(line));
  }
});

test("no byte depends on the blocks, and none ever changes", () => {
  const block = makeImages(16, 100);
  const encoders = [imageFolderEncoder({ size: 16, palette: colours }), metadataEncoder()];
  const whole = encoders.map((encoder) => encoder.encode(block).bytes.slice());
  for (const rows of [1, 7, 64]) {
    encoders.forEach((encoder, at) =>
      assertSameBytes(encodeInBlocks(encoder, block, rows), whole[at]!, `${rows} rows`),
    );
  }
  assert.deepEqual(
    whole.map((bytes) => sha256(bytes)),
    [
      "19a3da16d75f812c53334edf1a4e4c9f6eec64818b46daefc652994b642f1845",
      "e79312c3873e257e56ef86c4b67ad77266b1aa5d3e490f0722a02a3fd6c8b19c",
    ],
  );
});

test("lengths are foretold within a tenth, and never too short at most", () => {
  for (const size of [8, 16, 64]) {
    const block = drawImages(size, 1000);
    const [pngs, lines] = [imageFolderEncoder({ size }), metadataEncoder()].map(
      (encoder) => encoder.encode(block).bytes.length,
    );
    for (const [length, { expected, atMost }] of [
      [pngs!, imageFolderLength({ size }, 1000)],
      [lines!, metadataLength(1000, 1000)],
    ] as const) {
      assert.ok(Math.abs(expected / length - 1) < 0.1, `${length}, foretold ${expected}`);
      assert.ok(length <= atMost, `${length}, at most ${atMost}`);
    }
  }
  const slot = [1, 1, 255, 255, 255, 255];
  const longest = makeImages(8, 2, { start: 999_999_998 });
  imageColumns(longest).labels.fill(255);
  imageColumns(longest).factors.set([0, 1, 2, 3, 4, 5, 6, 7].flatMap(() => slot));
  assert.equal(metadataLength(2, 1_000_000_000).atMost, metadataEncoder().encode(longest).bytes.length);
  assert.deepEqual(metadataLength(0, 0), { expected: 0, atMost: 0 });
});

test("a folder is read back as it was written, whatever the blocks", async () => {
  for (const [size, rows, start] of [
    [8, 1, 0],
    [16, 50, 7],
    [64, 3, 100_000_000],
  ] as const) {
    const block = makeImages(size, rows, { start });
    const { metadata, open } = folderOf(block, size);
    for (const blockRows of [1, 7, 50, 1000]) {
      const read = await joinBlocks(readImageFolder(memorySource(metadata), open, blockRows));
      assert.equal(read.start, start);
      assert.deepEqual(read.columns, block.columns);
    }
  }
  for await (const block of readImageFolder(memorySource(""), assert.fail)) assert.fail(`${block.rows} rows of none`);
});

test("stored rows are the PNGs of any range", async () => {
  const block = makeImages(16, 50, { start: 3 });
  const { metadata, open } = folderOf(block, 16);
  const stored = await imageFolderStoredRows(memorySource(metadata), open);
  assert.equal(stored.rows, 50);
  for (const [start, end] of [
    [0, 0],
    [0, 50],
    [3, 20],
    [49, 50],
  ] as const) {
    const { bytes } = imageFolderEncoder({ size: 16, palette: colours }).encode(sliceImages(block, start, end));
    assertSameBytes(await stored.read(start, end - start), bytes, `${start} to ${end}`);
  }
});

const line = '{"file_name":"005/00000000.png","label":5,"objects":[]}';
const next = '{"file_name":"005/00000001.png","label":5,"objects":[]}';
const malformed: Record<string, string> = {
  "no JSON": `${line}\n{`,
  "a value that is no object": `${line}\n7`,
  "no file": line.replace('"file_name":"005/00000000.png",', ""),
  "a file that is no text": line.replace('"005/00000000.png"', "5"),
  "a file of another label": line.replace('"label":5', '"label":6'),
  "a file elsewhere": line.replace("005/", "../005/"),
  "another kind of file": line.replace(".png", ".jpg"),
  "a row that is missing": `${line}\n${next.replace("0001", "0002")}`,
  "a row that comes twice": `${line}\n${line}`,
  "a sample that is none": line.replace("[]", "7"),
};
for (const [what, text] of Object.entries(malformed)) {
  test(`${what}: one clear line`, async () => {
    const png = encodePng(new Uint8Array(64), 8);
    const isOneLine = (error: unknown) => {
      assert.ok(error instanceof InputError, String(error));
      assert.match(error.message, /^[\x20-\x7e]+$/);
      return true;
    };
    await assert.rejects(joinBlocks(readImageFolder(memorySource(`${text}\n`), async () => png)), isOneLine);
    if (what.startsWith("a row")) return;
    const stored = await imageFolderStoredRows(memorySource(`${text}\n`), async () => png);
    await assert.rejects(stored.read(stored.rows - 1, 1), isOneLine);
  });
}

test("a damaged image, or one of another size, is refused", async () => {
  const pngs = new Map([
    ["005/00000000.png", encodePng(new Uint8Array(64), 8)],
    ["005/00000001.png", encodePng(new Uint8Array(256), 16)],
  ]);
  const open = async (path: string) => pngs.get(path)!;
  await assert.rejects(joinBlocks(readImageFolder(memorySource(`${line}\n${next}`), open)), {
    name: "InputError",
    message: /row 1 has 16 x 16/,
  });
  pngs.set("005/00000001.png", pngs.get("005/00000000.png")!.slice(0, 50));
  await assert.rejects(joinBlocks(readImageFolder(memorySource(`${line}\n${next}`), open)), { name: "InputError" });
});
