import * as zlib from "node:zlib";
import { createDeflater } from "../src/core/deflate.ts";
import { imageStream } from "../src/core/images.ts";
import { createCore } from "../src/core/instance.ts";
import { joinBytes } from "../src/formats/bytes.ts";
import { DEFLATE_WINDOW, deflateEnd, deflatePiece } from "../src/formats/deflate.ts";
import { imageColumns, type ImageColumns } from "../src/formats/imagerows.ts";
import * as twin from "../test/reference/images.ts";
import type { Corpus } from "./corpus.ts";
import { COUNT, type Kernel, type Work } from "./kernel.ts";

const SIZE = 16;
const IMAGE_BYTES = SIZE * SIZE;
const BYTES = 4 * COUNT; // a block of the pipeline
const IMAGES = BYTES / IMAGE_BYTES; // also in peers/imagekernels.py

/** What a corpus of images is made by; the one given lends its pixels. */
export function imageKernels({ splits }: Corpus): readonly Kernel[] {
  const { spec, block } = splits[0]!;
  const pixels = imageColumns(block).images;
  const chunk = pixels.subarray(BYTES, 2 * BYTES);
  const history = pixels.subarray(BYTES - DEFLATE_WINDOW, BYTES);

  const openDrawing = (): Work => {
    const stream = imageStream(createCore(), spec, spec, { maxRows: IMAGES });
    let first = 0;
    return { run: () => stream.read((first += IMAGES), IMAGES), result: () => joined(stream.read(0, IMAGES)) };
  };
  const deflating = (deflate: Deflate): Work => {
    const run = () => deflate(history, chunk);
    return { run, result: () => inflate(history, run()) };
  };

  return [
    {
      name: "draw images",
      unit: "images",
      count: IMAGES,
      bytes: BYTES,
      expected: () => joined(twinImages({ ...spec, palette: "gray" })),
      ours: openDrawing,
      numpy: { "NumPy, images.py": "draw images" },
    },
    {
      name: "deflate",
      unit: "bytes",
      count: BYTES,
      bytes: BYTES,
      compresses: true,
      expected: () => chunk,
      ours: () => deflating(createDeflater(createCore())),
      others: {
        "fflate, level 6": () => deflating(deflatePiece),
        "node:zlib, level 6": () => deflating(zlibPiece),
      },
      numpy: { "Python zlib, level 6": "deflate" },
    },
  ];
}

/** Compresses a piece of a stream that holds `history` before it; see `deflatePiece`. */
type Deflate = (history: Uint8Array, chunk: Uint8Array) => Uint8Array;

function zlibPiece(history: Uint8Array, chunk: Uint8Array): Uint8Array {
  return zlib.deflateRawSync(chunk, { level: 6, dictionary: history, finishFlush: zlib.constants.Z_SYNC_FLUSH });
}

function inflate(history: Uint8Array, piece: Uint8Array): Uint8Array {
  return zlib.inflateRawSync(joinBytes([piece, deflateEnd]), { dictionary: history });
}

function twinImages(spec: twin.ImageSpec): ImageColumns {
  const drawn = twin.images(spec, 0n, IMAGES);
  const factorBytes = drawn.factors.length / IMAGES;
  const labels = Uint8Array.from({ length: IMAGES }, (_, row) =>
    twin.label(drawn.factors.subarray(row * factorBytes, (row + 1) * factorBytes), "composition"),
  );
  return { ...drawn, labels };
}

function joined({ images, labels, factors }: ImageColumns): Uint8Array {
  return joinBytes([images, labels, factors]);
}
