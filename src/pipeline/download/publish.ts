import { InputError } from "../../data/errors.ts";
import type { ZipEntry } from "../../formats/zipdirectory.ts";
import { openFile, publishFile, removeFile, splitPath, type OpenFile } from "../../runtime/files.ts";
import { syncFolder } from "../../runtime/partfile.ts";
import { openSink, type FinishedFile } from "../../runtime/sink.ts";
import type { Part } from "./part.ts";
import type { FileRecord, RemoteFile } from "./remote.ts";

/** Gives a complete and checked file its name, and tells of it; a zip that the server put around it is taken off. */
export async function publish(file: RemoteFile, part: Part, path: string, signal?: AbortSignal): Promise<FileRecord> {
  const came = { bytes: part.byteLength, sha256: part.digest("sha256") };
  const { etag, modified } = part.version ?? {};
  const about = {
    ...(etag === undefined ? {} : { etag }),
    ...(modified === undefined ? {} : { last_modified: modified }),
  };
  await part.seal();
  const inner = file.mayBeWrapped ? await unwrapped(file.path, path, signal) : undefined;
  if (file.mayBeWrapped && ![undefined, came.bytes, inner?.bytes].includes(file.bytes)) {
    inner?.discard();
    part.remove();
    throw new Error(`Cannot download ${file.path}: ${inner?.bytes ?? came.bytes} bytes came, expected ${file.bytes}`);
  }
  if (inner) inner.publish();
  else publishFile(`${path}.part`, path);
  part.remove();
  syncFolder(splitPath(path).folder);
  const { bytes, sha256 } = inner ? { bytes: inner.bytes, sha256: inner.sha256! } : came;
  const received = inner ? { received: { as: "zip", ...came } as const } : {};
  return { path: file.path, url: file.url, bytes, sha256, ...about, ...received };
}

/**
 * The file in a zip that has the file's own name in it and nothing else: Kaggle sends single files so. Undefined where it is
 * no such zip, and where a zip was asked for.
 */
async function unwrapped(name: string, path: string, signal?: AbortSignal): Promise<FinishedFile | undefined> {
  if (/\.zip$/i.test(name)) return undefined;
  const source = await openFile(`${path}.part`);
  try {
    const entry = await onlyMember(source, splitPath(name).name);
    return entry && (await extract(source, entry, path, signal));
  } finally {
    await source.close();
  }
}

const ZIP_BEGIN = "PK\x03\x04";

async function onlyMember(source: OpenFile, name: string): Promise<ZipEntry | undefined> {
  if (source.byteLength < ZIP_BEGIN.length) return undefined;
  if (String.fromCharCode(...(await source.read(0, ZIP_BEGIN.length))) !== ZIP_BEGIN) return undefined;
  const { readZipDirectory } = await import("../../formats/zipdirectory.ts");
  try {
    const entries = await readZipDirectory(source);
    return entries.length === 1 && entries[0]!.name.split("/").at(-1) === name ? entries[0] : undefined;
  } catch (error) {
    if (error instanceof InputError) return undefined; // it only begins like one
    throw error;
  }
}

async function extract(source: OpenFile, entry: ZipEntry, path: string, signal?: AbortSignal): Promise<FinishedFile> {
  const { readZipMember } = await import("../../formats/unzip.ts");
  const partPath = `${path}.unzipped.part`;
  removeFile(partPath); // somebody may have put a link there
  const sink = openSink(path, { partPath, checksum: true });
  try {
    for await (const bytes of readZipMember(source, entry)) {
      signal?.throwIfAborted();
      await sink.write({ bytes });
    }
    return await sink.finish();
  } catch (error) {
    await sink.abort();
    throw error;
  }
}
