import { Inflate } from "fflate/browser";
import { InputError } from "../data/errors.ts";
import type { ByteSource } from "../data/format.ts";
import { crc32 } from "./crc32.ts";
import { LOCAL_HEADER, zipMethods } from "./zip.ts";
import { viewOf, type ZipEntry } from "./zipdirectory.ts";

const LOCAL_BYTES = 30;
const DEFLATE_MAX_RATIO = 1032; // 258 bytes in two bits
const READ_BYTES = 1 << 18;
const INFLATED_AT_ONCE = 1 << 12; // of compressed bytes: they may become a thousand times as many

/**
 * A member's bytes from first to last, in bounded memory. Throws `InputError` when they cannot be read, or turn out at the
 * end to have another length or CRC than the directory says.
 */
export async function* readZipMember(source: ByteSource, entry: ZipEntry): AsyncGenerator<Uint8Array> {
  const stored = await compressedSource(source, entry);
  let size = 0;
  let crc = 0;
  for await (const bytes of entry.method === zipMethods.stored ? chunks(stored) : inflate(stored, entry.name)) {
    size += bytes.length;
    if (size > entry.size) throw unreadable(entry.name, `more than the ${entry.size} bytes that the directory says`);
    crc = crc32(bytes, crc);
    yield bytes;
  }
  if (size !== entry.size) throw unreadable(entry.name, `${size} bytes, expected ${entry.size}`);
  if (crc !== entry.crc) throw unreadable(entry.name, `CRC-32 ${hex(crc)}, expected ${hex(entry.crc)}`);
}

/**
 * A member as a source of its own. A stored one is read where it lies, its CRC unchecked; a deflated one is inflated as
 * reads proceed, again from its first byte for a read that goes back, and checked when its end is reached.
 */
export async function zipMemberSource(source: ByteSource, entry: ZipEntry): Promise<ByteSource> {
  if (entry.method === zipMethods.stored) return compressedSource(source, entry);
  return checkedMemberSource(source, entry);
}

/** The same for both methods, checked when the end is reached. Reads must not overlap in time. */
export function checkedMemberSource(source: ByteSource, entry: ZipEntry): ByteSource {
  let rest = readZipMember(source, entry);
  let chunk: Uint8Array = new Uint8Array(0);
  let chunkAt = 0;
  const rewind = async (): Promise<void> => {
    await rest.return(undefined);
    [rest, chunk, chunkAt] = [readZipMember(source, entry), new Uint8Array(0), 0];
  };
  return {
    byteLength: entry.size,
    async read(offset, length) {
      const end = offset + length;
      if (end > entry.size) throw unreadable(entry.name, `it ends at byte ${entry.size}, expected ${end}`);
      if (offset < chunkAt) await rewind();
      const bytes = new Uint8Array(length);
      for (;;) {
        const from = Math.max(offset, chunkAt);
        if (from < end) bytes.set(chunk.subarray(from - chunkAt, end - chunkAt), from - offset);
        const chunkEnd = chunkAt + chunk.length;
        if (chunkEnd >= end && end < entry.size) return bytes;
        // At the member's end this is the step that runs the checks.
        const next = await rest.next().catch(async (error: unknown) => {
          await rewind(); // so that the same read fails again
          throw error;
        });
        if (next.done) return bytes;
        [chunk, chunkAt] = [next.value, chunkEnd];
      }
    },
  };
}

/** The bytes of a member as they are stored. */
async function compressedSource(source: ByteSource, entry: ZipEntry): Promise<ByteSource> {
  const { name, method, offset, compressedSize } = entry;
  if (entry.encrypted) throw unreadable(name, "it is encrypted");
  if (method !== zipMethods.stored && method !== zipMethods.deflated) {
    throw unreadable(name, `compression method ${method}, expected 0 (stored) or 8 (deflated)`);
  }
  if (method === zipMethods.stored && compressedSize !== entry.size) {
    throw unreadable(name, `stored in ${compressedSize} bytes, expected ${entry.size}`);
  }
  if (method === zipMethods.deflated && entry.size > compressedSize * DEFLATE_MAX_RATIO) {
    throw unreadable(name, `${compressedSize} bytes cannot hold ${entry.size}`);
  }
  if (offset + LOCAL_BYTES > source.byteLength) throw unreadable(name, "it begins beyond the end of the zip");
  const header = viewOf(await source.read(offset, LOCAL_BYTES));
  if (header.getUint32(0, true) !== LOCAL_HEADER) throw unreadable(name, `no member begins at byte ${offset}`);
  const start = offset + LOCAL_BYTES + header.getUint16(26, true) + header.getUint16(28, true);
  if (start + compressedSize > source.byteLength) throw unreadable(name, "it ends beyond the end of the zip");
  return {
    byteLength: compressedSize,
    async read(at, length) {
      if (at + length > compressedSize)
        throw unreadable(name, `it ends at byte ${compressedSize}, expected ${at + length}`);
      return source.read(start + at, length);
    },
  };
}

async function* chunks(source: ByteSource): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < source.byteLength; at += READ_BYTES) {
    yield await source.read(at, Math.min(READ_BYTES, source.byteLength - at));
  }
}

// Not by DecompressionStream: in Node 20 one that is given up midway ends the process.
async function* inflate(source: ByteSource, name: string): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  const stream = new Inflate((bytes) => parts.push(bytes));
  const pushAll = (bytes: Uint8Array, isLast: boolean): Uint8Array[] => {
    parts = [];
    try {
      stream.push(bytes, isLast);
    } catch (cause) {
      throw unreadable(name, "its bytes are not a whole deflate stream", cause);
    }
    return parts.filter((part) => part.length > 0);
  };
  for await (const chunk of chunks(source)) {
    for (let at = 0; at < chunk.length; at += INFLATED_AT_ONCE) {
      yield* pushAll(chunk.subarray(at, at + INFLATED_AT_ONCE), false);
    }
  }
  yield* pushAll(new Uint8Array(0), true);
}

function unreadable(name: string, reason: string, cause?: unknown): InputError {
  return new InputError(`Cannot read "${name}" in the zip: ${reason}`, { cause });
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, "0");
}
