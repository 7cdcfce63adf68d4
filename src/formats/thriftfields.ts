import { joinBytes } from "./bytes.ts";
import { integerBytes, listBytes, structBytes, varintBytes, type ThriftField } from "./thrift.ts";

// Fields of Thrift's compact protocol that are made anew, by the types of their values.
const I32 = 5;
const I64 = 6;
const BINARY = 8;
const LIST = 9;
const STRUCT = 12;

const utf8 = new TextEncoder();

/** An integer from 0 on, of 32 bits. */
export function i32Field(value: number): ThriftField {
  return { type: I32, value: integerBytes(value) };
}

/** An integer from 0 to 2^52. */
export function i64Field(value: number): ThriftField {
  return { type: I64, value: integerBytes(value) };
}

export function textField(text: string): ThriftField {
  const bytes = utf8.encode(text);
  return { type: BINARY, value: joinBytes([varintBytes(bytes.length), bytes]) };
}

/** A struct of the fields that are there, by their numbers. */
export function structField(fields: Readonly<Record<number, ThriftField | undefined>>): ThriftField {
  const found = new Map<number, ThriftField>();
  for (const [id, field] of Object.entries(fields)) if (field) found.set(Number(id), field);
  return { type: STRUCT, value: structBytes(found) };
}

/** A list of one value or more, all of one type. */
export function listField(items: readonly ThriftField[]): ThriftField {
  return { type: LIST, value: listBytes({ type: items[0]!.type, items: items.map(({ value }) => value) }) };
}
