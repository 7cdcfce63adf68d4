import { crc32, type Crc32 } from "./crc32.ts";
import { createLineDeflater } from "./scanlines.ts";

// The W3C's Portable Network Graphics (PNG) Specification; the numbers are its sections.
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]; // 5.2
const AROUND_DATA = 12; // 5.3: a chunk's length and type before its data, its CRC after
const HEADER_BYTES = 13; // 11.2.2
const MAX_SIZE = 255; // so that lines fit in one deflate block, and a size in one byte
const MAX_COLOURS = 256;

const GRAYSCALE = 0; // 11.2.2
const INDEXED = 3;

/** The colours of pixel values 0, 1, ... */
export type PngPalette = readonly (readonly [red: number, green: number, blue: number])[];

/** Writes square images of one size; the bytes depend on nothing but their pixels and the palette. */
export interface PngEncoder {
  /** No PNG becomes longer. */
  readonly maxBytes: number;
  /** Writes a PNG to `out`, which has room for `maxBytes` from `start`; returns where it ends. */
  encodeInto(pixels: Uint8Array, out: Uint8Array, start: number): number;
}

/** For images of `size` rows and columns of one byte: a shade of gray or, with a palette, the number of a colour. */
export function createPngEncoder(size: number, palette?: PngPalette, checksum: Crc32 = crc32): PngEncoder {
  if (!(Number.isInteger(size) && size >= 1 && size <= MAX_SIZE))
    throw new Error(`Cannot write a PNG of size ${size}: expected 1 to ${MAX_SIZE}`);
  const colours = palette?.length ?? MAX_COLOURS;
  if (!(colours >= 1 && colours <= MAX_COLOURS)) {
    throw new Error(`Cannot write a PNG of ${colours} colours: expected 1 to ${MAX_COLOURS}`);
  }
  const chunk = (type: string, ...data: readonly number[]) => chunkBytes(type, data, checksum);
  const header = chunk("IHDR", 0, 0, 0, size, 0, 0, 0, size, 8, palette ? INDEXED : GRAYSCALE, 0, 0, 0);
  const head = Uint8Array.from([...SIGNATURE, ...header, ...(palette ? chunk("PLTE", ...palette.flat()) : [])]);
  const tail = chunk("IEND");

  const lineBytes = 1 + size; // 9.1: first of all the filter's number, which is 0: none
  const lines = new Uint8Array(lineBytes * size);
  const deflater = createLineDeflater(lineBytes, size);
  return {
    maxBytes: head.length + AROUND_DATA + deflater.maxBytes + tail.length,
    encodeInto(pixels, out, start) {
      if (pixels.length !== size * size) {
        throw new Error(`Cannot write ${pixels.length} pixels as a PNG: expected ${size * size}`);
      }
      for (let row = 0, from = 0, to = 0; row < size; row++) {
        to++;
        for (let column = 0; column < size; column++) {
          const value = pixels[from++]!;
          if (value >= colours)
            throw new Error(`Cannot write pixel value ${value}: expected one of ${colours} colours`);
          lines[to++] = value;
        }
      }
      out.set(head, start);
      const lengthAt = start + head.length;
      const typeAt = lengthAt + 4;
      writeType("IDAT", out, typeAt);
      const end = deflater.deflateInto(lines, out, typeAt + 4);
      writeUint32(end - typeAt - 4, out, lengthAt);
      writeUint32(checksum(out.subarray(typeAt, end)), out, end);
      out.set(tail, end + 4);
      return end + 4 + tail.length;
    },
  };
}

interface Recent {
  readonly size: number;
  readonly palette: PngPalette | undefined;
  readonly encoder: PngEncoder;
  readonly out: Uint8Array;
}
let recent: Recent | undefined;

/** One image of `size` rows and columns as PNG; without a palette in shades of gray. */
export function encodePng(pixels: Uint8Array, size: number, palette?: PngPalette): Uint8Array {
  if (recent?.size !== size || recent.palette !== palette) {
    const encoder = createPngEncoder(size, palette);
    recent = { size, palette, encoder, out: new Uint8Array(encoder.maxBytes) };
  }
  return recent.out.slice(0, recent.encoder.encodeInto(pixels, recent.out, 0));
}

/** How long a PNG of a few flat objects is: measured, within a tenth. */
export function expectedPngBytes(size: number, palette?: PngPalette): number {
  const chunks = 3 + (palette ? 1 : 0);
  const compressed = 32 + Math.round(size / 2);
  return SIGNATURE.length + chunks * AROUND_DATA + HEADER_BYTES + 3 * (palette?.length ?? 0) + compressed;
}

function chunkBytes(type: string, data: readonly number[], checksum: Crc32): Uint8Array {
  const bytes = new Uint8Array(AROUND_DATA + data.length);
  writeUint32(data.length, bytes, 0);
  writeType(type, bytes, 4);
  bytes.set(data, 8);
  const end = 8 + data.length;
  writeUint32(checksum(bytes.subarray(4, end)), bytes, end);
  return bytes;
}

function writeType(type: string, out: Uint8Array, at: number): void {
  for (let i = 0; i < 4; i++) out[at + i] = type.charCodeAt(i);
}

/** Numbers in a PNG are big-endian. */
function writeUint32(value: number, out: Uint8Array, at: number): void {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
}
