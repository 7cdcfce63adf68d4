import { Type, type DataType } from "@uwdata/flechette";
import { textOfUtf8 } from "./rows.ts";

const BINARY: readonly number[] = [Type.Binary, Type.LargeBinary, Type.BinaryView, Type.FixedSizeBinary];

/** What JSON has for a value as the Arrow reader gives it: see `readParquetRows`. */
export function jsonOfValue(value: unknown, type: DataType): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : null;
    case "bigint": {
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : String(value);
    }
    case "object":
      return value === null ? null : jsonOfObject(value, type);
    default:
      return null;
  }
}

function jsonOfObject(value: object, type: DataType): unknown {
  if (BINARY.includes(type.typeId)) return textOfUtf8(value as Uint8Array) ?? null;
  if ("toISOString" in value) {
    const time = value as { toISOString(): string; getTime(): number };
    return Number.isNaN(time.getTime()) ? null : time.toISOString();
  }
  return Array.from(value as Iterable<unknown>, (item) => jsonOfValue(item, itemTypeOf(type)!));
}

/** Of what a list is; undefined for anything else. */
export function itemTypeOf(type: DataType): DataType | undefined {
  return (type as { readonly children?: readonly { readonly type: DataType }[] }).children?.[0]?.type;
}
