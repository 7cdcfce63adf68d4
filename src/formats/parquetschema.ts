import { toArrow, type ArrowColumn } from "./arrow.ts";
import { base64Into, base64Length } from "./base64.ts";
import { i32Field, listField, structField, textField } from "./thriftfields.ts";
import type { ThriftField } from "./thrift.ts";

/** Columns that `encodeRowGroup` writes; no value is missing. */
export type WrittenColumn = Extract<ArrowColumn, { readonly type: keyof typeof PHYSICAL_TYPES }>;

/** Types of parquet.thrift, by what columns hold. */
export const PHYSICAL_TYPES = { int32: 1, float32: 4, "float32[]": 4, string: 6 } as const;

const REQUIRED = 0;
const REPEATED = 2;
const CONVERTED = { string: 0, list: 3 };
const LOGICAL = { string: 1, list: 3 };

interface Element {
  readonly name: string;
  readonly repetition?: number;
  readonly children?: number;
  readonly physical?: number;
  readonly kind?: keyof typeof LOGICAL;
}

/** The names from a column down to its values. */
export function pathOf({ name, type }: WrittenColumn): readonly string[] {
  return type === "float32[]" ? [name, "list", "element"] : [name];
}

/** The schema of a footer: a tree of elements, each before its children. */
export function schemaField(columns: readonly WrittenColumn[]): ThriftField {
  const elements: Element[] = [{ name: "schema", children: columns.length }];
  for (const { name, type } of columns) {
    const physical = PHYSICAL_TYPES[type];
    if (type !== "float32[]") {
      elements.push({ name, repetition: REQUIRED, physical, ...(type === "string" ? { kind: type } : {}) });
    } else {
      elements.push({ name, repetition: REQUIRED, children: 1, kind: "list" });
      elements.push({ name: "list", repetition: REPEATED, children: 1 });
      elements.push({ name: "element", repetition: REQUIRED, physical });
    }
  }
  return listField(elements.map(elementField));
}

function elementField({ name, repetition, children, physical, kind }: Element): ThriftField {
  const some = (value: number | undefined) => (value === undefined ? undefined : i32Field(value));
  return structField({
    1: some(physical),
    3: some(repetition),
    4: textField(name),
    5: some(children),
    6: some(kind && CONVERTED[kind]),
    10: kind && structField({ [LOGICAL[kind]]: structField({}) }),
  });
}

const MESSAGE_HEAD_BYTES = 8; // of an Arrow message: a mark, and its length

/**
 * What Parquet cannot say of its columns, such as that all lists have one length, as Arrow's readers look for it: the
 * schema as an Arrow message in base64, under their key.
 */
export function arrowSchemaField(columns: readonly WrittenColumn[]): ThriftField {
  const without = columns.map((column) => ({ ...column, values: column.values.slice(0, 0) }) as ArrowColumn);
  const { bytes } = toArrow(without, Infinity, new Map());
  const length = new DataView(bytes.buffer, bytes.byteOffset).getInt32(4, true);
  const message = bytes.subarray(0, MESSAGE_HEAD_BYTES + length);
  const base64 = new Uint8Array(base64Length(message.length));
  base64Into(base64, 0, message);
  return structField({ 1: textField("ARROW:schema"), 2: textField(new TextDecoder().decode(base64)) });
}
