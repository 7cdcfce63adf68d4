import { decode, type DecodedPng } from "fast-png";
import { InputError } from "../data/errors.ts";
import type { PngPalette } from "./png.ts";

const LAST_CHUNK = [0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82]; // IEND, which is always the same
const MAX_SIDE = 255; // as `createPngEncoder` writes them
const CHUNKS = ["IHDR", "PLTE", "IDAT", "IEND"]; // others may hold anything, in any length

/** A PNG of one byte a pixel: shades of gray, or numbers of colours where there is a palette. */
export interface DecodedImage {
  /** Shape (height, width), row-major. */
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly palette?: PngPalette;
}

/** Reads a PNG. Throws `InputError` when it is damaged, or has not one byte a pixel. */
export function decodePng(bytes: Uint8Array): DecodedImage {
  checkChunks(bytes);
  const { data, width, height, depth, channels, palette } = decodeAny(bytes);
  if (depth !== 8 || channels !== 1) {
    throw new InputError(`Cannot read a PNG of ${channels} x ${depth} bits a pixel: expected 8`);
  }
  const pixels = data as Uint8Array;
  if (!palette) return { pixels, width, height };
  const beyond = pixels.find((value) => value >= palette.length);
  if (beyond !== undefined) throw new InputError(`Not a whole PNG: colour ${beyond} of ${palette.length}`);
  return { pixels, width, height, palette: palette as unknown as PngPalette };
}

/** Refuses what might take much memory to decode: a stream of a thousand times the length of what it should hold. */
function checkChunks(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let data = 0;
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (!CHUNKS.includes(type)) {
      const name = /^[a-zA-Z]{4}$/.test(type) ? `a chunk "${type}"` : "damaged chunks";
      throw new InputError(`Cannot read a PNG with ${name}: expected ${CHUNKS.join(", ")}`);
    }
    if (type === "IDAT") data += view.getUint32(at);
  }
  if (bytes.length < 24) return; // the decoder says what is missing
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  if (Math.max(width, height) > MAX_SIDE) {
    throw new InputError(
      `Cannot read a PNG of ${height} x ${width} pixels: expected at most ${MAX_SIDE} x ${MAX_SIDE}`,
    );
  }
  if (data > 2 * height * (width + 1) + 1024)
    throw new InputError(`Not a whole PNG: ${data} bytes are too many for its pixels`);
}

function decodeAny(bytes: Uint8Array): DecodedPng {
  const end = bytes.subarray(-LAST_CHUNK.length);
  if (LAST_CHUNK.some((byte, at) => end[at] !== byte)) throw new InputError("Not a whole PNG: it does not end as one");
  try {
    return decode(bytes, { checkCrc: true });
  } catch (cause) {
    throw new InputError("Not a whole PNG: it cannot be decoded", { cause });
  }
}
