import { FlateErrorCode, Gunzip, type FlateError } from "fflate/browser";
import { BrokenStream } from "../data/errors.ts";
import { joinBytes } from "./bytes.ts";
import { crc32 } from "./crc32.ts";

const INFLATED_AT_ONCE = 1 << 12; // of compressed bytes: they may become a thousand times as many
const TRAILER_BYTES = 8; // CRC-32 and length modulo 2^32
const KEPT_BYTES = 1 << 17; // more than the head of a member and the trailer before it
const DEFLATE = 8; // the third byte of a member
const FOLLOWED = "are followed by something else";
const HEAD_BYTES = 4; // what fflate waits for until it looks whether a member begins

/**
 * The bytes of a gzip file (RFC 1952), of one member or several one after the other, in bounded memory; zeros after the
 * last, with which tapes are filled up, are left out. Throws `BrokenStream` after all that could be read, where the data
 * are damaged, end too early or are followed by something else; what `chunks` throws comes after them too.
 */
export async function* gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let [member, position, crc, length] = [1, 0, 0, 0];
  let tail: Uint8Array = new Uint8Array(0); // the last bytes that were read
  let parts: Uint8Array[] = [];
  let isEnded = false; // only zeros may follow
  const broken = (reason: string, cause?: unknown) =>
    new BrokenStream(`The gzip data ${reason} (member ${member}, before byte ${position})`, { cause });

  const isTrailer = (at: number): boolean => {
    const trailer = new DataView(tail.buffer, tail.byteOffset + at, TRAILER_BYTES);
    return trailer.getUint32(0, true) === crc && trailer.getUint32(4, true) === length;
  };
  // fflate checks neither, and does not see every end that comes too early.
  const checkTrailer = (end: number): void => {
    const at = end - (position - tail.length) - TRAILER_BYTES;
    if (at < 0) throw broken("end too early");
    if (!isTrailer(at)) throw broken("end too early or are damaged: wrong CRC or length");
  };
  /** What follows the member that ends in the last bytes, that many, or shortly before them. */
  const restAfterMember = (count: number): Uint8Array | undefined => {
    const last = tail.length - TRAILER_BYTES;
    for (let at = Math.max(0, last - count - HEAD_BYTES); at <= last; at++) {
      if (isTrailer(at)) return tail.subarray(at + TRAILER_BYTES);
    }
    return undefined;
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
      if (!isEnded) stream.push(bytes, isLast);
      else if (bytes.some((byte) => byte !== 0)) throw broken(FOLLOWED);
      if (isLast && !isEnded) checkTrailer(position);
      return undefined;
    } catch (error) {
      // The first head is the only one without a member before it.
      const isNoHead =
        (error as Partial<FlateError>).code === FlateErrorCode.InvalidHeader &&
        (position > tail.length || tail[2] === DEFLATE);
      const rest = isNoHead || (isLast && !isEnded) ? restAfterMember(bytes.length) : undefined;
      isEnded ||= rest !== undefined && rest.every((byte) => byte === 0);
      if (rest && isEnded) return undefined;
      if (rest && isNoHead) return broken(FOLLOWED, error);
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
