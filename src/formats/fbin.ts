import { InputError } from "../data/errors.ts";
import type { ByteSource } from "../data/format.ts";
import type { VectorFile } from "../data/vectors.ts";
import { floatTypes } from "./floats.ts";
import { fixedLengthVectors } from "./vectorrows.ts";
import { viewOf } from "./zipdirectory.ts";

const HEADER_BYTES = 8;

/**
 * The rows of an .fbin, the format of big-ann-benchmarks: uint32 rows, uint32 dim, then float32 values, little-endian.
 * Throws `InputError` when its length is not what these say.
 */
export async function openFbin(source: ByteSource): Promise<VectorFile> {
  if (source.byteLength < HEADER_BYTES)
    throw new InputError(`Not an .fbin file: ${source.byteLength} bytes, expected at least ${HEADER_BYTES}`);
  const header = viewOf(await source.read(0, HEADER_BYTES));
  const [rows, dim] = [header.getUint32(0, true), header.getUint32(4, true)];
  const { itemBytes, toFloat32 } = floatTypes["<f4"]!;
  const layout = { kind: "fbin", dim, rows, offset: HEADER_BYTES, rowBytes: dim * itemBytes };
  return fixedLengthVectors(source, layout, toFloat32);
}
