/** An item type of binary floating-point numbers. */
export interface FloatType {
  readonly itemBytes: number;
  /** The items rounded to float32, ties to even; may overwrite `bytes` and be a view of them. */
  toFloat32(bytes: Uint8Array): Float32Array;
}

/** Float types by NumPy's names; those that begin with `>` are big-endian. */
export const floatTypes: Readonly<Record<string, FloatType>> = {
  "<f2": { itemBytes: 2, toFloat32: fromHalf },
  "<f4": { itemBytes: 4, toFloat32: fromSingle },
  "<f8": { itemBytes: 8, toFloat32: fromDouble },
  ">f2": { itemBytes: 2, toFloat32: (bytes) => fromHalf(reverseItems(bytes, 2)) },
  ">f4": { itemBytes: 4, toFloat32: (bytes) => fromSingle(reverseItems(bytes, 4)) },
  ">f8": { itemBytes: 8, toFloat32: (bytes) => fromDouble(reverseItems(bytes, 8)) },
};

function fromSingle(bytes: Uint8Array): Float32Array {
  const { buffer, byteOffset, byteLength } = alignedTo(4, bytes);
  return new Float32Array(buffer as ArrayBuffer, byteOffset, byteLength / 4);
}

function fromDouble(bytes: Uint8Array): Float32Array {
  const { buffer, byteOffset, byteLength } = alignedTo(8, bytes);
  return Float32Array.from(new Float64Array(buffer, byteOffset, byteLength / 8));
}

let halves: Float32Array | undefined;

function fromHalf(bytes: Uint8Array): Float32Array {
  halves ??= Float32Array.from({ length: 1 << 16 }, (_, bits) => halfValue(bits));
  const { buffer, byteOffset, byteLength } = alignedTo(2, bytes);
  const items = new Uint16Array(buffer, byteOffset, byteLength / 2);
  const values = new Float32Array(items.length);
  for (let i = 0; i < values.length; i++) values[i] = halves[items[i]!]!;
  return values;
}

/** The value of an IEEE 754 binary16: sign, 5 bits of exponent, 10 of fraction. */
function halfValue(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const sign = bits >> 15 ? -1 : 1;
  if (exponent === 31) return fraction ? Number.NaN : sign * Infinity;
  if (exponent === 0) return (sign * fraction) / 2 ** 24;
  const scale = exponent < 25 ? 1 / (1 << (25 - exponent)) : 1 << (exponent - 25);
  return sign * (1024 + fraction) * scale;
}

function reverseItems(bytes: Uint8Array, itemBytes: number): Uint8Array {
  for (let at = 0; at < bytes.length; at += itemBytes) {
    for (let low = at, high = at + itemBytes - 1; low < high; low++, high--) {
      [bytes[low], bytes[high]] = [bytes[high]!, bytes[low]!];
    }
  }
  return bytes;
}

/** The same bytes, at an address that a typed array of items of `itemBytes` may begin at. */
export function alignedTo(itemBytes: number, bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % itemBytes === 0 ? bytes : bytes.slice();
}
