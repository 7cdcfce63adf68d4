import { InputError } from "../data/errors.ts";
import type { ByteSource } from "../data/format.ts";

// The ustar interchange format of POSIX, described under pax: before each file a header of one block, after it zeros up
// to a whole block, and two empty blocks at the end.
export const TAR_BLOCK = 512;
const NAME_BYTES = 100;
const SIZE = { at: 124, digits: 11 };
const CHECKSUM = { at: 148, digits: 6, bytes: 8 };
const TYPE_AT = 156;
const MAGIC = { at: 257, text: "ustar" };
const PREFIX = { at: 345, bytes: 155 };
const READ_BYTES = 1 << 20;
const MAX_SIZE = 2 ** 33 - 1; // eleven octal digits

const ZERO = 0x30;
const SPACE = 0x20;
const ascii = new TextEncoder();
const latin1 = new TextDecoder("latin1");

/** What follows the last file. */
export const tarEnd: Uint8Array = new Uint8Array(2 * TAR_BLOCK);

/** The bytes of a file of `size` bytes with its header and what fills it up. */
export function tarEntryBytes(size: number): number {
  return TAR_BLOCK + Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
}

/** A regular file that everybody may read, of nobody, dated 1970-01-01: the same at any time on any system. */
const template = (() => {
  const header = new Uint8Array(TAR_BLOCK);
  const put = (at: number, text: string) => header.set(ascii.encode(text), at);
  put(100, "0000644\0"); // mode
  put(108, "0000000\0"); // user
  put(116, "0000000\0"); // group
  put(SIZE.at, "00000000000\0");
  put(136, "00000000000\0"); // time
  put(CHECKSUM.at, "000000\0 ");
  put(TYPE_AT, "0");
  put(MAGIC.at, `${MAGIC.text}\x0000`); // and the version
  return header;
})();
const templateSum = checksumOf(template);

/** Writes the header of a file of `size` bytes at `at`. Throws when ustar cannot say the name or the size. */
export function writeTarHeader(name: string, size: number, out: Uint8Array, at: number): void {
  if (name.length === 0 || name.length > NAME_BYTES) throw new Error(`Cannot name a file in a tar "${name}"`);
  if (!(size >= 0 && size <= MAX_SIZE)) throw new Error(`Cannot write a file of ${size} bytes to a tar`);
  out.set(template, at);
  let sum = templateSum;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code >= 0x80) throw new Error(`Cannot name a file in a tar "${name}": expected ASCII`);
    out[at + i] = code;
    sum += code;
  }
  sum += writeOctal(size, out, at + SIZE.at, SIZE.digits);
  writeOctal(sum, out, at + CHECKSUM.at, CHECKSUM.digits);
}

/** Writes the digits; returns by how much they exceed zeros. */
function writeOctal(value: number, out: Uint8Array, at: number, digits: number): number {
  let excess = 0;
  for (let i = digits - 1; value > 0; i--) {
    const digit = value % 8;
    out[at + i] = ZERO + digit;
    excess += digit;
    value = (value - digit) / 8;
  }
  return excess;
}

/** The sum of a header's bytes, its checksum taken as spaces. */
function checksumOf(header: Uint8Array): number {
  let sum = CHECKSUM.bytes * SPACE;
  for (let at = 0; at < header.length; at++) sum += header[at]!;
  for (let at = CHECKSUM.at; at < CHECKSUM.at + CHECKSUM.bytes; at++) sum -= header[at]!;
  return sum;
}

/** A file in a tar. */
export interface TarEntry {
  readonly name: string;
  /** Where its header begins, where its content does, and where the next header does. */
  readonly start: number;
  readonly offset: number;
  readonly end: number;
  readonly size: number;
}

/**
 * The files of a ustar archive from the header at `start` on, as many at a time as one read finds. Throws `InputError`
 * where the archive is damaged or cut short, or holds anything but regular files.
 */
export async function* readTar(source: ByteSource, start = 0): AsyncGenerator<TarEntry[]> {
  for (let at = start; ;) {
    if (at + TAR_BLOCK > source.byteLength) throw cutShort(source, at);
    const bytes = await source.read(at, Math.min(READ_BYTES, source.byteLength - at));
    const entries: TarEntry[] = [];
    let next = at;
    let isEnd = false;
    while (!isEnd && next + TAR_BLOCK <= at + bytes.length) {
      const header = bytes.subarray(next - at, next - at + TAR_BLOCK);
      isEnd = header.every((byte) => byte === 0);
      if (isEnd) break;
      const entry = readHeader(header, next);
      if (entry.end > source.byteLength) throw cutShort(source, next);
      entries.push(entry);
      next = entry.end;
    }
    if (isEnd && next + tarEnd.length > source.byteLength) throw cutShort(source, next);
    yield entries;
    if (isEnd) return;
    at = next;
  }
}

function readHeader(header: Uint8Array, start: number): TarEntry {
  if (octalAt(header, CHECKSUM.at, CHECKSUM.bytes, start) !== checksumOf(header)) {
    throw damaged(start, "its checksum is wrong");
  }
  if (textAt(header, MAGIC.at, MAGIC.text.length) !== MAGIC.text) throw damaged(start, "it is not of a ustar archive");
  const prefix = textAt(header, PREFIX.at, PREFIX.bytes);
  const name = `${prefix === "" ? "" : `${prefix}/`}${textAt(header, 0, NAME_BYTES)}`;
  if (header[TYPE_AT] !== ZERO && header[TYPE_AT] !== 0) {
    const type = String.fromCharCode(header[TYPE_AT]!);
    throw damaged(start, `${JSON.stringify(name)} is of type ${JSON.stringify(type)}, expected a regular file`);
  }
  const size = octalAt(header, SIZE.at, SIZE.digits + 1, start);
  return { name, start, offset: start + TAR_BLOCK, size, end: start + tarEntryBytes(size) };
}

/** The text before the first zero. */
function textAt(header: Uint8Array, at: number, length: number): string {
  if (header[at] === 0) return "";
  const zero = header.indexOf(0, at);
  return latin1.decode(header.subarray(at, zero < 0 ? at + length : Math.min(zero, at + length)));
}

function octalAt(header: Uint8Array, at: number, length: number, start: number): number {
  const text = textAt(header, at, length).trim();
  if (!/^[0-7]+$/.test(text)) throw damaged(start, `byte ${at} begins no octal number`);
  return Number.parseInt(text, 8);
}

function damaged(start: number, reason: string): InputError {
  return new InputError(`Cannot read the tar header at byte ${start}: ${reason}`);
}

function cutShort({ byteLength }: ByteSource, at: number): InputError {
  return new InputError(`The tar is cut short: ${byteLength} bytes, more expected from byte ${at} on`);
}
