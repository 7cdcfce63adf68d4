import { InputError } from "../data/errors.ts";
import type { ByteSource } from "../data/format.ts";
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
const END64_BYTES = 56;
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

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function damaged(found: number, count: number): InputError {
  return new InputError(`The zip is damaged: its directory has ${found} entries, expected ${count}`);
}
