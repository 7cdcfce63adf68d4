import { InputError } from "../../data/errors.ts";
import { openFile, removeFile, splitPath } from "../../runtime/files.ts";
import { fileState } from "../../runtime/foldertree.ts";
import { syncFolder } from "../../runtime/partfile.ts";
import { openSink } from "../../runtime/sink.ts";
import type { FileRecord, RemoteFile } from "./remote.ts";

const READ_BYTES = 1 << 20;

/** Copies a local file to `path`; it has its name when all of it is there and nobody changed the original meanwhile. */
export async function copyFile(
  { path: name, url, from }: RemoteFile,
  path: string,
  onProgress: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<FileRecord> {
  const before = fileState(from as string);
  const source = await openFile(from as string);
  try {
    const partPath = `${path}.part`;
    removeFile(partPath); // somebody may have put a link there
    const sink = openSink(path, { partPath, checksum: true });
    try {
      for (let at = 0; at < source.byteLength; at += READ_BYTES) {
        signal?.throwIfAborted();
        await sink.write({ bytes: await source.read(at, Math.min(READ_BYTES, source.byteLength - at)) });
        onProgress(Math.min(at + READ_BYTES, source.byteLength));
      }
      const finished = await sink.finish();
      if (fileState(from as string) !== before) {
        finished.discard();
        throw new InputError(`Cannot copy ${url}: it changed meanwhile`);
      }
      finished.publish();
      syncFolder(splitPath(path).folder);
      return { path: name, url, bytes: finished.bytes, sha256: finished.sha256! };
    } catch (error) {
      await sink.abort();
      throw error;
    }
  } finally {
    await source.close();
  }
}
