import { InputError } from "../../data/errors.ts";
import { absolutePath, isThere } from "../../runtime/files.ts";
import { listTree } from "../../runtime/foldertree.ts";
import { isKnownFormat, matcherOf } from "./glob.ts";
import { isRight } from "./record.ts";
import type { Asked, FileRecord, Listing } from "./remote.ts";
import { safePath } from "./safepath.ts";

/** A file, or the files of a folder; `folder` is where they will go. */
export function listLocal({ name, pattern }: Asked, folder: string): Listing {
  if (!isThere(name)) throw new InputError(`Cannot find ${name}: no such file or folder`);
  const { isFolder, files } = listTree(name);
  if (isFolder && `${absolutePath(folder)}/`.startsWith(`${absolutePath(name).replace(/\/$/, "")}/`))
    throw new InputError(`Cannot copy ${name}: ${folder}, where it would go, lies in it`);
  const matches = pattern === undefined ? (isFolder ? isKnownFormat : () => true) : matcherOf(pattern);
  return {
    ...{ revision: null, headers: {}, explain: () => undefined, notes: [] },
    files: files
      .filter(({ path }) => matches(path))
      .map(({ path, absolute, byteLength }) => ({
        path: safePath(path),
        url: absolute,
        from: absolute,
        bytes: byteLength,
      })),
  };
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
