import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import test from "node:test";
import { imageColumns, pixelsAt } from "../../src/formats/imagerows.ts";
import { encodePng } from "../../src/formats/png.ts";
import { colours, makeImages } from "../formats/imagesamples.ts";
import { createRandom, samples } from "../formats/samples.ts";
import { askPython } from "../support/ask.ts";
import { missingPython } from "../support/python.ts";
import { sha256 } from "../support/sums.ts";
import { withTempFolder } from "../support/temp.ts";

const skip = missingPython("zlib");

// Written from the specification: every chunk with its CRC, one zlib stream that ends with the data, no filter but 0.
const READ = `
import glob, hashlib, json, struct, sys, zlib

def read(path):
    data = open(path, "rb").read()
    assert data[:8] == b"\\x89PNG\\r\\n\\x1a\\n"
    chunks, at = [], 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        assert len(body) == length
        assert struct.unpack(">I", data[at + 8 + length:at + 12 + length])[0] == zlib.crc32(kind + body)
        chunks.append((kind.decode(), body))
        at += 12 + length
    width, height, *rest = struct.unpack(">IIBBBBB", chunks[0][1])
    stream = zlib.decompressobj()
    lines = stream.decompress(dict(chunks)["IDAT"]) + stream.flush()
    assert stream.eof and not stream.unused_data and len(lines) == height * (width + 1)
    assert all(lines[row * (width + 1)] == 0 for row in range(height))
    pixels = b"".join(lines[row * (width + 1) + 1:(row + 1) * (width + 1)] for row in range(height))
    palette = dict(chunks).get("PLTE")
    return [[kind for kind, _ in chunks], width, height, rest, palette and list(palette), hashlib.sha256(pixels).hexdigest()]

print(json.dumps([read(path) for path in sorted(glob.glob(sys.argv[1] + "/*"))]))
`;

for (const palette of [undefined, colours]) {
  test(`Python finds the chunks and the pixels, ${palette ? "indexed" : "gray"}`, { skip }, async () => {
    await withTempFolder((folder) => {
      mkdirSync(`${folder}/images`);
      const expected: unknown[] = [];
      for (const size of [8, 16, 64, 255]) {
        const columns = imageColumns(makeImages(size, 40));
        const noise = samples["random"]!(size * size, createRandom(size)).map((value) => value % 10);
        for (const pixels of [...Array.from({ length: 40 }, (_, row) => pixelsAt(columns, row, size)), noise]) {
          const name = String(expected.length).padStart(4, "0");
          writeFileSync(`${folder}/images/${name}`, encodePng(pixels, size, palette));
          const kinds = palette ? ["IHDR", "PLTE", "IDAT", "IEND"] : ["IHDR", "IDAT", "IEND"];
          const nature = [8, palette ? 3 : 0, 0, 0, 0];
          expected.push([kinds, size, size, nature, palette?.flat() ?? null, sha256(pixels)]);
        }
      }
      assert.deepEqual(askPython(READ, `${folder}/images`), expected);
    });
  });
}
