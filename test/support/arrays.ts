import { readFileSync } from "node:fs";
import { inflateRawSync } from "node:zlib";

/** An array of uint8 in C order. */
export interface ByteArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

// Readers that share no code with the product, for small files as they are meant to be; they check nothing.

export function readNpyBytes(path: string): ByteArray {
  return npyOf(new Uint8Array(readFileSync(path)));
}

/** The members of an .npz by name. */
export function readNpzBytes(path: string): Record<string, ByteArray> {
  const bytes = new Uint8Array(readFileSync(path));
  const view = new DataView(bytes.buffer);
  const arrays: Record<string, ByteArray> = {};
  const end = bytes.length - 22; // the end record, without a comment
  let at = view.getUint32(end + 16, true);
  for (let entry = view.getUint16(end + 10, true); entry > 0; entry--) {
    const [method, stored] = [view.getUint16(at + 10, true), view.getUint32(at + 20, true)];
    const [nameLength, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    const local = view.getUint32(at + 42, true);
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength!));
    const content = bytes.subarray(start, start + stored);
    arrays[name.replace(/\.npy$/, "")] = npyOf(method === 0 ? content : new Uint8Array(inflateRawSync(content)));
    at += 46 + nameLength! + extra! + comment!;
  }
  return arrays;
}

export function readIdxBytes(path: string): ByteArray {
  const bytes = new Uint8Array(readFileSync(path));
  const view = new DataView(bytes.buffer);
  const shape = Array.from({ length: bytes[3]! }, (_, axis) => view.getUint32(4 + 4 * axis));
  return { shape, data: bytes.subarray(4 + 4 * shape.length) };
}

function npyOf(bytes: Uint8Array): ByteArray {
  const start = 10 + (bytes[8]! | (bytes[9]! << 8));
  const header = new TextDecoder("latin1").decode(bytes.subarray(10, start));
  const [, tuple] = /^\{'descr': '\|u1', 'fortran_order': False, 'shape': \(([^)]*)\), \}\s+$/.exec(header) ?? [];
  if (tuple === undefined) throw new Error(`Cannot read ${header} as an array of uint8`);
  const shape = tuple.split(",").flatMap((length) => (length.trim() === "" ? [] : [Number(length)]));
  return { shape, data: bytes.subarray(start) };
}
