import * as fs from "node:fs";
import { attempt, describeFailure } from "./failure.ts";

/** A file that grows until it is complete and gets its name. */
export interface PartFile {
  readonly byteLength: number;
  /** One at a time. Rejects when the disk refuses the bytes; those that it took are cut off. */
  append(bytes: Uint8Array): Promise<void>;
  /** Keeps the first `byteLength` bytes. */
  cut(byteLength: number): void;
  /** Resolves when the bytes outlive a crash of the machine too. */
  sync(): Promise<void>;
  close(): void;
}

/** Opens a file for more bytes at its end; makes it where there is none, or where a link or anything else has its name. */
export function openPartFile(path: string): PartFile {
  const fd = attempt(`open ${path}`, () => {
    const stat = fs.lstatSync(path, { throwIfNoEntry: false });
    if (stat && !stat.isFile()) fs.rmSync(path, { recursive: true, force: true });
    return fs.openSync(path, stat?.isFile() ? "r+" : "wx+");
  });
  let byteLength = fs.fstatSync(fd).size;
  let isOpen = true;
  const cut = (length: number): void => {
    attempt(`write ${path}`, () => fs.ftruncateSync(fd, length));
    byteLength = length;
  };
  return {
    get byteLength() {
      return byteLength;
    },
    async append(bytes) {
      try {
        for (let done = 0; done < bytes.length;) done += await writeSome(fd, bytes.subarray(done), byteLength + done);
      } catch (error) {
        cut(byteLength);
        throw describeFailure(`write ${path}`, error);
      }
      byteLength += bytes.length;
    },
    cut,
    sync: () =>
      new Promise((resolve, reject) => {
        fs.fsync(fd, (error) => (error ? reject(describeFailure(`write ${path}`, error)) : resolve()));
      }),
    close() {
      if (isOpen) fs.closeSync(fd);
      isOpen = false;
    },
  };
}

function writeSome(fd: number, bytes: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.write(fd, bytes, 0, bytes.length, position, (error, written) => (error ? reject(error) : resolve(written)));
  });
}

/** Has the names in a folder outlive a crash of the machine, where the system can do that. */
export function syncFolder(path: string): void {
  try {
    const fd = fs.openSync(path, "r");
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  } catch {
    // Windows opens no folders.
  }
}
