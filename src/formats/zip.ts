import { InputError } from "../data/errors.ts";
import type { ByteSource, Encoded } from "../data/format.ts";
import { crc32, crc32Combine } from "./crc32.ts";

// PKWARE's APPNOTE 6.3.9; section numbers are its own.
const LOCAL_HEADER = 0x04034b50; // 4.3.7
const DESCRIPTOR = 0x08074b50; // 4.3.9
const CENTRAL_HEADER = 0x02014b50; // 4.3.12
const END64 = 0x06064b50; // 4.3.14
const END64_LOCATOR = 0x07064b50; // 4.3.15
const END = 0x06054b50; // 4.3.16
const ZIP64_EXTRA = 1; // 4.5.3
const ENCRYPTED = 1;
const SIZES_FOLLOW = 8;
const UTF8_NAME = 0x800;
const VERSION = 20;
const VERSION_64 = 45;
const DATE_1980_01_01 = 0x21;
const ELSEWHERE_16 = 0xffff;
const ELSEWHERE = 0xffffffff; // the value is in the zip64 record
const MEMBER_64 = 2 ** 31; // declared before the compressed size is known: leaves it room to be twice the raw one

export const zipMethods = { stored: 0, deflated: 8 } as const;
export type ZipMethod = keyof typeof zipMethods;

/** The bytes around the members of a zip that is written front to back; the caller writes them and the members. */
export interface ZipWriter {
  /** What stands before a member of `size` bytes uncompressed. */
  open(name: string, method: ZipMethod, size: number): Uint8Array;
  /** Notes bytes of the open member, as they are written. */
  add(encoded: Encoded): void;
  /** What follows the member. Throws when other than `size` bytes were added. */
  close(): Uint8Array;
  /** What follows the last member. */
  end(): Uint8Array;
}

interface Member {
  readonly name: Uint8Array;
  readonly label: string;
  readonly method: ZipMethod;
  readonly declared: number;
  readonly zip64: boolean;
  readonly offset: number;
  crc: number;
  size: number;
  compressedSize: number;
}

/** Entries are dated 1980-01-01 and carry no attributes: the same members give the same bytes anywhere, at any time. */
export function createZipWriter(): ZipWriter {
  const members: Member[] = [];
  let open: Member | undefined;
  let offset = 0;

  return {
    open(label, method, declared) {
      if (open) throw new Error(`Cannot open zip member "${label}": "${open.label}" is still open`);
      if (members.some((member) => member.label === label)) throw new Error(`Cannot write two zip members "${label}"`);
      const name = new TextEncoder().encode(label);
      if (name.length === 0 || name.length > 0xffff) throw new Error(`Cannot name a zip member "${label}": expected 1 to 65535 bytes`);
      const zip64 = declared >= MEMBER_64;
      open = { name, label, method, declared, zip64, offset, crc: 0, size: 0, compressedSize: 0 };
      const header = localHeader(open);
      offset += header.length;
      return header;
    },
    add({ bytes, crc, rawLength }) {
      if (!open) throw new Error("Cannot add to a zip: no member is open");
      if (crc === undefined || rawLength === undefined) throw new Error(`Cannot add to "${open.label}": expected a CRC and a raw length`);
      open.crc = crc32Combine(open.crc, crc, rawLength);
      open.size += rawLength;
      open.compressedSize += bytes.byteLength;
    },
    close() {
      if (!open) throw new Error("Cannot close a zip member: none is open");
      const { label, declared, size, compressedSize, crc, zip64 } = open;
      if (size !== declared) throw new Error(`Cannot close zip member "${label}": expected ${declared} bytes, ${size} were added`);
      if (!zip64 && compressedSize >= ELSEWHERE) throw new Error(`Cannot close zip member "${label}": it grew to ${compressedSize} bytes`);
      const width = zip64 ? 8 : 4;
      const descriptor = record([4, DESCRIPTOR], [4, crc], [width, compressedSize], [width, size]);
      offset += compressedSize + descriptor.length;
      members.push(open);
      open = undefined;
      return descriptor;
    },
    end() {
      if (open) throw new Error(`Cannot end a zip: "${open.label}" is still open`);
      const directory = members.map(centralHeader);
      const length = directory.reduce((sum, header) => sum + header.length, 0);
      return concatenate([...directory, endRecords(members.length, length, offset)]);
    },
  };
}

function localHeader(member: Member): Uint8Array {
  // Sizes are written as zero, or as "elsewhere" with zeros there, since the descriptor after the member has them.
  const size = member.zip64 ? ELSEWHERE : 0;
  const extra = member.zip64 ? record([2, ZIP64_EXTRA], [2, 16], [8, 0], [8, 0]) : record();
  const fixed = record(
    [4, LOCAL_HEADER], ...commonFields(member, member.zip64), [4, 0], [4, size], [4, size], [2, member.name.length], [2, extra.length],
  );
  return concatenate([fixed, member.name, extra]);
}

function centralHeader(member: Member): Uint8Array {
  const { name, crc, offset, size, compressedSize } = member;
  const far = offset >= ELSEWHERE;
  const wide: Value[] = member.zip64 ? [[8, size], [8, compressedSize]] : [];
  if (far) wide.push([8, offset]);
  const extra = wide.length > 0 ? record([2, ZIP64_EXTRA], [2, wide.length * 8], ...wide) : record();
  const zip64 = wide.length > 0;
  const sizes: Value[] = member.zip64 ? [[4, ELSEWHERE], [4, ELSEWHERE]] : [[4, compressedSize], [4, size]];
  const fixed = record(
    [4, CENTRAL_HEADER], [2, zip64 ? VERSION_64 : VERSION], ...commonFields(member, zip64), [4, crc], ...sizes,
    [2, name.length], [2, extra.length], [2, 0], [2, 0], [2, 0], [4, 0], [4, far ? ELSEWHERE : offset],
  );
  return concatenate([fixed, name, extra]);
}

/** Version needed, flags, method, time and date: the same in both headers, but for an offset that only one has. */
function commonFields({ name, label, method }: Member, zip64: boolean): Value[] {
  const flags = SIZES_FOLLOW | (name.length === label.length ? 0 : UTF8_NAME);
  return [[2, zip64 ? VERSION_64 : VERSION], [2, flags], [2, zipMethods[method]], [2, 0], [2, DATE_1980_01_01]];
}

function endRecords(count: number, length: number, offset: number): Uint8Array {
  const wide = count >= ELSEWHERE_16 || length >= ELSEWHERE || offset >= ELSEWHERE;
  const end64 = record(
    [4, END64], [8, 44], [2, VERSION_64], [2, VERSION_64], [4, 0], [4, 0], [8, count], [8, count], [8, length], [8, offset],
  );
  const locator = record([4, END64_LOCATOR], [4, 0], [8, offset + length], [4, 1]);
  const short = Math.min(count, ELSEWHERE_16);
  const end = record(
    [4, END], [2, 0], [2, 0], [2, short], [2, short], [4, Math.min(length, ELSEWHERE)], [4, Math.min(offset, ELSEWHERE)], [2, 0],
  );
  return wide ? concatenate([end64, locator, end]) : end;
}
