import { InputError } from "../data/errors.ts";
import type { ByteSource } from "../data/format.ts";
import { crc32 } from "./crc32.ts";
import {
  CENTRAL_HEADER,
  END,
  END64,
  END64_LOCATOR,
  LOCAL_HEADER,
  UTF8_NAME,
  WIDE_16,
  WIDE_32,
  ZIP64_EXTRA,
  zipMethods,
} from "./zip.ts";

/** What the directory of a zip says of a member. */
export interface ZipEntry {
  readonly name: string;
  /** By number, as there are more than the `zipMethods` that can be read. */
  readonly method: number;
  readonly encrypted: boolean;
  readonly compressedSize: number;
  readonly size: number;
  readonly crc: number;
  /** Where its local header begins. */
  readonly offset: number;
}

const END_BYTES = 22;
const LOCATOR_BYTES = 20;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
const END64_BYTES = 56;
const DEFLATE_MAX_RATIO = 1032; // 258 bytes in two bits
const READ_BYTES = 1 << 18;
const INFLATED_AT_ONCE = 1 << 14; // of compressed bytes: they may become a thousand times as many

const utf8 = new TextDecoder();
const latin1 = new TextDecoder("latin1"); // for the ASCII that all writers agree on

/** The members of a zip, in the order of its directory. Throws `InputError` when it is none, or cut short. */
export async function readZipDirectory(source: ByteSource): Promise<ZipEntry[]> {
  const { count, offset, length } = await findDirectory(source);
  const bytes = await source.read(offset, length);
  const view = viewOf(bytes);
  const entries: ZipEntry[] = [];
  for (let at = 0; entries.length < count;) {
    if (at + CENTRAL_BYTES > length || view.getUint32(at, true) !== CENTRAL_HEADER)
      throw damaged(entries.length, count);
    const nameAt = at + CENTRAL_BYTES;
    const extraAt = nameAt + view.getUint16(at + 28, true);
    const extraEnd = extraAt + view.getUint16(at + 30, true);
    const end = extraEnd + view.getUint16(at + 32, true);
    if (end > length) throw damaged(entries.length, count);
    const flags = view.getUint16(at + 8, true);
    const wide = wideValues(bytes.subarray(extraAt, extraEnd));
    const value = (field: number): number => {
      const short = view.getUint32(at + field, true);
      return short === WIDE_32 ? (wide.shift() ?? short) : short;
    };
    entries.push({
      name: (flags & UTF8_NAME ? utf8 : latin1).decode(bytes.subarray(nameAt, extraAt)),
      method: view.getUint16(at + 10, true),
      encrypted: (flags & 1) === 1,
      crc: view.getUint32(at + 16, true),
      size: value(24), // the zip64 record has them in this order
      compressedSize: value(20),
      offset: value(42),
    });
    at = end;
  }
  return entries;
}

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

async function* inflate(source: ByteSource, name: string): AsyncGenerator<Uint8Array> {
  const compressed = chunks(source);
  let chunk: Uint8Array = new Uint8Array(0);
  let failed: { readonly error: unknown } | undefined;
  const feed = async (controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): Promise<void> => {
    try {
      if (chunk.length === 0) {
        const next = await compressed.next();
        if (next.done) return controller.close();
        chunk = next.value;
      }
      controller.enqueue(chunk.slice(0, INFLATED_AT_ONCE));
      chunk = chunk.subarray(INFLATED_AT_ONCE);
    } catch (error) {
      failed = { error };
      throw error;
    }
  };
  const stream = new ReadableStream({ pull: feed }, { highWaterMark: 0 });
  const reader = stream.pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (cause) {
    if (failed) throw failed.error; // reading failed, not inflating
    throw unreadable(name, "its bytes are not a whole deflate stream", cause);
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** Where the directory is, from the records at the end of the zip. */
async function findDirectory(source: ByteSource): Promise<{ count: number; offset: number; length: number }> {
  const tailAt = Math.max(0, source.byteLength - END_BYTES - WIDE_16); // as far as the longest comment
  const tail = viewOf(await source.read(tailAt, source.byteLength - tailAt));
  let at = tail.byteLength - END_BYTES;
  while (
    at >= 0 &&
    !(tail.getUint32(at, true) === END && at + END_BYTES + tail.getUint16(at + 20, true) === tail.byteLength)
  )
    at--;
  if (at < 0) {
    const begins = tail.byteLength >= 4 && viewOf(await source.read(0, 4)).getUint32(0, true) === LOCAL_HEADER;
    throw new InputError(
      begins ? "The zip is cut short: its directory is missing" : "Not a zip file: no directory at its end",
    );
  }
  const short = {
    count: tail.getUint16(at + 10, true),
    length: tail.getUint32(at + 12, true),
    offset: tail.getUint32(at + 16, true),
  };
  const wide = short.count === WIDE_16 || short.length === WIDE_32 || short.offset === WIDE_32;
  const found = (wide && (await findDirectory64(source, tailAt + at))) || short;
  if (found.offset + found.length > tailAt + at)
    throw new InputError("The zip is damaged: its directory is not where its end says");
  return found;
}

async function findDirectory64(
  source: ByteSource,
  endAt: number,
): Promise<{ count: number; offset: number; length: number } | undefined> {
  if (endAt < LOCATOR_BYTES) return undefined;
  const locator = viewOf(await source.read(endAt - LOCATOR_BYTES, LOCATOR_BYTES));
  if (locator.getUint32(0, true) !== END64_LOCATOR) return undefined;
  const at = uint64(locator, 8);
  if (at + END64_BYTES > endAt) throw new InputError("The zip is damaged: its zip64 end is not where the locator says");
  const end = viewOf(await source.read(at, END64_BYTES));
  if (end.getUint32(0, true) !== END64)
    throw new InputError("The zip is damaged: its zip64 end is not where the locator says");
  return { count: uint64(end, 32), length: uint64(end, 40), offset: uint64(end, 48) };
}

/** The values of the zip64 record among the extra fields of a directory entry. */
function wideValues(extra: Uint8Array): number[] {
  const view = viewOf(extra);
  for (let at = 0; at + 4 <= extra.length;) {
    const length = Math.min(view.getUint16(at + 2, true), extra.length - at - 4);
    if (view.getUint16(at, true) === ZIP64_EXTRA) {
      return Array.from({ length: Math.min(3, length >> 3) }, (_, value) => uint64(view, at + 4 + value * 8));
    }
    at += 4 + length;
  }
  return [];
}

function uint64(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function damaged(found: number, count: number): InputError {
  return new InputError(`The zip is damaged: its directory has ${found} entries, expected ${count}`);
}

function unreadable(name: string, reason: string, cause?: unknown): InputError {
  return new InputError(`Cannot read "${name}" in the zip: ${reason}`, { cause });
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, "0");
}
