import { InputError } from "../data/errors.ts";
import type { ByteSource } from "../data/format.ts";
import type { VectorFile } from "../data/vectors.ts";
import { floatTypes } from "./floats.ts";
import { readNpyDescription, type NpyDescription } from "./npy.ts";
import { fixedLengthVectors } from "./vectorrows.ts";

/** Whether an array is one of vectors: floating-point numbers of shape (rows, dim). */
export function isVectorArray({ descr, shape }: NpyDescription): boolean {
  return Object.hasOwn(floatTypes, descr) && shape.length === 2;
}

/** The rows of a .npy of vectors. Throws `InputError` when it is another array, or in Fortran order. */
export async function openNpyVectors(source: ByteSource): Promise<VectorFile> {
  const description = await readNpyDescription(source);
  const { descr, shape, fortranOrder, byteLength } = description;
  if (!isVectorArray(description)) {
    throw new InputError(
      `An array of ${descr} of shape (${shape.join(", ")}) has no vectors: expected floats of shape (rows, dim)`,
    );
  }
  if (fortranOrder) {
    throw new InputError("The array is in Fortran order, expected C order: save numpy.ascontiguousarray of it");
  }
  const [rows, dim] = shape as [number, number];
  const { itemBytes, toFloat32 } = floatTypes[descr]!;
  const layout = { kind: "npy", dim, rows, offset: byteLength, rowBytes: dim * itemBytes };
  return fixedLengthVectors(source, layout, toFloat32);
}
