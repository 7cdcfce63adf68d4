import { InputError } from "../../data/errors.ts";
import { absolutePath, isThere } from "../../runtime/files.ts";
import { listTree } from "../../runtime/foldertree.ts";
import { isKnownFormat, matcherOf } from "./glob.ts";
import type { Asked, Listing } from "./remote.ts";
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
