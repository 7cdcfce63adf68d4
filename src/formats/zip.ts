import { joinBytes } from "./bytes.ts";
import { crc32Combine } from "./crc32.ts";

// PKWARE's APPNOTE 6.3; the numbers are its sections.
export const LOCAL_HEADER = 0x04034b50; // 4.3.7
const DESCRIPTOR = 0x08074b50; // 4.3.9
export const CENTRAL_HEADER = 0x02014b50; // 4.3.12
export const END64 = 0x06064b50; // 4.3.14
export const END64_LOCATOR = 0x07064b50; // 4.3.15
export const END = 0x06054b50; // 4.3.16
export const ZIP64_EXTRA = 1; // 4.5.3
const SIZES_FOLLOW = 1 << 3;
export const UTF8_NAME = 1 << 11;
/** In a field of two or four bytes: the value is in a zip64 record. */
export const WIDE_16 = 0xffff;
export const WIDE_32 = 0xffffffff;

export const zipMethods = { stored: 0, deflated: 8 } as const;
export type ZipMethod = keyof typeof zipMethods;

const VERSION = 20;
const VERSION_64 = 45;
const JANUARY_1_1980 = 0x21;

const utf8 = new TextEncoder();

/** The bytes around the members of a zip that is written from front to back. */
export interface ZipWriter {
  /** What stands before a member of `size` bytes, which takes at most `room` bytes once compressed. */
  open(name: string, method: ZipMethod, size: number, room: number): Uint8Array;
  /** Notes bytes that are written to the open member: how many, and the CRC and length of what they stand for. */
  add(part: { bytes: { byteLength: number }; crc?: number; rawLength?: number }): void;
  /** What follows the member. Throws when more or fewer than `size` bytes were added. */
  close(): Uint8Array;
  /** What follows the last member. */
  end(): Uint8Array;
}

interface Member {
  readonly label: string;
  readonly name: Uint8Array;
  readonly method: ZipMethod;
  readonly expected: number;
  readonly wide: boolean;
  readonly offset: number;
  crc: number;
  size: number;
  compressedSize: number;
}

/** Members are dated 1980-01-01 and have no attributes: the same ones give the same zip at any time on any system. */
export function createZipWriter(): ZipWriter {
  const members: Member[] = [];
  const labels = new Set<string>();
  let current: Member | undefined;
  let written = 0;

  const opened = (): Member => {
    if (!current) throw new Error("Cannot write to a zip: no member is open");
    return current;
  };
  const closed = (): void => {
    if (current) throw new Error(`Cannot go on with a zip: member "${current.label}" is still open`);
  };

  return {
    open(label, method, expected, room) {
      closed();
      if (labels.has(label)) throw new Error(`Cannot write two zip members "${label}"`);
      const name = utf8.encode(label);
      if (name.length === 0 || name.length > WIDE_16)
        throw new Error(`Cannot name a zip member in ${name.length} bytes`);
      const wide = Math.max(expected, room) >= WIDE_32;
      current = { label, name, method, expected, wide, offset: written, crc: 0, size: 0, compressedSize: 0 };
      const header = localHeader(current);
      written += header.length;
      return header;
    },
    add({ bytes, crc, rawLength }) {
      const member = opened();
      if (crc === undefined || rawLength === undefined) {
        throw new Error(`Cannot add to zip member "${member.label}": expected a CRC and a raw length`);
      }
      member.crc = crc32Combine(member.crc, crc, rawLength);
      member.size += rawLength;
      member.compressedSize += bytes.byteLength;
    },
    close() {
      const member = opened();
      const { label, expected, size, compressedSize } = member;
      if (size !== expected)
        throw new Error(`Cannot close zip member "${label}": expected ${expected} bytes, got ${size}`);
      if (compressedSize >= WIDE_32 && !member.wide)
        throw new Error(`Cannot close zip member "${label}": it outgrew its room`);
      const descriptor = dataDescriptor(member);
      written += compressedSize + descriptor.length;
      members.push(member);
      labels.add(label);
      current = undefined;
      return descriptor;
    },
    end() {
      closed();
      const directory = joinBytes(members.map(centralHeader));
      return joinBytes([directory, endOfDirectory(members.length, directory.length, written)]);
    },
  };
}

// The sizes follow the member, so the header has zeros for them; its zip64 record says how wide they will be.
function localHeader(member: Member): Uint8Array {
  const size = member.wide ? WIDE_32 : 0;
  const extra = member.wide ? record(u16(ZIP64_EXTRA), u16(16), u64(0), u64(0)) : record();
  const fixed = record(
    ...[u32(LOCAL_HEADER), ...nature(member, member.wide), u32(0), u32(size), u32(size)],
    ...[u16(member.name.length), u16(extra.length)],
  );
  return joinBytes([fixed, member.name, extra]);
}

function dataDescriptor({ crc, size, compressedSize, wide }: Member): Uint8Array {
  const width = wide ? 8 : 4;
  return record(u32(DESCRIPTOR), u32(crc), [width, compressedSize], [width, size]);
}

function centralHeader(member: Member): Uint8Array {
  const { name, crc, size, compressedSize, offset, wide } = member;
  const far = offset >= WIDE_32;
  const values: Value[] = [...(wide ? [u64(size), u64(compressedSize)] : []), ...(far ? [u64(offset)] : [])];
  const extra = values.length > 0 ? record(u16(ZIP64_EXTRA), u16(values.length * 8), ...values) : record();
  const zip64 = wide || far;
  const fixed = record(
    ...[u32(CENTRAL_HEADER), u16(zip64 ? VERSION_64 : VERSION), ...nature(member, zip64), u32(crc)],
    ...[u32(wide ? WIDE_32 : compressedSize), u32(wide ? WIDE_32 : size), u16(name.length), u16(extra.length)],
    // no comment, disk 0, no attributes
    ...[u16(0), u16(0), u16(0), u32(0), u32(far ? WIDE_32 : offset)],
  );
  return joinBytes([fixed, name, extra]);
}

/** What both headers say alike: version needed, flags, method, time, date. */
function nature({ label, name, method }: Member, zip64: boolean): Value[] {
  const ascii = name.length === label.length;
  const flags = SIZES_FOLLOW | (ascii ? 0 : UTF8_NAME);
  return [u16(zip64 ? VERSION_64 : VERSION), u16(flags), u16(zipMethods[method]), u16(0), u16(JANUARY_1_1980)];
}

function endOfDirectory(count: number, length: number, offset: number): Uint8Array {
  const counts = [u16(Math.min(count, WIDE_16)), u16(Math.min(count, WIDE_16))];
  const place = [u32(Math.min(length, WIDE_32)), u32(Math.min(offset, WIDE_32))];
  const end = record(u32(END), u16(0), u16(0), ...counts, ...place, u16(0));
  if (count < WIDE_16 && length < WIDE_32 && offset < WIDE_32) return end;

  const version = [u16(VERSION_64), u16(VERSION_64)];
  const wide = record(
    u32(END64),
    u64(44),
    ...version,
    u32(0),
    u32(0),
    u64(count),
    u64(count),
    u64(length),
    u64(offset),
  );
  const locator = record(u32(END64_LOCATOR), u32(0), u64(offset + length), u32(1));
  return joinBytes([wide, locator, end]);
}

type Value = readonly [width: 2 | 4 | 8, value: number];
const u16 = (value: number): Value => [2, value];
const u32 = (value: number): Value => [4, value];
const u64 = (value: number): Value => [8, value];

function record(...values: readonly Value[]): Uint8Array {
  const bytes = new Uint8Array(values.reduce((length, [width]) => length + width, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [width, value] of values) {
    if (width === 2) view.setUint16(at, value, true);
    else if (width === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += width;
  }
  return bytes;
}
