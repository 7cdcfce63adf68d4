import { decode, encode } from "fast-png";
import assert from "node:assert/strict";
import test from "node:test";
import { InputError } from "../../src/data/errors.ts";
import { imageColumns, pixelsAt } from "../../src/formats/imagerows.ts";
import { createPngEncoder, encodePng, expectedPngBytes, type PngPalette } from "../../src/formats/png.ts";
import { decodePng } from "../../src/formats/unpng.ts";
import { crc32 } from "../reference/crc32.ts";
import { assertSameBytes } from "../reference/same.ts";
import { sha256 } from "../support/sums.ts";
import { colours, drawImages, makeImages } from "./imagesamples.ts";
import { createRandom, samples } from "./samples.ts";

/** Pixels of images of a size: flat objects, noise, one value. */
function pixelsOf(size: number, values: number): Uint8Array[] {
  const random = createRandom(size);
  const columns = imageColumns(makeImages(Math.max(8, size), 50, { seed: size }));
  const drawn = size < 8 ? [] : Array.from({ length: 50 }, (_, row) => pixelsAt(columns, row, size));
  const others = ["zeros", "random", "sparse", "constant"].map((kind) => samples[kind]!(size * size, random));
  return [...drawn, ...others.map((pixels) => pixels.map((value) => value % values))];
}

for (const [name, palette] of [
  ["gray", undefined],
  ["indexed", colours],
] as const) {
  test(`fast-png reads ${name} images of every size as they were`, () => {
    for (const size of [1, 2, 3, 7, 8, 16, 28, 33, 64, 254, 255]) {
      for (const pixels of pixelsOf(size, palette?.length ?? 256)) {
        const {
          data,
          width,
          height,
          depth,
          channels,
          palette: found,
        } = decode(encodePng(pixels, size, palette), { checkCrc: true });
        assertSameBytes(data as Uint8Array, pixels, `${name} ${size}`);
        assert.deepEqual([width, height, depth, channels, found], [size, size, 8, 1, palette]);
      }
    }
  });

  test(`we read ${name} images as they were, ours and those of fast-png`, () => {
    for (const size of [1, 8, 16, 64]) {
      for (const pixels of pixelsOf(size, palette?.length ?? 256)) {
        const theirs = encode({
          width: size,
          height: size,
          data: pixels,
          depth: 8,
          channels: 1,
          ...(palette ? { palette: palette.map((c) => [...c]) } : {}),
        });
        for (const png of [encodePng(pixels, size, palette), theirs]) {
          const image = decodePng(png);
          assertSameBytes(image.pixels, pixels, `${name} ${size}`);
          assert.deepEqual([image.width, image.height, image.palette], [size, size, palette]);
        }
      }
    }
  });
}

test("every chunk is where the specification puts it, with the CRC of its bytes", () => {
  for (const [palette, types] of [
    [undefined, "IHDR IDAT IEND"],
    [colours, "IHDR PLTE IDAT IEND"],
  ] as const) {
    const png = encodePng(pixelsOf(16, 10)[0]!, 16, palette);
    const view = new DataView(png.buffer, png.byteOffset);
    const found: string[] = [];
    let at = 8;
    while (at < png.length) {
      const length = view.getUint32(at);
      found.push(new TextDecoder().decode(png.subarray(at + 4, at + 8)));
      assert.equal(view.getUint32(at + 8 + length), crc32(png.subarray(at + 4, at + 8 + length)), found.at(-1)!);
      at += 12 + length;
    }
    assert.deepEqual([at, found.join(" ")], [png.length, types]);
  }
});

test("bytes depend on nothing but the pixels and the palette, and never change", () => {
  const sums = (palette?: PngPalette) =>
    sha256(...[8, 16, 64, 16].flatMap((size) => pixelsOf(size, 10).map((pixels) => encodePng(pixels, size, palette))));
  assert.equal(sums(), "74ed57543cd8955418482ca7a7d906dee2275bb94d844e06c48d66dc82cc473e");
  assert.equal(sums(colours), "327766a85b872c70b04794fe47b1a580b4b6362ebb5a6ee73666370bf526a263");
});

test("an encoder writes to its place only, and no more than it foretells", () => {
  for (const size of [1, 8, 16, 64]) {
    const encoder = createPngEncoder(size, colours);
    for (const pixels of pixelsOf(size, 10)) {
      const out = new Uint8Array(encoder.maxBytes + 20).fill(0xa5);
      const end = encoder.encodeInto(pixels, out, 7);
      assertSameBytes(out.subarray(7, end), encodePng(pixels, size, colours), `size ${size}`);
      assert.ok(end - 7 <= encoder.maxBytes);
      assert.ok([...out.subarray(0, 7), ...out.subarray(7 + encoder.maxBytes)].every((byte) => byte === 0xa5));
    }
  }
});

test("the length of PNGs of drawn images is foretold within a tenth", () => {
  for (const size of [8, 12, 16, 28, 32, 64]) {
    const columns = imageColumns(drawImages(size, 1000));
    for (const palette of [undefined, colours]) {
      const lengths = Array.from(
        { length: 1000 },
        (_, row) => encodePng(pixelsAt(columns, row, size), size, palette).length,
      );
      const mean = lengths.reduce((sum, length) => sum + length, 0) / 1000;
      const foretold = expectedPngBytes(size, palette);
      assert.ok(Math.abs(foretold / mean - 1) < 0.1, `size ${size}: ${mean}, foretold ${foretold}`);
    }
  }
});

test("what is no image of the size and colours is refused", () => {
  assert.throws(() => encodePng(new Uint8Array(255), 16), /255 pixels.*256/);
  assert.throws(() => encodePng(new Uint8Array(4).fill(10), 2, colours), /value 10.*10 colours/);
  for (const size of [0, 256, 1.5, Number.NaN]) assert.throws(() => createPngEncoder(size), /size/);
  assert.throws(() => createPngEncoder(16, []), /0 colours/);
});

const good = encodePng(pixelsOf(16, 10)[0]!, 16, colours);
const refuses = (bytes: Uint8Array, what: string) =>
  assert.throws(
    () => decodePng(bytes),
    (error) => {
      assert.ok(error instanceof InputError, `${what}: ${String(error)}`);
      assert.match(error.message, /^[\x20-\x7e]+$/);
      return true;
    },
    what,
  );

test("a PNG cut short anywhere, or with anything after it, is refused", () => {
  for (let length = 0; length < good.length; length++) refuses(good.slice(0, length), `${length} bytes`);
  refuses(Uint8Array.from([...good, 0]), "a byte more");
});

test("a PNG with any byte changed is refused", () => {
  for (let at = 0; at < good.length; at++) {
    for (const flip of [1, 0x80, 0xff])
      refuses(
        good.map((byte, i) => (i === at ? byte ^ flip : byte)),
        `byte ${at}`,
      );
  }
});

test("a PNG of other pixels is refused", () => {
  const image = { width: 2, height: 2, depth: 8 as const };
  refuses(encode({ ...image, channels: 3, data: new Uint8Array(12) }), "RGB");
  refuses(encode({ ...image, depth: 16, channels: 1, data: new Uint16Array(4) }), "16 bits");
  refuses(
    encode({ ...image, channels: 1, data: Uint8Array.of(0, 1, 2, 3), palette: [[0, 0, 0]] }),
    "values beyond the palette",
  );
  const huge = good.slice();
  huge.set([0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff], 16);
  refuses(huge, "2^62 pixels");
});

test("a PNG inside other bytes is read in its bounds", () => {
  const around = new Uint8Array(good.length + 200);
  around.set(good, 100);
  assertSameBytes(decodePng(around.subarray(100, 100 + good.length)).pixels, decodePng(good).pixels, "pixels");
});
