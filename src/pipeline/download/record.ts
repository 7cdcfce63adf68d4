import { InputError } from "../../data/errors.ts";
import { PACKAGE_NAME, VERSION } from "../../data/version.ts";
import { recordDate } from "../../runtime/environment.ts";
import { fileLength, openFile, readTextIfThere, sha256OfFile, writeWhole } from "../../runtime/files.ts";
import { asFields, isCount } from "../../data/fields.ts";
import { EXPORT_REVISION } from "./parquetexport.ts";
import type { Asked, FileRecord, Revision } from "./remote.ts";
import { RECORD_NAME, safePath } from "./safepath.ts";

/** `dataset.json` of a raw dataset: what it is, and that it is complete. */
export interface DatasetRecord {
  readonly source: string;
  /** What it is called in paths, before characters are replaced. */
  readonly dataset: string;
  /** At its source: its name there, its URL or its path. */
  readonly name: string;
  readonly revision: Revision | null;
  readonly split: string | null;
  /** What chose its files; null for those of known formats. */
  readonly pattern: string | null;
  readonly files: readonly FileRecord[];
  readonly created_at: string;
  readonly tool: { readonly package: string; readonly version: string };
}

/** What two runs must agree on to make the same dataset. */
export type DatasetIdentity = Pick<DatasetRecord, "source" | "dataset" | "name" | "split" | "pattern">;

/** The record of a folder; undefined where there is none. Throws `InputError` for one that cannot be understood. */
export function readRecord(folder: string): DatasetRecord | undefined {
  const path = `${folder}/${RECORD_NAME}`;
  const text = readTextIfThere(path);
  if (text === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new InputError(`${path} is not JSON: remove it, or give --force`, { cause });
  }
  const { source, dataset, name, files } = asFields(json) ?? {};
  const isRecord = [source, dataset, name].every((part) => typeof part === "string") && Array.isArray(files);
  if (!isRecord || !files.every(isFileRecord))
    throw new InputError(`${path} is no record of a download: remove it, or give --force`);
  return json as DatasetRecord;
}

function isFileRecord(value: unknown): value is FileRecord {
  const { path, url, bytes, sha256 } = asFields(value) ?? {};
  if (typeof path !== "string" || typeof url !== "string" || !isCount(bytes) || typeof sha256 !== "string")
    return false;
  try {
    return safePath(path) === path;
  } catch {
    return false;
  }
}

/** A file as an earlier run noted it; undefined where the note is none. */
export function fileRecordOf(entry: unknown): FileRecord | undefined {
  return isFileRecord(entry) ? entry : undefined;
}

/** Writes it last: a dataset without it is unfinished. */
export function writeRecord(
  folder: string,
  identity: DatasetIdentity,
  revision: Revision | null,
  files: readonly FileRecord[],
): DatasetRecord {
  const { source, dataset, name, split, pattern } = identity;
  const record: DatasetRecord = {
    ...{ source, dataset, name, revision, split, pattern, files, created_at: recordDate() },
    tool: { package: PACKAGE_NAME, version: VERSION },
  };
  writeWhole(`${folder}/${RECORD_NAME}`, `${JSON.stringify(record, null, 2)}\n`);
  return record;
}

/** What is found at these where no revision is asked for. */
const USUAL_REVISIONS = ["main", EXPORT_REVISION, "newest"];

/** Throws `InputError` where a folder holds another dataset than the one that is asked for. */
export function checkIdentity(
  folder: string,
  found: DatasetIdentity & { readonly revision: Revision | null },
  asked: DatasetIdentity,
  revision: string | undefined,
): void {
  for (const key of ["source", "name", "split", "pattern"] as const) {
    if (found[key] === asked[key]) continue;
    const [there, wanted] = [found, asked].map((each) => each[key] ?? "none");
    throw foreign(folder, key === "pattern" ? "--files" : key, there!, wanted!);
  }
  const there = found.revision?.asked;
  if (there !== undefined && !(revision === undefined ? USUAL_REVISIONS : [revision]).includes(there))
    throw foreign(folder, "revision", there, revision ?? "the usual one");
}

function foreign(folder: string, what: string, there: string, wanted: string): InputError {
  return new InputError(
    `${folder} holds a dataset with ${what} ${there}, not ${wanted}: give another --root, or --force to replace it`,
  );
}

/** Whether the file is there with that length and SHA-256; `onBytes` is told what was hashed. */
export async function isRight(
  path: string,
  { bytes, sha256 }: FileRecord,
  onBytes: (count: number) => void,
  signal?: AbortSignal,
): Promise<boolean> {
  if (fileLength(path) !== bytes) return false;
  const file = await openFile(path);
  try {
    const sum = await sha256OfFile(file, (count) => {
      signal?.throwIfAborted();
      onBytes(count);
    });
    return sum === sha256;
  } finally {
    await file.close();
  }
}

/** What is asked for, as records tell it. */
export function identityOf(
  { source, split, pattern }: Asked,
  { dataset, name }: { dataset: string; name: string },
): DatasetIdentity {
  return { source, dataset, name, split: split ?? null, pattern: pattern ?? null };
}
