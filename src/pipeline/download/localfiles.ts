import { InputError } from "../../data/errors.ts";
import { absolutePath, isThere, readTextIfThere, splitPath } from "../../runtime/files.ts";
import { listTree, type TreeFile } from "../../runtime/foldertree.ts";
import { fieldsIn } from "../../data/fields.ts";
import { isKnownFormat, matcherOf } from "./glob.ts";
import { isRight } from "./record.ts";
import type { Asked, FileRecord, Listing } from "./remote.ts";
import { RECORD_NAME, safePath } from "./safepath.ts";

/** A file, or the files of a folder; `folder` is where they will go. */
export function listLocal({ name, pattern }: Asked, folder: string): Listing {
  if (!isThere(name)) throw new InputError(`Cannot find ${name}: no such file or folder`);
  const { isFolder, files } = filesAt(name, pattern);
  if (isFolder && `${absolutePath(folder)}/`.startsWith(`${absolutePath(name).replace(/\/$/, "")}/`))
    throw new InputError(`Cannot copy ${name}: ${folder}, where it would go, lies in it`);
  return {
    ...{ revision: null, headers: {}, explain: () => undefined, notes: [] },
    files: files.map(({ path, absolute, byteLength }) => ({
      path: safePath(path),
      url: absolute,
      from: absolute,
      bytes: byteLength,
    })),
  };
}

/**
 * A file, or the files below a folder that match: without a pattern those of known formats but what `download` and
 * `--preprocess` wrote about the others. The same for who copies a folder and who reads it where it is.
 */
export function filesAt(name: string, pattern?: string): ReturnType<typeof listTree> {
  const { isFolder, files } = listTree(name);
  const isTaken = ({ path, absolute }: TreeFile) => isKnownFormat(path) && !isRecord(absolute);
  const matches = pattern === undefined ? undefined : matcherOf(pattern);
  if (matches) return { isFolder, files: files.filter(({ path }) => matches(path)) };
  return { isFolder, files: isFolder ? files.filter(isTaken) : files };
}

/** Whether a file of JSON is what we wrote about the files beside it. */
function isRecord(path: string): boolean {
  if (splitPath(path).name !== RECORD_NAME) return false;
  return Array.isArray(fieldsIn(readTextIfThere(path) ?? "")?.["files"]);
}

/**
 * The originals that are no longer what was copied of them, with those that are new or gone; none where there is no original
 * at all. `onBytes` is told what was hashed.
 */
export async function changedOriginals(
  asked: Asked,
  folder: string,
  copied: readonly FileRecord[],
  onBytes: (count: number) => void,
  signal?: AbortSignal,
): Promise<string[]> {
  if (copied.length === 0 || !isThere(asked.name)) return [];
  const { files } = listLocal(asked, folder);
  const records = new Map(copied.map((file) => [file.path, file]));
  const changed: string[] = [];
  for (const { path, url } of files) {
    const record = records.get(path);
    records.delete(path);
    if (!record || !(await isRight(url, record, onBytes, signal))) changed.push(url);
  }
  return [...changed, ...[...records.values()].map(({ url }) => url)];
}
