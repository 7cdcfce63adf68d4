import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { basename, dirname, relative, resolve } from "node:path";
import { InputError } from "../data/errors.ts";
import type { ByteSource } from "../data/format.ts";
import type { RunningHash } from "../data/records.ts";
import { attempt, codeOf, describeFailure, isDenied, reasonOf } from "./failure.ts";
import { withoutPassword } from "./url.ts";

/** A file being read; close it. */
export interface OpenFile extends ByteSource {
  close(): Promise<void>;
}

const READ_AT_ONCE = 1 << 30; // Node ends the process when asked for 2^31 bytes

/** Opens a file for random access. Throws `InputError` when it cannot be read. */
export async function openFile(path: string): Promise<OpenFile> {
  let handle: FileHandle;
  let byteLength: number;
  try {
    const stat = fs.statSync(path); // before it is opened: opening a pipe waits for a writer
    if (!stat.isFile()) throw new Error(stat.isDirectory() ? "it is a folder" : "it is no regular file");
    byteLength = stat.size;
    handle = await open(path, "r");
  } catch (cause) {
    throw new InputError(`Cannot read ${withoutPassword(path)}: ${reasonOf(cause)}`, { cause });
  }
  return {
    byteLength,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length;) {
        const { bytesRead } = await handle.read(bytes, done, Math.min(length - done, READ_AT_ONCE), offset + done);
        if (bytesRead === 0) throw new InputError(`${path} ends at byte ${offset + done}, expected ${offset + length}`);
        done += bytesRead;
      }
      return bytes;
    },
    close: () => handle.close(),
  };
}

/** The content of a small file. Throws `InputError` when it cannot be read, or has more than `maxBytes`. */
export async function readBytes(path: string, maxBytes: number): Promise<Uint8Array> {
  const file = await openFile(path);
  try {
    if (file.byteLength > maxBytes) {
      throw new InputError(`Cannot read ${path}: ${file.byteLength} bytes, expected at most ${maxBytes}`);
    }
    return await file.read(0, file.byteLength);
  } finally {
    await file.close();
  }
}

/** SHA-256 of a text or of bytes, lower-case hexadecimal. */
export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** SHA-256 of bytes as they come. */
export function createRunningHash(): RunningHash {
  const hash = createHash("sha256");
  return {
    update: (bytes) => void hash.update(bytes),
    digest: () => hash.copy().digest("hex"),
  };
}

const HASHED_AT_ONCE = 4 << 20;

/** SHA-256 of a whole file; `onBytes` is told after each piece. */
export async function sha256OfFile(source: ByteSource, onBytes?: (count: number) => void): Promise<string> {
  const hash = createHash("sha256");
  for (let at = 0; at < source.byteLength; at += HASHED_AT_ONCE) {
    const length = Math.min(HASHED_AT_ONCE, source.byteLength - at);
    hash.update(await source.read(at, length));
    onBytes?.(length);
  }
  return hash.digest("hex");
}

const MAX_TEXT_BYTES = 1 << 24;

/** The text of a file, or undefined where there is none. Throws `InputError` for one of more than `maxBytes`. */
export function readTextIfThere(path: string, maxBytes = MAX_TEXT_BYTES): string | undefined {
  try {
    const stat = fs.statSync(path);
    if (!stat.isFile()) throw new InputError(`Cannot read ${path}: it is no regular file`);
    if (stat.size > maxBytes) throw new InputError(`Cannot read ${path}: ${stat.size} bytes are too many`);
    return fs.readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof InputError) throw error;
    if (codeOf(error) === "ENOENT") return undefined;
    throw describeFailure(`read ${path}`, error);
  }
}

/** Replaces a file in one step: readers see the old content or the new one. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  try {
    removeFile(`${path}.part`); // somebody may have put a link there
    fs.writeFileSync(`${path}.part`, content, { flag: "wx" });
    fs.renameSync(`${path}.part`, path);
  } catch (error) {
    removeFile(`${path}.part`);
    throw describeFailure(`write ${path}`, error);
  }
}

/** Gives a finished file its name, replacing an older one. */
export function publishFile(partPath: string, path: string): void {
  attempt(`rename ${partPath}`, () => fs.renameSync(partPath, path));
}

/** Writes a file that must not be there yet; false where it is. */
export function createText(path: string, text: string): boolean {
  try {
    fs.writeFileSync(path, text, { flag: "wx" });
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    if (codeOf(error) === "ENOSPC") removeFile(path);
    throw describeFailure(`write ${path}`, error);
  }
}

/** Makes a folder and those above it; returns the topmost that was not there, or undefined where all were. */
export function makeFolder(path: string): string | undefined {
  // One at a time: Node's recursive mkdir never returns where the system denies that the folder above exists (/proc).
  const missing: string[] = [];
  for (let folder = resolve(path); !isThere(folder); folder = dirname(folder)) missing.unshift(folder);
  try {
    for (const folder of missing) makeOne(folder);
    if (!fs.statSync(path).isDirectory()) throw new InputError(`Cannot create folder ${path}: it is a file`);
  } catch (error) {
    throw error instanceof InputError ? error : describeFailure(`create folder ${path}`, error);
  }
  return missing[0];
}

function makeOne(folder: string): void {
  try {
    fs.mkdirSync(folder);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error; // another process was faster
  }
}

/** Whether something has that name. */
export function isThere(path: string): boolean {
  return attempt(`look for ${path}`, () => fs.existsSync(path));
}

/** Names in a folder; empty where there is none. */
export function listFolder(path: string): string[] {
  try {
    return fs.readdirSync(path).sort();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw describeFailure(`read folder ${path}`, error);
  }
}

/** Names of the folders in a folder; empty where there is none. */
export function listFolders(path: string): string[] {
  const isOne = (name: string): boolean => {
    try {
      return fs.statSync(`${path}/${name}`).isDirectory();
    } catch (error) {
      if (["ENOENT", "ELOOP"].includes(codeOf(error) ?? "")) return false; // a link to nothing, or to itself
      throw error;
    }
  };
  return attempt(`read folder ${path}`, () => listFolder(path).filter(isOne));
}

export function removeFile(path: string): void {
  try {
    fs.rmSync(path, { force: true });
  } catch (error) {
    throw describeFailure(`remove ${path}`, error);
  }
}

/** Removes a file, or a folder with all that is in it. */
export function removeTree(path: string): void {
  try {
    fs.rmSync(path, { force: true, recursive: true });
  } catch (error) {
    throw describeFailure(`remove ${path}`, error);
  }
}

/** The length of a file in bytes; undefined where there is none. */
export function fileLength(path: string): number | undefined {
  const stat = fs.statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() ? stat.size : undefined;
}

/** Whether there is a folder of that path. */
export function isFolder(path: string): boolean {
  try {
    return fs.statSync(path).isDirectory();
  } catch {
    return false; // what cannot be looked at is told by what uses it
  }
}

/** The folder and the name of a path. */
export function splitPath(path: string): { folder: string; name: string } {
  return { folder: dirname(path), name: basename(path) };
}

/** The path from the root, which is the same from every folder. */
export function absolutePath(path: string): string {
  return resolve(path);
}

/** The path as seen from a folder, with slashes. */
export function pathFrom(folder: string, path: string): string {
  return relative(resolve(folder), resolve(path)).replaceAll("\\", "/");
}

/** Removes a folder, and those above it up to `topmost`, as far as nothing is in them. */
export function removeEmptyFolders(path: string, topmost: string): void {
  try {
    for (let folder = resolve(path); ; folder = dirname(folder)) {
      fs.rmdirSync(folder);
      if (folder === resolve(topmost)) return;
    }
  } catch {
    // Something is in it.
  }
}

/** Throws `InputError` when nothing can be made at `path`, as far as can be told without trying. */
export function checkWritable(path: string): void {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    try {
      fs.accessSync(folder, fs.constants.W_OK);
      if (!fs.statSync(folder).isDirectory()) throw new InputError(`Cannot write to ${path}: ${folder} is a file`);
      return;
    } catch (error) {
      if (error instanceof InputError) throw error;
      if (isDenied(error)) return; // Deno may allow the folder to be and not the one above it
      if (codeOf(error) !== "ENOENT" || folder === dirname(folder)) throw describeFailure(`write to ${path}`, error);
    }
  }
}

/** Bytes that this user may still write where `path` is or will be; undefined where the system does not tell. */
export function freeBytes(path: string): number | undefined {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    try {
      const { bavail, bsize, blocks } = fs.statfsSync(folder);
      return blocks > 0 ? bavail * bsize : undefined;
    } catch (error) {
      if (codeOf(error) !== "ENOENT" || folder === dirname(folder)) return undefined;
    }
  }
}
