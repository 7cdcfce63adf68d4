/** The element types that rows are made of, by their NumPy names: the one table that knows them. */
export const dtypes = {
  "|u1": { bytes: 1, array: Uint8Array },
  "|i1": { bytes: 1, array: Int8Array },
  "<u2": { bytes: 2, array: Uint16Array },
  "<i2": { bytes: 2, array: Int16Array },
  "<u4": { bytes: 4, array: Uint32Array },
  "<i4": { bytes: 4, array: Int32Array },
  "<f4": { bytes: 4, array: Float32Array },
  "<u8": { bytes: 8, array: BigUint64Array },
  "<i8": { bytes: 8, array: BigInt64Array },
  "<f8": { bytes: 8, array: Float64Array },
} as const;

export type DType = keyof typeof dtypes;

/** The arrays of `dtypes`, over any buffer. */
export type TypedArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | BigUint64Array
  | BigInt64Array
  | Float64Array;

export function isDType(name: string): name is DType {
  return Object.hasOwn(dtypes, name);
}

/** The bytes of a typed array, without copying. */
export function bytesOf(array: TypedArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
