import { InputError } from "../data/errors.ts";
import type { ByteSource } from "../data/format.ts";
import { openFile, type OpenFile } from "./files.ts";

/** Files that are read one after the other; close them. */
export interface FilesInTurn {
  readonly sources: readonly ByteSource[];
  /** Of all of them. */
  readonly byteLength: number;
  close(): Promise<void>;
}

/**
 * Files of which only the one that is read is open, however many there are. Throws `InputError` where one cannot be read,
 * and reading does so where one has another length than before.
 */
export async function openInTurn(paths: readonly string[]): Promise<FilesInTurn> {
  let current: { readonly path: string; readonly file: OpenFile } | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const letGo = async (): Promise<void> => {
    const { file } = current ?? {};
    current = undefined;
    await file?.close();
  };
  const opened = async (path: string): Promise<OpenFile> => {
    if (current?.path === path) return current.file;
    await letGo();
    current = { path, file: await openFile(path) };
    return current.file;
  };
  /** Readings that overlap would close each other's files. */
  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    const turn = last.then(act);
    last = turn.catch(() => {});
    return turn;
  };
  const sourceOf = async (path: string): Promise<ByteSource> => {
    const { byteLength } = await opened(path);
    return {
      byteLength,
      read: (offset, length) =>
        inTurn(async () => {
          const file = await opened(path);
          if (file.byteLength === byteLength) return file.read(offset, length);
          throw new InputError(`${path} was changed while it was read: it had ${byteLength} bytes`);
        }),
    };
  };
  const sources: ByteSource[] = [];
  try {
    for (const path of paths) sources.push(await sourceOf(path));
  } catch (error) {
    await letGo();
    throw error;
  }
  return {
    sources,
    byteLength: sources.reduce((sum, { byteLength }) => sum + byteLength, 0),
    close: () => inTurn(letGo),
  };
}
