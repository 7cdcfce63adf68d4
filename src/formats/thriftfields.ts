import { joinBytes } from "./bytes.ts";
import { integerBytes, listBytes, structBytes, THRIFT, varintBytes, type ThriftField } from "./thrift.ts";

// Fields of Thrift's compact protocol that are made anew, by the types of their values.

const utf8 = new TextEncoder();

/** An integer from 0 on, of 32 bits. */
export function i32Field(value: number): ThriftField {
  return { type: THRIFT.i32, value: integerBytes(value) };
}

/** An integer from 0 to 2^52. */
export function i64Field(value: number): ThriftField {
  return { type: THRIFT.i64, value: integerBytes(value) };
}

export function textField(text: string): ThriftField {
  const bytes = utf8.encode(text);
  return { type: THRIFT.binary, value: joinBytes([varintBytes(bytes.length), bytes]) };
}

/** A struct of the fields that are there, by their numbers. */
export function structField(fields: Readonly<Record<number, ThriftField | undefined>>): ThriftField {
  const found = new Map<number, ThriftField>();
  for (const [id, field] of Object.entries(fields)) if (field) found.set(Number(id), field);
  return { type: THRIFT.struct, value: structBytes(found) };
}

/** A list of one value or more, all of one type. */
export function listField(items: readonly ThriftField[]): ThriftField {
  return { type: THRIFT.list, value: listBytes({ type: items[0]!.type, items: items.map(({ value }) => value) }) };
}
