import { createDeflater, type Deflater } from "../core/deflate.ts";
import { createCore } from "../core/instance.ts";
import { joinBytes } from "./bytes.ts";
import { crc32 } from "./crc32.ts";
import { DEFLATE_WINDOW, deflateEnd } from "./deflate.ts";

const PIECE_BYTES = 1 << 20;
/** Of a member of gzip (RFC 1952): deflate, no name, no time, no system. */
const HEAD = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
const TAIL_BYTES = 8;

let own: Deflater | undefined;

/** The bytes as one gzip member: the same on every machine. */
export function gzip(bytes: Uint8Array): Uint8Array {
  own ??= createDeflater(createCore());
  const parts = [HEAD];
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    const history = bytes.subarray(Math.max(0, at - DEFLATE_WINDOW), at);
    parts.push(own(history, bytes.subarray(at, at + PIECE_BYTES)).slice()); // the next one overwrites it
  }
  const tail = new DataView(new ArrayBuffer(TAIL_BYTES));
  tail.setUint32(0, crc32(bytes), true);
  tail.setUint32(4, bytes.length, true);
  return joinBytes([...parts, deflateEnd, new Uint8Array(tail.buffer)]);
}
