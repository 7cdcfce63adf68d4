import { InputError } from "../data/errors.ts";
import { joinBytes } from "./bytes.ts";

// Thrift's compact protocol, as far as Parquet's footers use it: structs and lists are cut into the bytes of their
// values, and put together again from such bytes. See doc/specs/thrift-compact-protocol.md of Apache Thrift.
export const THRIFT = { i32: 5, i64: 6, binary: 8, list: 9, set: 10, struct: 12 } as const;
const MAX_DEPTH = 32;
/** How many bytes a value of that type takes; the first two are the booleans, which lie in the field's header. */
const FIXED_BYTES: Readonly<Record<number, number>> = { 1: 0, 2: 0, 3: 1, 7: 8 };
const INTEGERS: readonly number[] = [4, 5, 6];
const ITEM_FIXED_BYTES: Readonly<Record<number, number>> = { ...FIXED_BYTES, 1: 1, 2: 1 };

/** A field of a struct, its value as it is encoded. */
export interface ThriftField {
  readonly type: number;
  readonly value: Uint8Array;
}

/** The fields of a struct by number. */
export type ThriftStruct = ReadonlyMap<number, ThriftField>;

/** Items of a list, each as it is encoded. */
export interface ThriftList {
  readonly type: number;
  readonly items: readonly Uint8Array[];
}

/** Cuts a struct into its fields. Throws `InputError` when it is damaged. */
export function structOf(bytes: Uint8Array): ThriftStruct {
  const fields = new Map<number, ThriftField>();
  walkStruct(bytes, 0, 0, (id, type, from, to) => fields.set(id, { type, value: bytes.subarray(from, to) }));
  return fields;
}

/** Cuts a list into its items. Throws `InputError` when it is damaged. */
export function listOf(bytes: Uint8Array): ThriftList {
  const items: Uint8Array[] = [];
  const { type } = walkList(bytes, 0, 0, (from, to) => items.push(bytes.subarray(from, to)));
  return { type, items };
}

/** The value of an integer of any width. */
export function integerOf(bytes: Uint8Array): number {
  const { value } = readVarint(bytes, 0);
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

export function textOf(bytes: Uint8Array): string {
  const { value, end } = readVarint(bytes, 0);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(end, end + value));
}

/** Puts fields together, in ascending order of their numbers. */
export function structBytes(fields: ThriftStruct): Uint8Array {
  const parts: Uint8Array[] = [];
  let last = 0;
  for (const [id, { type, value }] of [...fields].sort(([a], [b]) => a - b)) {
    const delta = id - last;
    parts.push(delta < 16 ? Uint8Array.of((delta << 4) | type) : joinBytes([Uint8Array.of(type), integerBytes(id)]));
    parts.push(value);
    last = id;
  }
  return joinBytes([...parts, Uint8Array.of(0)]);
}

export function listBytes({ type, items }: ThriftList): Uint8Array {
  const isShort = items.length < 15;
  const header = Uint8Array.of(((isShort ? items.length : 15) << 4) | type);
  return joinBytes([header, ...(isShort ? [] : [varintBytes(items.length)]), ...items]);
}

/** The value of an integer from 0 to 2^52. */
export function integerBytes(value: number): Uint8Array {
  return varintBytes(2 * value);
}

type OnField = (id: number, type: number, from: number, to: number) => void;

function walkStruct(bytes: Uint8Array, at: number, depth: number, onField?: OnField): number {
  let id = 0;
  for (;;) {
    const header = byteAt(bytes, at++);
    if (header === 0) return at;
    const type = header & 15;
    if (header >> 4) id += header >> 4;
    else {
      const long = readVarint(bytes, at);
      [id, at] = [Math.floor(long.value / 2), long.end];
    }
    const end = skip(bytes, at, type, depth, FIXED_BYTES);
    onField?.(id, type, at, end);
    at = end;
  }
}

function walkList(bytes: Uint8Array, at: number, depth: number, onItem?: (from: number, to: number) => void) {
  const header = byteAt(bytes, at++);
  const type = header & 15;
  let count = header >> 4;
  if (count === 15) ({ value: count, end: at } = readVarint(bytes, at));
  for (let item = 0; item < count; item++) {
    const end = skip(bytes, at, type, depth, ITEM_FIXED_BYTES);
    if (end === at) throw damaged();
    onItem?.(at, end);
    at = end;
  }
  return { type, end: at };
}

/** Where a value that begins at `at` ends. */
function skip(bytes: Uint8Array, at: number, type: number, depth: number, fixed: typeof FIXED_BYTES): number {
  if (depth > MAX_DEPTH) throw damaged();
  let end: number;
  if (fixed[type] !== undefined) end = at + fixed[type];
  else if (INTEGERS.includes(type)) ({ end } = readVarint(bytes, at));
  else if (type === THRIFT.binary) {
    const length = readVarint(bytes, at);
    end = length.end + length.value;
  } else if (type === THRIFT.list || type === THRIFT.set) ({ end } = walkList(bytes, at, depth + 1));
  else if (type === THRIFT.struct) end = walkStruct(bytes, at, depth + 1);
  else throw damaged();
  if (end > bytes.length) throw damaged();
  return end;
}

function readVarint(bytes: Uint8Array, at: number): { value: number; end: number } {
  let value = 0;
  let scale = 1;
  for (let length = 0; length < 10; length++) {
    const byte = byteAt(bytes, at++);
    value += (byte & 127) * scale;
    if (byte < 128) return { value, end: at };
    scale *= 128;
  }
  throw damaged();
}

/** An integer from 0 to 2^53, without a sign. */
export function varintBytes(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Uint8Array.from([...bytes, value]);
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw damaged();
  return byte;
}

function damaged(): InputError {
  return new InputError("Not a whole Parquet file: its footer is damaged");
}
