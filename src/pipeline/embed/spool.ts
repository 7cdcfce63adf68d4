import { crc32 } from "../../formats/crc32.ts";
import { openRecordFile } from "../../runtime/recordfile.ts";

/** The vectors of a shard that is not written yet, on the disk as soon as they are there: what was paid for is kept. */
export interface Spool {
  /** Whether the vector of that text is there, of this run or an earlier one. */
  has(place: number, text: string): boolean;
  /** Adds the vectors of the texts at these places; shape (places.length, dim). */
  add(places: readonly number[], texts: readonly string[], vectors: Float32Array): void;
  /** Fills `out`, shape (dim,). */
  readInto(place: number, out: Float32Array): void;
  close(): void;
  remove(): void;
}

// A record: place in the shard, CRC-32 of the text, CRC-32 of all else, the values; little-endian.
const HEAD_BYTES = 12;
const PLACE_AT = 0;
const TEXT_AT = 4;
const CHECK_AT = 8;

/** Opens the spool of a shard, with what an earlier run left there. */
export function openSpool(path: string, dim: number): Spool {
  const length = HEAD_BYTES + 4 * dim;
  const file = openRecordFile(path, length);
  const known = new Map<number, { readonly at: number; readonly text: number }>();
  const record = new Uint8Array(length);
  const view = new DataView(record.buffer);
  for (let at = 0; at < file.count; at++) {
    file.readInto(at, 0, record);
    if (checkOf(record) !== view.getUint32(CHECK_AT, true)) continue; // torn by a crash of the machine
    known.set(view.getUint32(PLACE_AT, true), { at, text: view.getUint32(TEXT_AT, true) });
  }
  return {
    has(place, text) {
      const found = known.get(place);
      return found !== undefined && found.text === crcOfText(text);
    },
    add(places, texts, vectors) {
      const values = new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength);
      for (const [i, place] of places.entries()) {
        const text = crcOfText(texts[i]!);
        view.setUint32(PLACE_AT, place, true);
        view.setUint32(TEXT_AT, text, true);
        record.set(values.subarray(4 * dim * i, 4 * dim * (i + 1)), HEAD_BYTES);
        view.setUint32(CHECK_AT, checkOf(record), true);
        file.append(record);
        known.set(place, { at: file.count - 1, text });
      }
    },
    readInto(place, out) {
      file.readInto(known.get(place)!.at, HEAD_BYTES, new Uint8Array(out.buffer, out.byteOffset, out.byteLength));
    },
    close: file.close,
    remove: file.remove,
  };
}

const utf8 = new TextEncoder();

function crcOfText(text: string): number {
  return crc32(utf8.encode(text));
}

/** The CRC-32 of a record without its place for it. */
function checkOf(record: Uint8Array): number {
  return crc32(record.subarray(HEAD_BYTES), crc32(record.subarray(0, CHECK_AT)));
}
