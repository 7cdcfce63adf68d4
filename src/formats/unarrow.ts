import { Precision, tableFromIPC, Type, type Batch, type DataType } from "@uwdata/flechette";
import { InputError } from "../data/errors.ts";
import type { ArrowColumn, ArrowValues, Slices } from "./arrow.ts";
import { joinBytes } from "./bytes.ts";

/** The columns of an Arrow IPC stream. Throws `InputError` when one has nulls or a type that is not `ArrowColumn`'s. */
export function fromArrow(stream: Uint8Array): ArrowColumn[] {
  const { names, children } = tableFromIPC(stream);
  return children.map(({ type, data }, at) => {
    const name = String(names[at]);
    const values = valuesOf(type, data as readonly Stored[]);
    if (!values)
      throw new InputError(`Cannot read column "${name}": it has values that are missing or of another type`);
    return { name, ...values };
  });
}

/** A batch as it is stored; its arrays may be longer than what belongs to it. */
type Stored = Batch<unknown>;

function valuesOf(type: DataType, batches: readonly Stored[]): ArrowValues | undefined {
  if (batches.some(({ nullCount }) => nullCount > 0)) return undefined;
  switch (type.typeId) {
    case Type.Int:
    case Type.Float: {
      const kind = numberKind(type);
      return kind && numbers(kind, batches);
    }
    case Type.Utf8:
      return { type: "string", values: textsOf(batches) };
    case Type.Binary:
      return { type: "binary", values: slicesOf(batches) };
    case Type.FixedSizeList: {
      const items = valuesOf(type.children[0]!.type, childrenOf(batches, 0));
      if (items?.type === "uint8") return { ...items, type: "uint8[]", length: type.stride };
      if (items?.type === "float32") return { ...items, type: "float32[]", length: type.stride };
      return undefined;
    }
    case Type.Struct: {
      if (type.children.map(({ name }) => name).join() !== "bytes,path") return undefined;
      const [bytes, path] = type.children.map((child, at) => valuesOf(child.type, childrenOf(batches, at)));
      if (bytes?.type !== "binary" || path?.type !== "string") return undefined;
      return { type: "image", values: { bytes: bytes.values, path: path.values } };
    }
    default:
      return undefined;
  }
}

const arrays = { uint8: Uint8Array, int32: Int32Array, int64: BigInt64Array, float32: Float32Array };

function numberKind(type: DataType): keyof typeof arrays | undefined {
  if (type.typeId === Type.Float) return type.precision === Precision.SINGLE ? "float32" : undefined;
  if (type.typeId !== Type.Int) return undefined;
  const name = `${type.signed ? "int" : "uint"}${type.bitWidth}`;
  return name === "uint8" || name === "int32" || name === "int64" ? name : undefined;
}

function numbers(kind: keyof typeof arrays, batches: readonly Stored[]): ArrowValues {
  const parts = batches.map(({ values, length }) => {
    const { buffer, byteOffset, BYTES_PER_ELEMENT } = values;
    return new Uint8Array(buffer as ArrayBuffer, byteOffset, length * BYTES_PER_ELEMENT);
  });
  const { buffer } = joinBytes(parts);
  return { type: kind, values: new arrays[kind](buffer as ArrayBuffer) } as ArrowValues;
}

function slicesOf(batches: readonly Stored[]): Slices {
  const count = batches.reduce((sum, { length }) => sum + length, 0);
  const offsets = new Int32Array(count + 1);
  let value = 0;
  const parts = batches.map(({ length, offsets: ends, values }) => {
    const [first, base] = [Number(ends[0] ?? 0), offsets[value]!];
    for (let i = 1; i <= length; i++) offsets[++value] = base + Number(ends[i]) - first;
    return (values as Uint8Array).subarray(first, Number(ends[length] ?? 0));
  });
  return { bytes: joinBytes(parts), offsets };
}

function textsOf(batches: readonly Stored[]): string[] {
  const { bytes, offsets } = slicesOf(batches);
  const utf8 = new TextDecoder("utf-8", { ignoreBOM: true }); // it may be a part of a text
  return Array.from({ length: offsets.length - 1 }, (_, i) => utf8.decode(bytes.subarray(offsets[i], offsets[i + 1])));
}

function childrenOf(batches: readonly Stored[], at: number): Stored[] {
  return batches.map(({ children }) => children[at]!);
}
