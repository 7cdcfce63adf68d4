import { InputError } from "../data/errors.ts";
import { RECORD_NAME } from "../pipeline/download/safepath.ts";
import { fileLength, openFile, readTextIfThere, sha256OfFile, splitPath } from "../runtime/files.ts";
import { asFields, fieldsIn, isCount } from "../data/fields.ts";

/** What a raw or processed dataset says of its files. */
export interface FilesRecord {
  readonly folder: string;
  readonly files: readonly ListedFile[];
  readonly bytes: number;
}

export interface VerifyFilesOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes of how many were hashed. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * The record of a raw or processed dataset, by its folder or itself; undefined where there is none, but perhaps a manifest of
 * another dataset. Throws `InputError` for one that cannot be understood.
 */
export function readFilesRecord(place: string): FilesRecord | undefined {
  const isFile = fileLength(place) !== undefined;
  if (isFile && splitPath(place).name !== RECORD_NAME) return undefined;
  const folder = isFile ? splitPath(place).folder : place;
  const path = `${folder}/${RECORD_NAME}`;
  const { files, tool, recipe } = fieldsIn(readTextIfThere(path) ?? "") ?? {};
  if (!Array.isArray(files) || tool === undefined || recipe !== undefined) return undefined;
  if (!files.every(isListed)) throw new InputError(`${path} is no record of a dataset`);
  return { folder, files, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** Checks length and SHA-256 of each file; the faults, one line each. */
export async function verifyFiles(
  { folder, files, bytes: total }: FilesRecord,
  { signal, onProgress }: VerifyFilesOptions = {},
): Promise<string[]> {
  const faults: string[] = [];
  let done = 0;
  for (const file of files) {
    const fault = await faultOf(`${folder}/${file.path}`, file, (count) => {
      signal?.throwIfAborted();
      onProgress?.((done += count), total);
    });
    if (fault !== undefined) faults.push(`${file.path}: ${fault}`);
  }
  return faults;
}

interface ListedFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

function isListed(value: unknown): value is ListedFile {
  const { path, bytes, sha256 } = asFields(value) ?? {};
  const isInside = typeof path === "string" && path.split(/[/\\]/).every((part) => part !== ".." && part !== "");
  return isInside && isCount(bytes) && typeof sha256 === "string";
}

async function faultOf(
  path: string,
  { bytes, sha256 }: ListedFile,
  onBytes: (count: number) => void,
): Promise<string | undefined> {
  try {
    const file = await openFile(path);
    try {
      if (file.byteLength !== bytes) return `${file.byteLength} bytes, expected ${bytes}`;
      const sum = await sha256OfFile(file, onBytes);
      return sum === sha256 ? undefined : `SHA-256 ${sum}, expected ${sha256}`;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.message;
  }
}
