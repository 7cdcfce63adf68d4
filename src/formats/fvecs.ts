import { InputError } from "../data/errors.ts";
import type { ByteSource } from "../data/format.ts";
import type { VectorFile } from "../data/vectors.ts";
import { alignedTo } from "./floats.ts";
import { checkShape, fixedLengthVectors } from "./vectorrows.ts";
import { viewOf } from "./zipdirectory.ts";

// Corpus-texmex's .fvecs and .bvecs: before each row its number of values as an int32, then the values, little-endian.
const DIM_BYTES = 4;

/** The float32 rows of an .fvecs. Throws `InputError` when it is none. */
export async function openFvecs(source: ByteSource): Promise<VectorFile> {
  const layout = await layoutOf("fvecs", source, 4);
  const { dim } = layout;
  return fixedLengthVectors(source, layout, (bytes, start, rows) => {
    checkDims(bytes, start, rows, layout);
    const { buffer, byteOffset } = alignedTo(4, bytes);
    const values = new Float32Array(buffer as ArrayBuffer, byteOffset, rows * (1 + dim));
    for (let row = 0; row < rows; row++) values.copyWithin(row * dim, row * (1 + dim) + 1, (row + 1) * (1 + dim));
    return values.subarray(0, rows * dim);
  });
}

/** The uint8 rows of a .bvecs. Throws `InputError` when it is none. */
export async function openBvecs(source: ByteSource): Promise<VectorFile> {
  const layout = await layoutOf("bvecs", source, 1);
  const { dim, rowBytes } = layout;
  return fixedLengthVectors(source, layout, (bytes, start, rows) => {
    checkDims(bytes, start, rows, layout);
    const values = new Float32Array(rows * dim);
    for (let row = 0; row < rows; row++)
      values.set(bytes.subarray(row * rowBytes + DIM_BYTES, (row + 1) * rowBytes), row * dim);
    return values;
  });
}

async function layoutOf(kind: string, source: ByteSource, itemBytes: number) {
  if (source.byteLength < DIM_BYTES)
    throw new InputError(`Not a .${kind} file: ${source.byteLength} bytes, expected at least ${DIM_BYTES}`);
  const dim = viewOf(await source.read(0, DIM_BYTES)).getInt32(0, true);
  checkShape(1, dim);
  const rowBytes = DIM_BYTES + dim * itemBytes;
  if (source.byteLength % rowBytes !== 0) {
    throw new InputError(
      `It has ${source.byteLength} bytes, expected a multiple of ${rowBytes} for vectors of ${dim} values`,
    );
  }
  return { kind, dim, rows: source.byteLength / rowBytes, offset: 0, rowBytes };
}

function checkDims(
  bytes: Uint8Array,
  start: number,
  rows: number,
  { dim, rowBytes }: { readonly dim: number; readonly rowBytes: number },
): void {
  const view = viewOf(bytes);
  for (let row = 0; row < rows; row++) {
    const found = view.getInt32(row * rowBytes, true);
    if (found !== dim) throw new InputError(`Row ${start + row} has ${found} values, expected ${dim} as in row 0`);
  }
}
