import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { InputError } from "../data/errors.ts";
import type { ByteSource } from "../data/format.ts";
import { codeOf, describeFailure, reasonOf } from "./failure.ts";

/** A file being read; close it. */
export interface OpenFile extends ByteSource {
  close(): Promise<void>;
}

/** Opens a file for random access. Throws `InputError` when it cannot be read. */
export async function openFile(path: string): Promise<OpenFile> {
  let handle: FileHandle;
  let byteLength: number;
  try {
    handle = await open(path, "r");
    const stat = await handle.stat();
    if (stat.isDirectory()) throw new Error("it is a folder");
    byteLength = stat.size;
  } catch (cause) {
    throw new InputError(`Cannot read ${path}: ${reasonOf(cause)}`, { cause });
  }
  return {
    byteLength,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length;) {
        const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
        if (bytesRead === 0) throw new InputError(`${path} ends at byte ${offset + done}, expected ${offset + length}`);
        done += bytesRead;
      }
      return bytes;
    },
    close: () => handle.close(),
  };
}

/** SHA-256 of a text or of bytes, lower-case hexadecimal. */
export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
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

/** The text of a file, or undefined where there is none. */
export function readTextIfThere(path: string): string | undefined {
  try {
    return fs.readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw describeFailure(`read ${path}`, error);
  }
}

/** Replaces a file in one step: readers see the old text or the new one. */
export function writeText(path: string, text: string): void {
  try {
    fs.writeFileSync(`${path}.part`, text);
    fs.renameSync(`${path}.part`, path);
  } catch (error) {
    throw describeFailure(`write ${path}`, error);
  }
}

/** Makes a folder and those above it; returns the topmost that was not there, or undefined where all were. */
export function makeFolder(path: string): string | undefined {
  try {
    return fs.mkdirSync(path, { recursive: true });
  } catch (error) {
    throw describeFailure(`create folder ${path}`, error);
  }
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

export function removeFile(path: string): void {
  fs.rmSync(path, { force: true });
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

/** Bytes that this user may still write where `path` is or will be; undefined where the system does not tell. */
export function freeBytes(path: string): number | undefined {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    try {
      const { bavail, bsize } = fs.statfsSync(folder);
      return bavail * bsize;
    } catch (error) {
      if (codeOf(error) !== "ENOENT" || folder === dirname(folder)) return undefined;
    }
  }
}
