import { bytesOf } from "../data/dtype.ts";
import { InputError } from "../data/errors.ts";
import type { InputRecord, Manifest } from "../data/manifest.ts";
import { pathFrom, sha256 } from "../runtime/files.ts";
import { readWholeVectors } from "./readvectors.ts";

const MAX_BYTES = 2 ** 29;

/** Vectors that rows are made from. */
export interface InputVectors {
  /** Shape (rows, dim), row-major. */
  readonly values: Float32Array;
  readonly dim: number;
  /** Of the values, lower-case hexadecimal: the same for the same values in another format. */
  readonly sha256: string;
}

/** Reads a small file of vectors whole. Throws `InputError` when it cannot be read, is empty, or has a value that is not finite. */
export async function readInputVectors(path: string): Promise<InputVectors> {
  const { data, dim } = await readWholeVectors(path, MAX_BYTES);
  return { values: data, dim, sha256: sha256(bytesOf(data)) };
}

/** The record of an input, for a manifest in that folder. */
export function inputRecord(name: string, path: string, sum: string, folder: string): InputRecord {
  return { name, path: pathFrom(folder, path), sha256: sum };
}

/** The values of an input of a manifest in that folder. Throws `InputError` when they are not there any more, or others. */
export async function readInput(manifest: Manifest, name: string, sum: string, folder: string): Promise<Float32Array> {
  const record = manifest.inputs?.find((input) => input.name === name);
  if (!record) throw new InputError(`The manifest does not say where its ${name} are`);
  const input = await readInputVectors(`${folder}/${record.path}`).catch((cause: unknown) => {
    if (!(cause instanceof InputError)) throw cause;
    throw new InputError(`Without the ${name} the rows cannot be made again: ${cause.message}`, { cause });
  });
  if (input.sha256 !== sum)
    throw new InputError(`${record.path} does not hold the ${name} that the dataset was made from`);
  return input.values;
}
