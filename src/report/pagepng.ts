import { zlibSync } from "fflate/browser"; // the same functions, without a start-up that looks for Node's threads
import { joinBytes } from "../formats/bytes.ts";
import { crc32 } from "../formats/crc32.ts";

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const INDEXED = 3;
const NO_FILTER = 0;
const METRE = 1;
const ascii = new TextEncoder();

export interface IndexedImage {
  readonly width: number;
  readonly height: number;
  /** One entry of the palette a pixel, rows from the top. */
  readonly pixels: Uint8Array;
  /** Red, green and blue of each of up to 256 entries. */
  readonly palette: Uint8Array;
  readonly pixelsPerMetre: number;
}

/** A PNG of 8 bits a pixel; its bytes are the same on every engine. */
export function encodePng({ width, height, pixels, palette, pixelsPerMetre }: IndexedImage): Uint8Array {
  // Rows stay as they are: most repeat the one above, which deflate finds by itself.
  const rows = new Uint8Array(height * (width + 1));
  for (let y = 0; y < height; y++) {
    rows[y * (width + 1)] = NO_FILTER;
    rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  }
  const data = zlibSync(rows, { level: 6, mem: 8 }); // `mem` given: fflate's choice would pass through Math.log
  return joinBytes([
    SIGNATURE,
    chunk("IHDR", joinBytes([uint32(width), uint32(height), Uint8Array.of(8, INDEXED, 0, 0, 0)])),
    chunk("PLTE", palette),
    chunk("pHYs", joinBytes([uint32(pixelsPerMetre), uint32(pixelsPerMetre), Uint8Array.of(METRE)])),
    chunk("IDAT", data),
    chunk("IEND", new Uint8Array(0)),
  ]);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = joinBytes([ascii.encode(type), data]);
  return joinBytes([uint32(data.length), body, uint32(crc32(body))]);
}

/** Most significant byte first. */
function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}
