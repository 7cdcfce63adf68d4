import { Gunzip } from "fflate/browser";
import { BrokenStream } from "../data/errors.ts";
import { joinBytes } from "./bytes.ts";
import { crc32 } from "./crc32.ts";

const INFLATED_AT_ONCE = 1 << 12; // of compressed bytes: they may become a thousand times as many
const TRAILER_BYTES = 8; // CRC-32 and length modulo 2^32
const KEPT_BYTES = 1 << 17; // more than the head of a member and the trailer before it

/**
 * The bytes of a gzip file (RFC 1952), of one member or several one after the other, in bounded memory. Throws
 * `BrokenStream` after all that could be read, where the data are damaged or end too early; what `chunks` throws comes
 * after them too.
 */
export async function* gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let [member, position, crc, length] = [1, 0, 0, 0];
  let tail: Uint8Array = new Uint8Array(0); // the last bytes that were read
  let parts: Uint8Array[] = [];
  const broken = (reason: string, cause?: unknown) =>
    new BrokenStream(`The gzip data ${reason} (member ${member}, before byte ${position})`, { cause });

  // fflate checks neither, and does not see every end that comes too early.
  const checkTrailer = (end: number): void => {
    const at = end - (position - tail.length) - TRAILER_BYTES;
    if (at < 0) throw broken("end too early");
    const trailer = new DataView(tail.buffer, tail.byteOffset + at, TRAILER_BYTES);
    if (trailer.getUint32(0, true) !== crc || trailer.getUint32(4, true) !== length) {
      throw broken("end too early or are damaged: wrong CRC or length");
    }
  };
  const stream = new Gunzip((bytes) => {
    crc = crc32(bytes, crc);
    length = (length + bytes.length) >>> 0;
    if (bytes.length > 0) parts.push(bytes);
  });
  stream.onmember = (start) => {
    checkTrailer(start);
    [member, crc, length] = [member + 1, 0, 0];
  };
  const push = (bytes: Uint8Array, isLast: boolean): unknown => {
    parts = [];
    tail = joinBytes([tail.subarray(-KEPT_BYTES), bytes]);
    position += bytes.length;
    try {
      stream.push(bytes, isLast);
      if (isLast) checkTrailer(position);
      return undefined;
    } catch (error) {
      return error instanceof BrokenStream ? error : broken("end too early or are damaged", error);
    }
  };
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += INFLATED_AT_ONCE) {
      const failure = push(chunk.subarray(at, at + INFLATED_AT_ONCE), false);
      yield* parts;
      if (failure) throw failure;
    }
  }
  const failure = push(new Uint8Array(0), true);
  yield* parts;
  if (failure) throw failure;
}
